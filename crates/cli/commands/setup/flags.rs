//! Answers that were given as flags.

use postern_gateway::secrets::Secret;
use postern_protocol::wizard::WizardStep;
use serde_json::{Value, json};

use crate::args::SetupArgs;
use crate::exit::{Failure, Outcome};
use crate::hidden;

/// Answers by the question they belong to.
#[derive(Debug, Default)]
pub(super) struct Flags {
    answers: Vec<(&'static str, Value)>,
    password: Option<Secret>,
    key: Option<Secret>,
    /// Provider and model.
    model: Option<(String, String)>,
    /// Folder for the default agent's files.
    pub(super) workspace: Option<String>,
}

/// The flag that answers a question.
pub(super) fn flag_of(step: &str) -> Option<&'static str> {
    Some(match step {
        "auth" => "--auth",
        "password" => "--password-file",
        "proxies" => "--proxy",
        "userHeader" => "--user-header",
        "bind" => "--bind",
        "tls" => "--tls",
        "provider" | "model" | "modelName" => "--model",
        "apiKey" => "--key-stdin",
        "service" => "--service or --no-service",
        _ => return None,
    })
}

impl Flags {
    /// Reads flags, and the files and the input that they name.
    pub(super) fn read(args: &SetupArgs) -> Outcome<Self> {
        let mut flags = Self { workspace: args.workspace.clone(), ..Self::default() };
        let proxies = (!args.proxies.is_empty()).then(|| json!(args.proxies.join(",")));
        let service = (args.service || args.no_service).then(|| json!(args.service));
        let given = [
            ("auth", args.auth.map(|auth| json!(auth.as_str()))),
            ("proxies", proxies),
            ("userHeader", args.user_header.as_ref().map(|name| json!(name))),
            ("bind", args.bind.map(|bind| json!(bind.as_str()))),
            ("tls", args.tls.map(Value::Bool)),
            ("service", service),
        ];
        flags.answers.extend(given.into_iter().filter_map(|(step, value)| Some((step, value?))));
        if args.yes {
            flags.answers.push(("summary", json!(true)));
        }
        flags.password = args.password_file.as_deref().map(hidden::password_file).transpose()?;
        match args.model.as_deref().map(str::trim) {
            None => {}
            Some("skip") if args.key_stdin => return Err(Failure::usage("--model skip needs no key")),
            Some("skip") => flags.answers.push(("provider", json!("skip"))),
            Some(model) => flags.model = Some(provider_and_model(model)?),
        }
        if args.key_stdin {
            flags.key = Some(hidden::first_line()?);
        }
        Ok(flags)
    }

    /// The answer to a question, if a flag gives it. One that was refused is not
    /// given again.
    pub(super) fn answer(&self, step: &WizardStep, was_refused: bool) -> Option<Value> {
        if was_refused {
            return None;
        }
        match (step.id.as_str(), &self.model) {
            ("password", _) => self.password.as_ref().map(|password| json!(password.expose())),
            ("apiKey", _) => self.key.as_ref().map(|key| json!(key.expose())),
            ("provider", Some((provider, _))) => Some(json!(provider)),
            ("model", Some((_, model))) => Some(listed(step, model)),
            ("modelName", Some((_, model))) => Some(json!(model)),
            (id, _) => self.answers.iter().find(|(step, _)| *step == id).map(|(_, value)| value.clone()),
        }
    }
}

/// A model that is not listed is named in the question that follows.
fn listed(step: &WizardStep, model: &str) -> Value {
    let is_listed = step.options.iter().flatten().any(|option| option.value == model);
    if is_listed { json!(model) } else { json!("other") }
}

fn provider_and_model(text: &str) -> Outcome<(String, String)> {
    match text.split_once('/') {
        Some((provider, model)) if !provider.is_empty() && !model.is_empty() => {
            Ok((provider.to_ascii_lowercase(), model.to_owned()))
        }
        _ => Err(Failure::usage("--model: must be PROVIDER/MODEL such as anthropic/claude-sonnet-4-5, or skip")),
    }
}
