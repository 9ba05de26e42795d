//! `list`: what is in a folder, and below it as deep as asked. Links are shown, not followed.

use std::ffi::OsStr;

use futures_util::future::{BoxFuture, FutureExt};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::folder::{Folder, Kind};
use super::workspace::{Workspace, WorkspaceError};
use super::{arguments, blocking, size_text, spec};
use crate::tool::{Tool, ToolCx, ToolOutcome, ToolSpec};

/// Folders below folders that one call shows.
const MAX_DEPTH: usize = 8;
/// Entries one call shows, and how many unless asked.
const MAX_ENTRIES: usize = 1000;
const DEFAULT_ENTRIES: usize = 300;
/// Names read of one folder, so that a folder of millions costs no memory.
const MAX_NAMES: usize = 20_000;

const DESCRIPTION: &str = "Lists a folder of the workspace: folders end in `/`, files have their size, links their \
target. `depth` above 1 goes into folders (at most 8).";

pub(super) struct ListTool(ToolSpec);

#[derive(Debug, Deserialize)]
struct ListArgs {
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    depth: Option<usize>,
    #[serde(default)]
    limit: Option<usize>,
}

impl ListTool {
    pub(super) fn new(about: &str) -> Self {
        let schema = json!({
            "type": "object",
            "properties": {
                "path": { "type": "string", "description": "Folder, relative to the workspace (default: the workspace)" },
                "depth": { "type": "integer", "minimum": 1, "maximum": MAX_DEPTH, "description": "Levels to show (default: 1)" },
                "limit": { "type": "integer", "minimum": 1, "maximum": MAX_ENTRIES, "description": "Entries to show (default: 300)" }
            }
        });
        Self(spec("list", "List folder", &format!("{DESCRIPTION}{about}"), schema))
    }
}

impl Tool for ListTool {
    fn spec(&self) -> &ToolSpec {
        &self.0
    }

    fn call(&self, cx: ToolCx, args: Value) -> BoxFuture<'static, ToolOutcome> {
        async move {
            let args: ListArgs = match arguments("list", args) {
                Ok(args) => args,
                Err(outcome) => return outcome,
            };
            let workspace = cx.workspace.clone();
            blocking(cx.cancel, move |cancel| list(&workspace, &args, cancel)).await
        }
        .boxed()
    }
}

fn list(workspace: &Workspace, args: &ListArgs, cancel: &CancellationToken) -> Result<ToolOutcome, WorkspaceError> {
    let path = workspace.parse(args.path.as_deref().unwrap_or("."))?;
    let folder = workspace.open_folder(&path)?;
    let limit = args.limit.unwrap_or(DEFAULT_ENTRIES).clamp(1, MAX_ENTRIES);
    let depth = args.depth.unwrap_or(1).clamp(1, MAX_DEPTH);
    let mut listing = Listing { lines: Vec::new(), limit, truncated: false, cancel };
    listing.add(&folder, depth, 0)?;
    let mut text = if listing.lines.is_empty() { "(empty)".to_owned() } else { listing.lines.join("\n") };
    if listing.truncated {
        text.push_str(&format!(
            "\n[only the first {} entries; list a folder below, or raise `limit`]",
            listing.lines.len()
        ));
    }
    let details = json!({ "path": path.to_string(), "entries": listing.lines.len(), "truncated": listing.truncated });
    Ok(ToolOutcome::ok(text).with_details(details))
}

struct Listing<'c> {
    lines: Vec<String>,
    limit: usize,
    truncated: bool,
    cancel: &'c CancellationToken,
}

impl Listing<'_> {
    fn add(&mut self, folder: &Folder, depth: usize, level: usize) -> Result<(), WorkspaceError> {
        let (mut names, more) = folder.names(MAX_NAMES)?;
        self.truncated |= more;
        names.sort();
        for (name, kind) in names {
            if self.cancel.is_cancelled() {
                return Err(WorkspaceError::Cancelled);
            }
            if self.lines.len() >= self.limit {
                self.truncated = true;
                return Ok(());
            }
            self.lines.push("  ".repeat(level) + &line(folder, &name, kind));
            if kind == Kind::Folder && depth > 1 {
                self.enter(folder, &name, depth - 1, level + 1)?;
            }
        }
        Ok(())
    }

    /// A folder that vanished or may not be read is no reason to show nothing.
    fn enter(&mut self, folder: &Folder, name: &OsStr, depth: usize, level: usize) -> Result<(), WorkspaceError> {
        let entered = folder.child_folder(name).map_err(WorkspaceError::from);
        match entered.and_then(|child| self.add(&child, depth, level)) {
            Err(WorkspaceError::Io(error)) => {
                self.lines.push(format!("{}[not readable: {error}]", "  ".repeat(level)));
                Ok(())
            }
            other => other,
        }
    }
}

fn line(folder: &Folder, name: &OsStr, kind: Kind) -> String {
    let shown = shown_name(name);
    match kind {
        Kind::Folder => format!("{shown}/"),
        Kind::File => match folder.facts(name) {
            Ok(facts) => format!("{shown}  {}", size_text(facts.size)),
            Err(_) => shown,
        },
        Kind::Link => match folder.link_target(name) {
            Ok(target) => format!("{shown} -> {}", shown_name(&target)),
            Err(_) => shown,
        },
        Kind::Other => format!("{shown}  (device, pipe or socket)"),
    }
}

/// One line per entry, whatever a name holds: a line break in a name must not look like another entry.
fn shown_name(name: &OsStr) -> String {
    let name = name.to_string_lossy();
    if name.chars().any(char::is_control) { format!("{name:?}") } else { name.into_owned() }
}
