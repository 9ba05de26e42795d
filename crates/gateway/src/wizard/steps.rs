//! How each question is worded, and what it offers.

use postern_protocol::wizard::{WizardExecutor, WizardOption, WizardStep, WizardStepKind};
use serde_json::{Value, json};

use super::draft::{AuthChoice, BindChoice};
use super::facts::ProviderFact;
use super::script::{OTHER, Question, SKIP, Script};

/// The question that waits, as clients show it.
pub(super) fn step(script: &Script) -> WizardStep {
    let at = script.at;
    let step = match at {
        Question::Auth => auth(script),
        Question::Password => password(script),
        Question::Proxies => proxies(script),
        Question::UserHeader => user_header(script),
        Question::Bind => bind(script),
        Question::Tls => tls(script),
        Question::Provider => provider(script),
        Question::ApiKey => api_key(script),
        Question::Model => model(script),
        Question::ModelName => model_name(script),
        Question::Service => service(),
        Question::Summary => summary(script),
    };
    let message = match (&script.remark, step.message) {
        (Some(remark), Some(message)) => Some(format!("{remark}\n\n{message}")),
        (remark, message) => message.or_else(|| remark.clone()),
    };
    WizardStep { id: at.id().to_owned(), message, ..step }
}

/// What is left to the client once everything is written.
pub(super) fn install_service() -> WizardStep {
    WizardStep {
        id: "serviceInstall".to_owned(),
        executor: Some(WizardExecutor::Client),
        ..ask(
            WizardStepKind::Action,
            "Start with the machine",
            "Run this where the gateway is: postern service install",
        )
    }
}

/// Something to know once everything is written.
pub(super) fn remark(text: String) -> WizardStep {
    WizardStep { id: "remark".to_owned(), ..ask(WizardStepKind::Note, "Done", text) }
}

fn ask(kind: WizardStepKind, title: &str, message: impl Into<String>) -> WizardStep {
    WizardStep {
        id: String::new(),
        kind,
        title: Some(title.to_owned()),
        message: Some(message.into()),
        options: None,
        initial_value: None,
        placeholder: None,
        sensitive: None,
        executor: None,
    }
}

fn option(value: &str, label: &str, hint: impl Into<String>) -> WizardOption {
    let hint = Some(hint.into()).filter(|hint: &String| !hint.is_empty());
    WizardOption { value: json!(value), label: label.to_owned(), hint }
}

fn auth(script: &Script) -> WizardStep {
    let written = script.facts.word("gateway.auth.mode");
    let known = AuthChoice::ALL.into_iter().find(|choice| Some(choice.as_str()) == written);
    let usual = if script.has_password() { AuthChoice::Password } else { AuthChoice::Token };
    let message = "How do programs and people sign in to this gateway? Every device is approved once in addition.";
    WizardStep {
        options: Some(vec![
            option("token", "Token", "the gateway makes a long random one and keeps it; recommended"),
            option("password", "Password", "you choose it; for places where a token is hard to enter"),
            option(
                "trusted-proxy",
                "Trusted proxy",
                "a proxy in front signs people in and names them in a header; for company sign-in",
            ),
            option("none", "Nothing", "nobody is asked; only programs on this machine can connect then"),
        ]),
        initial_value: Some(json!(known.unwrap_or(usual).as_str())),
        ..ask(WizardStepKind::Select, "Signing in", message)
    }
}

fn password(script: &Script) -> WizardStep {
    let message = match script.has_password() {
        true => "The password, 8 characters or more. Leave it empty to keep the one that is set.",
        false => "The password, 8 characters or more.",
    };
    WizardStep { sensitive: Some(true), ..ask(WizardStepKind::Text, "Password", message) }
}

