//! `edit`: replaces a text that occurs exactly once, or every occurrence when asked.

use std::io::Read;

use futures_util::future::{BoxFuture, FutureExt};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::path::RelativePath;
use super::workspace::{Workspace, WorkspaceError};
use super::write::{MAX_FILE_BYTES, replace};
use super::{arguments, blocking, size_text, spec};
use crate::tool::{Tool, ToolCx, ToolOutcome, ToolSpec};

/// Lines named when a text occurs more than once.
const MAX_LINES_NAMED: usize = 8;

const DESCRIPTION: &str = "Changes a text file of the workspace: `oldText` must occur in it exactly once, character for \
character, and is replaced by `newText`. With `replaceAll` every occurrence is replaced.";

pub(super) struct EditTool(ToolSpec);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct EditArgs {
    #[serde(alias = "file_path")]
    path: String,
    #[serde(alias = "old_string")]
    old_text: String,
    #[serde(alias = "new_string")]
    new_text: String,
    #[serde(default, alias = "replace_all")]
    replace_all: Option<bool>,
}

impl EditTool {
    pub(super) fn new(about: &str) -> Self {
        let schema = json!({
            "type": "object",
            "properties": {
                "path": { "type": "string", "description": "File, relative to the workspace" },
                "oldText": { "type": "string", "description": "The text to replace, with enough around it to be unique" },
                "newText": { "type": "string", "description": "What takes its place; empty to delete" },
                "replaceAll": { "type": "boolean", "description": "Replace every occurrence (default: false)" }
            },
            "required": ["path", "oldText", "newText"]
        });
        Self(spec("edit", "Edit file", &format!("{DESCRIPTION}{about}"), schema))
    }
}

impl Tool for EditTool {
    fn spec(&self) -> &ToolSpec {
        &self.0
    }

    fn call(&self, cx: ToolCx, args: Value) -> BoxFuture<'static, ToolOutcome> {
        async move {
            let args: EditArgs = match arguments("edit", args) {
                Ok(args) => args,
                Err(outcome) => return outcome,
            };
            let workspace = cx.workspace.clone();
            blocking(cx.cancel, move |cancel| edit(&workspace, args, cancel)).await
        }
        .boxed()
    }
}

fn edit(workspace: &Workspace, args: EditArgs, cancel: &CancellationToken) -> Result<ToolOutcome, WorkspaceError> {
    let path = workspace.parse(&args.path)?;
    let _one_at_a_time = workspace.changing();
    let text = read_text(workspace, &path)?;
    let change = Change::new(&text, args.old_text, args.new_text)?;
    let places: Vec<usize> = text.match_indices(&change.old).map(|(at, _)| at).collect();
    let lines: Vec<usize> = places.iter().take(MAX_LINES_NAMED).map(|at| line_of(&text, *at)).collect();
    let all = args.replace_all.unwrap_or(false);
    match places.len() {
        0 => return Err(WorkspaceError::Refused(not_found(&text, &change.old, &path))),
        1 => {}
        _ if all => {}
        count => {
            let text = format!(
                "`oldText` occurs {count} times in {path} (lines {}): add text around it, or set `replaceAll`",
                list(&lines, count)
            );
            return Err(WorkspaceError::Refused(text));
        }
    }
    let changed = text.replace(&change.old, &change.new);
    replace(workspace, &path, changed.as_bytes(), cancel)?;
    let count = places.len();
    let times = if count == 1 { "1 occurrence".to_owned() } else { format!("{count} occurrences") };
    let details = json!({ "path": path.to_string(), "replacements": count, "firstLine": lines.first() });
    Ok(ToolOutcome::ok(format!("Replaced {times} in {path} (line {})", list(&lines, count))).with_details(details))
}

struct Change {
    old: String,
    new: String,
}

impl Change {
    /// Models write line breaks as `\n`; a file with `\r\n` is edited, and stays, in its own form.
    fn new(text: &str, old: String, new: String) -> Result<Self, WorkspaceError> {
        if old.is_empty() {
            return Err(WorkspaceError::Refused("`oldText` is empty; to write a whole file use `write`".to_owned()));
        }
        if old == new {
            return Err(WorkspaceError::Refused("`oldText` and `newText` are the same".to_owned()));
        }
        let converts = !text.contains(&old) && text.contains("\r\n") && !old.contains('\r');
        if converts {
            return Ok(Self { old: old.replace('\n', "\r\n"), new: new.replace("\r\n", "\n").replace('\n', "\r\n") });
        }
        Ok(Self { old, new })
    }
}

fn read_text(workspace: &Workspace, path: &RelativePath) -> Result<String, WorkspaceError> {
    let (file, _) = workspace.open_file(path)?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > MAX_FILE_BYTES {
        let limit = size_text(MAX_FILE_BYTES as u64);
        return Err(WorkspaceError::Refused(format!("{path} is larger than {limit}; change it with `exec`")));
    }
    // Anything else would not survive being written back as text.
    String::from_utf8(bytes).map_err(|_| WorkspaceError::Refused(format!("{path} is not a text file in UTF-8")))
}

/// Says what is different where the text is there in another form: models mostly fail on indentation.
fn not_found(text: &str, old: &str, path: &RelativePath) -> String {
    let wanted: Vec<&str> = old.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let lines: Vec<(usize, &str)> =
        text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty()).collect();
    let similar = (!wanted.is_empty()).then(|| {
        lines.windows(wanted.len()).find(|window| window.iter().map(|(_, line)| *line).eq(wanted.iter().copied()))
    });
    match similar.flatten().and_then(|window| window.first()) {
        Some((index, _)) => format!(
            "`oldText` does not occur in {path}; line {} has it with other spaces or line breaks: read the file and copy it exactly",
            index + 1
        ),
        None => format!("`oldText` does not occur in {path}; read the file and copy the text exactly"),
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1
}

fn list(lines: &[usize], count: usize) -> String {
    let named: Vec<String> = lines.iter().map(ToString::to_string).collect();
    let rest = if count > lines.len() { ", …" } else { "" };
    named.join(", ") + rest
}
