//! `postern config set`, `unset` and `patch`.

use std::io::Read as _;

use postern_gateway::config::change::ChangeError;
use postern_gateway::config::edit::{self, EditError};
use postern_gateway::config::protect;
use postern_gateway::config::redact::{is_secret, restore_text};
use postern_gateway::config::versions::Cause;
use serde_json::Value;

use super::place::{Document, Place, Unwritten, failure};
use super::value::{json5, known_path, setting_path, value};
use crate::agent_guard::refuse_agent;
use crate::args::{ConfigPatchArgs, ConfigPathArgs, ConfigSetArgs};
use crate::commands::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::hidden;
use crate::output::harmless;
use crate::refusal::issue_line;

/// Largest text that is read from a file or from standard input.
const LARGEST: u64 = 4 * 1024 * 1024;
/// How often a change is made anew because somebody else was quicker.
const MOST_TRIES: usize = 20;

pub(super) async fn set(cx: &Context, args: &ConfigSetArgs) -> Outcome {
    let path = known_path(&args.path)?;
    let secret = is_secret(&path);
    let text = match args.value.as_str() {
        "-" if secret => hidden::first_line()?.expose().to_owned(),
        "-" => standard_input()?,
        given => given.to_owned(),
    };
    if secret && args.value != "-" {
        cx.output.note(&format!(
            "postern: {path} is a secret: as an argument it is seen by other programs and kept in the shell's history.\n  \
             Better: postern config set {path} - < file"
        ));
    }
    let value = value(&path, text.trim_end_matches(['\r', '\n']), args.strict_json)?;
    let done = format!("set: {path}");
    change(cx, Cause::Patch, &done, |text| edit::set(text, &path, &value)).await
}

pub(super) async fn unset(cx: &Context, args: &ConfigPathArgs) -> Outcome {
    // Also one that no version knows can be removed.
    let path = setting_path(&args.path)?;
    if path.0.is_empty() {
        return Err(Failure::usage("name a setting, for example gateway.port"));
    }
    let done = format!("removed: {path}");
    change(cx, Cause::Patch, &done, |text| {
        if edit::get(&edit::value_of(text)?, &path).is_none() {
            return Err(EditError::Unusable(format!("{path} is not set")));
        }
        edit::unset(text, &path)
    })
    .await
}

pub(super) async fn patch(cx: &Context, args: &ConfigPatchArgs) -> Outcome {
    let text = match args.patch.as_str() {
        "-" => standard_input()?,
        given => match given.strip_prefix('@') {
            Some(file) => read_from(std::fs::File::open(file), file)?,
            None => given.to_owned(),
        },
    };
    let patch = json5_with_null(&text)?;
    change(cx, Cause::Patch, "patched", |text| edit::merge_patch(text, &patch)).await
}

/// A patch: `null` in it means something, so it is read as plain values.
fn json5_with_null(text: &str) -> Outcome<Value> {
    let wrong = |why: String| Failure::usage(format!("the patch is no JSON5 section: {why}"));
    if !json5(text).map_err(wrong)?.is_object() {
        return Err(wrong("it must look like { gateway: { port: 18790 } }".to_owned()));
    }
    edit::patch_of(text).map_err(|error| wrong(error.to_string()))
}

/// Reads, edits, looks whether whoever asks may, writes and tells.
pub(super) async fn change(
    cx: &Context,
    cause: Cause,
    done: &str,
    edit: impl Fn(&str) -> Result<String, EditError>,
) -> Outcome {
    let place = Place::to_change(cx).await?;
    let outcome = again_until_written(cx, &place, cause, &edit).await;
    let is_running = place.is_running();
    place.close().await;
    tell(cx, done, outcome?, is_running)
}

/// The same edit of the new text, when somebody else was quicker: what is asked for
/// is about single settings, so both changes count.
async fn again_until_written(
    cx: &Context,
    place: &Place,
    cause: Cause,
    edit: &impl Fn(&str) -> Result<String, EditError>,
) -> Outcome<Option<Value>> {
    let mut tries = 1;
    loop {
        let base = place.read().await?;
        let text = edit(&base.text).map_err(|error| unusable(&error))?;
        let text = own_secrets(place, &base, text)?;
        // The same in other words, such as other quotes, is no change.
        let same = edit::value_of(&text).ok() == edit::value_of(&base.text).ok();
        let text = if same { base.text.clone() } else { text };
        match write(cx, place, &base, text, cause).await {
            Err(Unwritten::Outdated(_)) if tries < MOST_TRIES => tries += 1,
            outcome => return Ok(outcome?),
        }
    }
}

