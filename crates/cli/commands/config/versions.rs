//! `postern config versions`, `diff` and `restore`: what was in force before.

use postern_gateway::Paths;
use postern_gateway::config::file::{hash, read_file};
use postern_gateway::config::redact::redact_text;
use postern_gateway::config::versions::{self, Cause, Version};
use serde_json::json;
use similar::TextDiff;

use super::change::put;
use super::look::local_only;
use super::place::{Document, Place};
use crate::agent_guard::refuse_agent;
use crate::args::{ConfigRestoreArgs, ConfigVersionArgs};
use crate::commands::Context;
use crate::env::now_ms;
use crate::exit::{Exit, Failure, Outcome};
use crate::local;
use crate::output::{ago, confirm, harmless, printable, somebody_is_there};
use crate::table::Table;

/// Lines around a difference.
const AROUND: usize = 3;

pub(super) fn list(cx: &Context) -> Outcome {
    local_only(cx, "versions")?;
    let kept = kept(&local::paths(&cx.settings))?;
    let rows: Vec<_> = kept
        .iter()
        .map(|version| {
            json!({"id": version.id, "savedAtMs": version.at_ms, "note": version.cause.as_str(), "bytes": version.bytes})
        })
        .collect();
    cx.output.answer(&json!({"versions": rows}), || Ok(table(&kept)))
}

fn table(kept: &[Version]) -> String {
    if kept.is_empty() {
        return "no earlier version is kept; the first is kept with the first change".to_owned();
    }
    let mut table = Table::new(["VERSION", "REPLACED", "BY", "BYTES"]);
    for version in kept {
        let when = ago(version.at_ms, now_ms());
        table.row([version.id.clone(), when, version.cause.as_str().to_owned(), version.bytes.to_string()]);
    }
    table.render()
}

pub(super) fn diff(cx: &Context, args: &ConfigVersionArgs) -> Outcome {
    local_only(cx, "diff")?;
    let paths = local::paths(&cx.settings);
    let now = current(&paths)?;
    let (version, before) = choose(&paths, args.version.as_deref(), &now.text)?;
    let text = difference(&version.id, &before, &now.text);
    let document = json!({"version": version.id, "equal": before == now.text, "diff": text});
    cx.output.content(&document, || {
        Ok(if before == now.text { format!("{} is what is in force", version.id) } else { harmless(&text) })
    })
}

pub(super) async fn restore(cx: &Context, args: &ConfigRestoreArgs) -> Outcome {
    local_only(cx, "restore")?;
    refuse_agent(cx, "the configuration as a whole")?;
    let ask = !args.yes && !cx.output.is_json() && somebody_is_there();
    if !ask && !args.yes {
        return Err(Failure::usage("nobody is there to answer").hint("say --yes, and which: postern config versions"));
    }
    let paths = local::paths(&cx.settings);
    let now = current(&paths)?;
    let (version, before) = choose(&paths, args.version.as_deref(), &now.text)?;
    if ask {
        cx.output.note(&harmless(&difference("in force", &now.text, &before)));
        if !confirm(&format!("Go back to {}?", version.id)) {
            return Err(Failure::new(Exit::Failed, "nothing was changed"));
        }
    }
    let place = Place::to_change(cx).await?;
    let done = format!("restored: {}", version.id);
    let outcome = put(cx, &place, &now, before, (Cause::Restore, &done)).await;
    place.close().await;
    outcome
}

/// What changed, without secrets.
pub(super) fn difference(name: &str, before: &str, after: &str) -> String {
    let (shown_before, shown_after) = (redact_text(before), redact_text(after));
    let text = TextDiff::from_lines(&shown_before, &shown_after)
        .unified_diff()
        .context_radius(AROUND)
        .header(name, "in force")
        .to_string();
    if text.is_empty() && before != after { "only secrets differ, which are not shown".to_owned() } else { text }
}

fn current(paths: &Paths) -> Outcome<Document> {
    let text = read_file(&paths.config_path);
    let text = text.map_err(|error| Failure::new(Exit::Failed, format!("{}: {error}", paths.config_path.display())))?;
    let text = text.unwrap_or_default();
    Ok(Document { hash: hash(&text), text })
}

fn kept(paths: &Paths) -> Outcome<Vec<Version>> {
    versions::list(paths)
        .map_err(|error| Failure::new(Exit::Failed, format!("the kept versions cannot be read: {error}")))
}

/// The version that is meant, with its text.
fn choose(paths: &Paths, wanted: Option<&str>, now: &str) -> Outcome<(Version, String)> {
    let kept = kept(paths)?;
    let text = |version: &Version| versions::read(paths, &version.id).ok().flatten();
    let failed = |message: String| Failure::new(Exit::Failed, message).hint("postern config versions lists them");
    let Some(wanted) = wanted else {
        let other = kept.iter().filter_map(|version| Some((version.clone(), text(version)?)));
        let mut other = other.filter(|(_, text)| text != now);
        return other.next().ok_or_else(|| failed("no earlier version is kept that differs".to_owned()));
    };
    let mut fitting = kept.iter().filter(|version| version.id.starts_with(wanted));
    match (fitting.next(), fitting.next()) {
        (Some(version), None) => {
            let text = text(version).ok_or_else(|| failed(format!("{} cannot be read", version.id)))?;
            Ok((version.clone(), text))
        }
        (Some(_), Some(_)) => Err(failed(format!("several versions begin with `{}`", printable(wanted)))),
        _ => Err(failed(format!("no version begins with `{}`", printable(wanted)))),
    }
}
