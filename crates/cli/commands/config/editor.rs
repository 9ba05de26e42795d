//! `postern config edit`: the file in somebody's editor. They work on a copy; it
//! takes the place of the file only when it is right.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use postern_gateway::config::file::{hash, read_file};
use postern_gateway::config::versions::Cause;
use postern_gateway::config::{ConfigProblem, validate};
use postern_gateway::private;
use serde_json::json;

use super::change::put;
use super::look::{lines_of, local_only};
use super::place::{Document, Place};
use crate::agent_guard::refuse_agent;
use crate::commands::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::interrupt::Interrupt;
use crate::local;
use crate::output::{confirm, count, somebody_is_there};

/// What is opened when there is no file yet.
const EMPTY: &str = "// Settings of this gateway, JSON5. `postern config schema` lists what there is.\n{\n}\n";

pub(super) async fn edit(cx: &Context) -> Outcome {
    local_only(cx, "edit")?;
    refuse_agent(cx, "the configuration as a whole")?;
    let editor = cx.settings.editor.clone().ok_or_else(|| {
        Failure::usage("no editor is known").hint("name one in VISUAL or EDITOR, for example EDITOR=nano")
    })?;
    // The editor decides what Ctrl-C means while it is open.
    let _deaf = Interrupt::listen()?;
    let place = Place::to_change(cx).await?;
    let base = place.read().await?;
    let copy = copy(cx, &base)?;
    let outcome = until_right(cx, &place, &base, copy.path(), &editor).await;
    place.close().await;
    match outcome {
        // What was typed must not be lost because somebody else was quicker.
        Err(failure) if changed_meanwhile(cx, &base) => {
            let kept = copy.keep().map_err(|error| Failure::new(Exit::Failed, error.error.to_string()))?.1;
            Err(failure.hint(format!("the file was changed meanwhile; what you wrote is in {}", kept.display())))
        }
        outcome => outcome,
    }
}

fn changed_meanwhile(cx: &Context, base: &Document) -> bool {
    let text = read_file(&local::paths(&cx.settings).config_path);
    text.is_ok_and(|text| hash(&text.unwrap_or_default()) != base.hash)
}

/// A private copy beside the state, since it may hold secrets.
fn copy(cx: &Context, base: &Document) -> Outcome<tempfile::NamedTempFile> {
    let folder = &cx.settings.state_dir;
    let failed = |error: std::io::Error| Failure::new(Exit::StateUnwritable, format!("{}: {error}", folder.display()));
    private::make_folder(folder).map_err(failed)?;
    // Created 0600 by `tempfile`.
    let mut file = tempfile::Builder::new().prefix("edit-").suffix(".json5").tempfile_in(folder).map_err(failed)?;
    let text = if base.text.is_empty() { EMPTY } else { &base.text };
    file.write_all(text.as_bytes()).and_then(|()| file.flush()).map_err(failed)?;
    Ok(file)
}

async fn until_right(cx: &Context, place: &Place, base: &Document, copy: &Path, editor: &str) -> Outcome {
    loop {
        open(editor, copy).await?;
        let text = fs::read_to_string(copy)
            .map_err(|error| Failure::new(Exit::Failed, format!("what was written cannot be read: {error}")))?;
        if text == base.text || (base.text.is_empty() && text == EMPTY) {
            return cx.output.answer(&json!({"ok": true, "changed": false}), || Ok("nothing was changed".to_owned()));
        }
        let problems = validate(&text, &local::surroundings(&cx.settings)).problems;
        if problems.is_empty() {
            return put(cx, place, base, text, (Cause::Set, "written")).await;
        }
        let failure = broken(cx, &problems);
        if cx.output.is_json() || !somebody_is_there() {
            return Err(failure);
        }
        cx.output.note(&failure.to_string());
        if !confirm("Edit again?") {
            return Err(Failure::new(Exit::ConfigInvalid, "nothing was changed"));
        }
    }
}

fn broken(cx: &Context, problems: &[ConfigProblem]) -> Failure {
    let path = local::paths(&cx.settings).config_path;
    let message = format!("{} in what was written; {} is as it was", count(problems.len(), "problem"), path.display());
    Failure::new(Exit::ConfigInvalid, message).hint(lines_of(problems))
}

/// Runs the editor as other programs do: its variable may hold arguments.
async fn open(editor: &str, file: &Path) -> Outcome {
    let mut command = if cfg!(windows) {
        let mut words = editor.split_whitespace();
        let mut command = tokio::process::Command::new(words.next().unwrap_or_default());
        command.args(words).arg(file);
        command
    } else {
        let mut command = tokio::process::Command::new("sh");
        command.arg("-c").arg(format!("{editor} \"$@\"")).arg(editor).arg(file);
        command
    };
    let status = command.stdin(Stdio::inherit()).status().await;
    let status = status.map_err(|error| Failure::new(Exit::Failed, format!("{editor} cannot be started: {error}")))?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::new(Exit::Failed, format!("{editor} ended with {status}; nothing was written")))
}
