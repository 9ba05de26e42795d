//! `postern models`: which models there are, their providers' keys, and whether
//! they answer.

use postern_gateway::secrets::Secret;
use postern_protocol::models::{
    AuthStatus, ModelRow, ModelsAuthLogin, ModelsAuthLoginParams, ModelsAuthLoginResult, ModelsAuthLogout,
    ModelsAuthLogoutParams, ModelsAuthStatus, ModelsAuthStatusParams, ModelsAuthStatusResult, ModelsList,
    ModelsListParams, ModelsListResult, ModelsProbe, ModelsProbeParams, ModelsProbeResult, ModelsView, ProbeStatus,
    UnavailableReason,
};
use serde_json::Value;

use super::{Context, read};
use crate::args::{ModelsArgs, ModelsAuthArgs, ModelsCommand, ModelsListArgs, ModelsProbeArgs};
use crate::connection::Connection;
use crate::exit::{Exit, Failure, Outcome};
use crate::hidden;
use crate::output::printable;
use crate::table::Table;

pub(crate) async fn run(cx: &Context, args: &ModelsArgs) -> Outcome {
    match &args.command {
        None => list(cx, &ModelsListArgs::default()).await,
        Some(ModelsCommand::List(args)) => list(cx, args).await,
        Some(ModelsCommand::Auth(args)) if args.remove => remove(cx, args).await,
        Some(ModelsCommand::Auth(args)) => auth(cx, args).await,
        Some(ModelsCommand::Probe(args)) => probe(cx, args).await,
        Some(ModelsCommand::Status) => {
            cx.ask::<ModelsAuthStatus>(ModelsAuthStatusParams { refresh: Some(true) }, status_table).await
        }
    }
}

async fn list(cx: &Context, args: &ModelsListArgs) -> Outcome {
    let params = ModelsListParams {
        view: args.all.then_some(ModelsView::All),
        agent_id: args.agent.clone(),
        refresh: args.refresh.then_some(true),
        include_cost: None,
    };
    cx.ask::<ModelsList>(params, list_table).await
}

fn list_table(answer: &ModelsListResult) -> String {
    let mut table = Table::new(["MODEL", "NAME", "CONTEXT", "TAGS", "STATE"]);
    for model in &answer.models {
        table.row([
            format!("{}/{}", model.provider, model.id),
            model.name.clone(),
            model.context_window.map(|tokens| tokens.to_string()).unwrap_or_default(),
            model.tags.as_ref().map(|tags| tags.join(", ")).unwrap_or_default(),
            state(model),
        ]);
    }
    let mut text = table.render();
    if answer.models.iter().all(|model| model.tags.iter().flatten().any(|tag| tag == "built-in")) {
        text.push_str(
            "\n\n  No language model is connected. A key is kept with: postern models auth anthropic (openai, google, \
             openrouter, …)\n  Ollama and LM Studio on this machine are found by themselves.",
        );
    }
    text
}

fn state(model: &ModelRow) -> String {
    match (model.available, model.unavailable_reason) {
        (Some(false), Some(UnavailableReason::MissingAuth)) => {
            format!("no key: postern models auth {}", model.provider)
        }
        (Some(false), Some(UnavailableReason::AuthFailed)) => "its key was refused".to_owned(),
        (Some(false), None) => "cannot be asked".to_owned(),
        _ => "ready".to_owned(),
    }
}

fn status_table(answer: &ModelsAuthStatusResult) -> String {
    let mut table = Table::new(["PROVIDER", "NAME", "KEY", "NOTE"]);
    for provider in &answer.providers {
        let key = match provider.status {
            AuthStatus::Ok => "there",
            AuthStatus::Static => "not needed",
            AuthStatus::Missing => "missing",
            AuthStatus::Expired => "refused",
            AuthStatus::Error => "unknown",
        };
        table.row([
            provider.provider.clone(),
            provider.display_name.clone(),
            key.to_owned(),
            provider.hint.clone().unwrap_or_default(),
        ]);
    }
    table.render()
}

/// Hands a key to the gateway. It is read here and forgotten here: it goes into
/// no argument, no message and no log.
async fn auth(cx: &Context, args: &ModelsAuthArgs) -> Outcome {
    let provider = printable(&args.provider);
    let key = match args.stdin {
        true => hidden::first_line()?,
        false => hidden::ask(&format!("Key of {provider} (it is not shown)")).await?,
    };
    let gateway = cx.connect().await?;
    let mut answer = keep(&gateway, &args.provider, &key).await?;
    if !args.no_probe {
        answer["probe"] = ask_provider(cx, &gateway, args.provider.clone()).await?;
    }
    gateway.close().await;
    cx.output.answer(&answer, || {
        let done: ModelsAuthLoginResult = read(&answer)?;
        let mut text = format!("kept: the key of {provider}, in the gateway's {} store", printable(&done.stored_in));
        if let Some(probe) = &done.probe {
            text.push_str(&format!("\n  {}", verdict(probe)));
        }
        Ok(text)
    })
}

