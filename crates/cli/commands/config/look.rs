//! `postern config get`, `validate`, `path` and `schema`.

use postern_gateway::config::ConfigProblem;
use postern_gateway::config::edit;
use postern_gateway::config::path::SettingPath;
use postern_gateway::config::redact::redact_value;
use postern_gateway::config::schema;
use serde_json::{Value, json};

use super::place::Place;
use super::value::{setting_path, suggestion};
use crate::agent_guard::refuse_agent;
use crate::args::{ConfigGetArgs, ConfigSchemaArgs};
use crate::commands::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::local;
use crate::output::harmless;
use crate::serve;

pub(super) async fn get(cx: &Context, args: &ConfigGetArgs) -> Outcome {
    let path = setting_path(args.path.as_deref().unwrap_or_default())?;
    if args.show_secrets {
        refuse_agent(cx, "who sees secrets")?;
        if cx.settings.url.is_some() {
            return Err(Failure::usage("--show-secrets reads the file of this profile; a gateway never tells secrets"));
        }
    }
    let place = Place::to_look(cx).await?;
    let text = place.read().await?.text;
    place.close().await;
    let document = edit::value_of(&text).map_err(|error| unreadable(&error.to_string()))?;
    let document = if args.show_secrets { document } else { redact_value(&document) };
    match edit::get(&document, &path) {
        Some(value) => cx.output.content(value, || Ok(harmless(&shown(value)))),
        None => Err(not_there(&path)),
    }
}

fn unreadable(why: &str) -> Failure {
    Failure::new(Exit::ConfigInvalid, format!("the configuration cannot be read: {why}"))
        .hint("postern config validate lists all problems, postern config edit opens it")
}

fn not_there(path: &SettingPath) -> Failure {
    let failure = Failure::new(Exit::Failed, format!("{path} is not set"));
    match (schema::lookup(path), suggestion(path)) {
        (Some(node), _) => match node.get("description").and_then(Value::as_str) {
            Some(about) => failure.hint(format!("its default holds: {}", about.replace('\n', " "))),
            None => failure.hint("its default holds"),
        },
        (None, Some(meant)) => failure.hint(format!("and there is no such setting; did you mean {meant}?")),
        (None, None) => failure.hint("and there is no such setting; postern config schema lists them"),
    }
}

/// Text as it is, everything else as JSON.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => format!("{other:#}"),
    }
}

pub(super) fn validate(cx: &Context) -> Outcome {
    local_only(cx, "validate")?;
    serve::check::run(cx, &local::paths(&cx.settings), &local::surroundings(&cx.settings), None)
}

pub(super) fn path(cx: &Context) -> Outcome {
    local_only(cx, "path")?;
    let path = local::paths(&cx.settings).config_path;
    let document = json!({"path": path, "exists": path.exists()});
    cx.output.answer(&document, || Ok(path.display().to_string()))
}

pub(super) fn schema(cx: &Context, args: &ConfigSchemaArgs) -> Outcome {
    let path = setting_path(args.path.as_deref().unwrap_or_default())?;
    let Some(node) = schema::lookup(&path) else {
        let failure = Failure::new(Exit::Failed, format!("there is no setting {path}"));
        return Err(match suggestion(&path) {
            Some(meant) => failure.hint(format!("did you mean {meant}?")),
            None => failure,
        });
    };
    let mut found = node.clone();
    // What it refers to stands in the whole schema.
    if let (false, Some(definitions)) = (path.0.is_empty(), schema::schema().get("$defs")) {
        found["$defs"] = definitions.clone();
    }
    cx.output.content(&found, || Ok(format!("{found:#}")))
}

/// Problems, one in a line.
pub(super) fn lines_of(problems: &[ConfigProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Commands about the file itself mean the one of this profile.
pub(super) fn local_only(cx: &Context, command: &str) -> Outcome {
    match cx.settings.url.as_ref().filter(|given| given.by == "--url") {
        Some(_) => {
            Err(Failure::usage(format!("postern config {command} is about the file on this machine, not --url")))
        }
        None => Ok(()),
    }
}