fn proxies(script: &Script) -> WizardStep {
    let message = "From which addresses does the proxy connect? Only these may name users; everybody else is refused.";
    let written = script.facts.at("gateway.trustedProxies").and_then(Value::as_array);
    let written = written.map(|all| all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "));
    WizardStep {
        initial_value: written.filter(|text| !text.is_empty()).map(Value::String),
        placeholder: Some("127.0.0.1, 10.0.0.0/8".to_owned()),
        ..ask(WizardStepKind::Text, "Proxy", message)
    }
}

fn user_header(script: &Script) -> WizardStep {
    let written = script.facts.word("gateway.auth.trustedProxy.userHeader");
    let message = "In which header does the proxy name the user? It must remove that header from what clients send.";
    WizardStep {
        initial_value: Some(json!(written.unwrap_or("x-forwarded-user"))),
        placeholder: Some("x-forwarded-user".to_owned()),
        ..ask(WizardStepKind::Text, "Header with the user", message)
    }
}

fn bind(script: &Script) -> WizardStep {
    let tailnet = match &script.facts.tailnet {
        Some(address) => format!("your own devices over Tailscale, at {address}"),
        None => "needs Tailscale, which has no address on this machine now".to_owned(),
    };
    let written = script.facts.word("gateway.bind");
    let known = BindChoice::ALL.into_iter().find(|choice| Some(choice.as_str()) == written);
    let other = script.other_bind();
    let usual = if other.is_some() { BindChoice::Keep } else { BindChoice::Loopback };
    let mut options = vec![
        option("loopback", "This machine only", "others reach it through `postern tunnel` or Tailscale Serve"),
        option("lan", "Local network", "every machine that can reach this one may try to sign in"),
        option("tailnet", "Tailnet", tailnet),
    ];
    options.extend(other.map(|word| option(BindChoice::Keep.as_str(), "As it is", format!("gateway.bind is {word}"))));
    WizardStep {
        options: Some(options),
        initial_value: Some(json!(known.unwrap_or(usual).as_str())),
        ..ask(WizardStepKind::Select, "Reach", "Who can reach the gateway?")
    }
}

fn tls(script: &Script) -> WizardStep {
    let written = script.facts.at("gateway.tls.enabled").and_then(Value::as_bool);
    // A tailnet is encrypted already.
    let usual = script.draft.bind != Some(BindChoice::Tailnet);
    let message = "Encrypt connections (https and wss)? The gateway makes a certificate of its own; \
                   devices compare its fingerprint once.";
    WizardStep {
        initial_value: Some(json!(written.unwrap_or(usual))),
        ..ask(WizardStepKind::Confirm, "Encryption", message)
    }
}

fn provider(script: &Script) -> WizardStep {
    let facts = &script.facts;
    let mut options: Vec<WizardOption> =
        facts.providers.iter().map(|one| option(&one.id, &one.name, provider_hint(one))).collect();
    options.push(option(SKIP, "Skip", "everything but the answers works; `postern models auth` later"));
    let current = facts.model.as_deref().and_then(|model| model.split_once('/')).map(|(provider, _)| provider);
    // One that is set and cannot be offered, or not without its key, is left as it is.
    let usable = |id: &&str| facts.provider(id).is_some_and(|one| one.has_key || !one.needs_key);
    let current = current.map(|id| Some(id).filter(usable).unwrap_or(SKIP));
    let ready = facts.providers.iter().find(|one| one.is_found || one.has_key).map(|one| one.id.as_str());
    WizardStep {
        options: Some(options),
        initial_value: Some(json!(current.or(ready).unwrap_or(SKIP))),
        ..ask(WizardStepKind::Select, "Language model", "Where do answers come from?")
    }
}

fn provider_hint(provider: &ProviderFact) -> String {
    match (provider.is_found, provider.needs_key, provider.has_key) {
        (true, _, _) => match provider.models.len() {
            1 => "runs on this machine, with 1 model".to_owned(),
            number => format!("runs on this machine, with {number} models"),
        },
        (_, true, true) => "its key is there".to_owned(),
        (_, true, false) => "needs a key".to_owned(),
        _ => String::new(),
    }
}

fn api_key(script: &Script) -> WizardStep {
    let provider = script.provider().cloned().unwrap_or_default();
    let message = match (provider.has_key, provider.needs_key) {
        (true, _) => format!("The key of {}. Leave it empty to keep the one that is there.", provider.name),
        (_, true) => format!("The key of {}. It goes to the credential store and is never shown again.", provider.name),
        _ => format!("The key of {}. Leave it empty when it needs none.", provider.name),
    };
    WizardStep { sensitive: Some(true), ..ask(WizardStepKind::Text, "Key", message) }
}

fn model(script: &Script) -> WizardStep {
    let provider = script.provider().cloned().unwrap_or_default();
    let mut options: Vec<WizardOption> =
        provider.models.iter().map(|(id, name)| option(id, name, if id == name { "" } else { id.as_str() })).collect();
    options.push(option(OTHER, "Another one", "you type its name"));
    let current = current_model(script);
    let mut listed = provider.models.iter().map(|(id, _)| id.as_str());
    let offered = match current {
        Some(current) => Some(listed.find(|id| *id == current).unwrap_or(OTHER)),
        None => listed.next(),
    };
    WizardStep {
        options: Some(options),
        initial_value: offered.map(|id| json!(id)),
        ..ask(WizardStepKind::Select, "Model", format!("Which model of {} answers?", provider.name))
    }
}

fn model_name(script: &Script) -> WizardStep {
    let name = script.provider().map_or("", |provider| provider.name.as_str());
    WizardStep {
        initial_value: current_model(script).map(|name| json!(name)),
        ..ask(WizardStepKind::Text, "Model", format!("The name of the model, as {name} writes it."))
    }
}

/// The model of the chosen provider that answers now, as that provider writes it.
fn current_model(script: &Script) -> Option<&str> {
    script.facts.model.as_deref()?.strip_prefix(script.provider()?.id.as_str())?.strip_prefix('/')
}

fn service() -> WizardStep {
    let message = "Start the gateway with this machine, and again when it ends? \
                   Nothing is installed by this answer; the command for it is told at the end.";
    WizardStep { initial_value: Some(json!(false)), ..ask(WizardStepKind::Confirm, "Service", message) }
}

fn summary(script: &Script) -> WizardStep {
    let text = format!("{}\n\nIs this right? Nothing was changed so far.", script.draft.summary(&script.facts));
    WizardStep { initial_value: Some(json!(true)), ..ask(WizardStepKind::Confirm, "Summary", text) }
}