async fn keep(gateway: &Connection, provider: &str, key: &Secret) -> Outcome<Value> {
    let params = ModelsAuthLoginParams {
        provider: provider.to_owned(),
        api_key: key.expose().to_owned(),
        // Asked separately: a slow provider must not make it look as if the key were lost.
        probe: None,
    };
    gateway.ask::<ModelsAuthLogin>(&params).await
}

/// The gateway gives up a little earlier than this program, so that its words
/// arrive.
async fn ask_provider(cx: &Context, gateway: &Connection, provider: String) -> Outcome<Value> {
    let timeout = u64::try_from(cx.settings.timeout.as_millis()).unwrap_or(u64::MAX);
    let params = ModelsProbeParams { provider, timeout_ms: Some((timeout / 5).saturating_mul(4).clamp(1, 60_000)) };
    gateway.ask::<ModelsProbe>(&params).await
}

async fn remove(cx: &Context, args: &ModelsAuthArgs) -> Outcome {
    let params = ModelsAuthLogoutParams { provider: args.provider.clone() };
    cx.ask::<ModelsAuthLogout>(params, |done| match done.removed_profiles.len() {
        0 => format!("{} had no key", printable(&done.provider)),
        _ => format!("forgotten: the key of {}", printable(&done.provider)),
    })
    .await
}

/// Providers that are there without being set up.
const LOCAL: [&str; 2] = ["ollama", "lmstudio"];

async fn probe(cx: &Context, args: &ModelsProbeArgs) -> Outcome {
    let gateway = cx.connect().await?;
    let providers = match &args.provider {
        // A model names its provider before the first slash.
        Some(name) => vec![name.split('/').next().unwrap_or(name).to_owned()],
        None => known(&gateway).await?,
    };
    if providers.is_empty() {
        return Err(Failure::new(Exit::Failed, "there is no provider that could be asked")
            .hint("postern models auth PROVIDER gives the gateway a key"));
    }
    let (mut documents, mut lines, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    for provider in providers {
        let answer = ask_provider(cx, &gateway, provider).await?;
        let result: ModelsProbeResult = read(&answer)?;
        lines.push(verdict(&result));
        // Nobody asked for these: they answer when they happen to run.
        let happens_to_run = args.provider.is_none() && LOCAL.contains(&result.provider.as_str());
        if result.status != ProbeStatus::Ok && !happens_to_run {
            failed.push(printable(&result.provider));
        }
        documents.push(answer);
    }
    gateway.close().await;
    let document = match (args.provider.is_some(), documents.pop()) {
        (true, Some(only)) => only,
        (_, last) => Value::Array(documents.into_iter().chain(last).collect()),
    };
    cx.output.answer(&document, || Ok(lines.join("\n")))?;
    match failed.as_slice() {
        [] => Ok(()),
        names => Err(Failure::reported(Exit::Failed, format!("would not answer: {}", names.join(", ")))),
    }
}

/// Providers that have what it takes to be asked.
async fn known(gateway: &Connection) -> Outcome<Vec<String>> {
    let answer = gateway.ask::<ModelsAuthStatus>(&ModelsAuthStatusParams::default()).await?;
    let status: ModelsAuthStatusResult = read(&answer)?;
    let ready = status.providers.into_iter().filter(|one| matches!(one.status, AuthStatus::Ok | AuthStatus::Static));
    Ok(ready.map(|one| one.provider).collect())
}

fn verdict(probe: &ModelsProbeResult) -> String {
    let provider = printable(&probe.provider);
    let what = match probe.status {
        ProbeStatus::Ok => match probe.latency_ms {
            Some(latency) => return format!("{provider}: answers, in {latency} ms"),
            None => return format!("{provider}: answers"),
        },
        ProbeStatus::Auth => "the key is missing or was refused",
        ProbeStatus::RateLimit => "too many requests at the moment",
        ProbeStatus::Billing => "no credit is left",
        ProbeStatus::Timeout => "no answer in time",
        ProbeStatus::Format => "it does not speak the protocol it is configured for",
        ProbeStatus::Unknown => "it does not answer",
        ProbeStatus::NoModel => "there is nothing to ask",
    };
    match &probe.error {
        Some(error) => format!("{provider}: {what}: {}", printable(error)),
        None => format!("{provider}: {what}"),
    }
}