/// Puts a new text in place and tells.
pub(super) async fn put(
    cx: &Context,
    place: &Place,
    base: &Document,
    text: String,
    (cause, done): (Cause, &str),
) -> Outcome {
    let text = own_secrets(place, base, text)?;
    let answer = write(cx, place, base, text, cause).await?;
    tell(cx, done, answer, place.is_running())
}

/// Writes it; `None` when it is so already.
async fn write(
    cx: &Context,
    place: &Place,
    base: &Document,
    text: String,
    cause: Cause,
) -> Result<Option<Value>, Unwritten> {
    guard(cx, &base.text, &text).map_err(Unwritten::Refused)?;
    if text == base.text {
        return Ok(None);
    }
    place.write(base, text, cause).await.map(Some)
}

fn tell(cx: &Context, done: &str, answer: Option<Value>, is_running: bool) -> Outcome {
    let Some(answer) = answer else {
        return cx.output.answer(&serde_json::json!({"ok": true, "changed": false}), || {
            Ok("nothing to change: it is so already".to_owned())
        });
    };
    cx.output.answer(&answer, || Ok(harmless(&told(done, &answer, is_running))))
}

/// The placeholder of a secret stands for the one that is stored, or for nothing.
/// What is stored elsewhere only the gateway there knows.
fn own_secrets(place: &Place, base: &Document, text: String) -> Outcome<String> {
    if place.is_elsewhere() {
        return Ok(text);
    }
    restore_text(&text, &[&base.text]).map_err(|problems| failure(ChangeError::Invalid(problems)))
}

/// Agents change no setting that decides what agents may do.
fn guard(cx: &Context, before: &str, after: &str) -> Outcome {
    if !cx.settings.agent {
        return Ok(());
    }
    let document = |text: &str| edit::value_of(text).unwrap_or(Value::Null);
    match protect::refused(&document(before), &document(after)) {
        Some(path) => refuse_agent(cx, &path.to_string()),
        None => Ok(()),
    }
}

fn unusable(error: &EditError) -> Failure {
    match error {
        EditError::Unreadable(_) => {
            Failure::new(Exit::ConfigInvalid, format!("the configuration cannot be read: {error}"))
                .hint("postern config edit opens it, postern config restore goes back")
        }
        other => Failure::new(Exit::Failed, other.to_string()),
    }
}

fn told(done: &str, answer: &Value, is_running: bool) -> String {
    let mut lines = vec![done.to_owned()];
    let issues: Vec<String> = answer["issues"].as_array().into_iter().flatten().map(issue_line).collect();
    if !issues.is_empty() {
        let remain = if issues.len() == 1 { "mistake remains" } else { "mistakes remain" };
        lines.push(format!("  not in force yet: {} {remain}", issues.len()));
        lines.extend(issues.iter().map(|issue| format!("    {issue}")));
    } else if !is_running {
        lines.push("  no gateway runs for this profile; it counts when one starts".to_owned());
    } else {
        let restart = &answer["restart"];
        let waiting: Vec<&str> = restart["paths"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        lines.push(match (restart["scheduled"].as_bool(), waiting.as_slice()) {
            (Some(true), paths) => format!(
                "  the gateway restarts in a moment{}; answers under way are waited for",
                if paths.is_empty() { String::new() } else { format!(" for {}", paths.join(", ")) }
            ),
            (_, []) => "  the gateway has taken it in".to_owned(),
            (_, paths) => format!("  counts when the gateway starts again: {}", paths.join(", ")),
        });
    }
    let warnings = answer["warnings"].as_array().into_iter().flatten().filter_map(Value::as_str);
    lines.extend(warnings.map(|warning| format!("  warning: {warning}")));
    lines.join("\n")
}

fn standard_input() -> Outcome<String> {
    read_from(Ok(std::io::stdin()), "standard input")
}

fn read_from(source: std::io::Result<impl std::io::Read>, name: &str) -> Outcome<String> {
    let mut text = String::new();
    let read = source.and_then(|source| source.take(LARGEST).read_to_string(&mut text));
    read.map_err(|error| Failure::usage(format!("{name}: {error}")))?;
    Ok(text)
}
