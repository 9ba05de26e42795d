//! `write`: a whole file at once. Readers see the old or the new content, never a part.

use std::ffi::OsStr;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write as _};

use futures_util::future::{BoxFuture, FutureExt};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::folder::Folder;
use super::path::RelativePath;
use super::workspace::{Workspace, WorkspaceError, check_replaceable, explain};
use super::{arguments, blocking, size_text, spec};
use crate::tool::{Tool, ToolCx, ToolOutcome, ToolSpec};

/// The largest file written, in bytes.
pub(super) const MAX_FILE_BYTES: usize = 5_000_000;
/// Permissions of a new file; the workspace itself is its owner's alone.
const NEW_FILE_MODE: u32 = 0o644;

const DESCRIPTION: &str = "Writes a file of the workspace, replacing what it had; folders are created as needed. At most \
5 MB. To change a part of a file use `edit`.";

pub(super) struct WriteTool(ToolSpec);

#[derive(Debug, Deserialize)]
struct WriteArgs {
    #[serde(alias = "file_path")]
    path: String,
    content: String,
}

impl WriteTool {
    pub(super) fn new(about: &str) -> Self {
        let schema = json!({
            "type": "object",
            "properties": {
                "path": { "type": "string", "description": "File, relative to the workspace" },
                "content": { "type": "string", "description": "The whole new content" }
            },
            "required": ["path", "content"]
        });
        Self(spec("write", "Write file", &format!("{DESCRIPTION}{about}"), schema))
    }
}

impl Tool for WriteTool {
    fn spec(&self) -> &ToolSpec {
        &self.0
    }

    fn call(&self, cx: ToolCx, args: Value) -> BoxFuture<'static, ToolOutcome> {
        async move {
            let args: WriteArgs = match arguments("write", args) {
                Ok(args) => args,
                Err(outcome) => return outcome,
            };
            let workspace = cx.workspace.clone();
            blocking(cx.cancel, move |cancel| write(&workspace, &args, cancel)).await
        }
        .boxed()
    }
}

fn write(workspace: &Workspace, args: &WriteArgs, cancel: &CancellationToken) -> Result<ToolOutcome, WorkspaceError> {
    let path = workspace.parse(&args.path)?;
    let _one_at_a_time = workspace.changing();
    let created = replace(workspace, &path, args.content.as_bytes(), cancel)?;
    let size = args.content.len();
    let verb = if created { "Created" } else { "Replaced" };
    let details = json!({ "path": path.to_string(), "size": size, "created": created });
    Ok(ToolOutcome::ok(format!("{verb} {path} ({})", size_text(size as u64))).with_details(details))
}

/// Puts `content` into a new file beside `path` and gives it that name. Answers whether there was none before.
pub(super) fn replace(
    workspace: &Workspace,
    path: &RelativePath,
    content: &[u8],
    cancel: &CancellationToken,
) -> Result<bool, WorkspaceError> {
    if content.len() > MAX_FILE_BYTES {
        let size = size_text(content.len() as u64);
        return Err(WorkspaceError::Refused(format!("`content` has {size}; at most 5 MB are written at once")));
    }
    if cancel.is_cancelled() {
        return Err(WorkspaceError::Cancelled);
    }
    let (folder, name) = workspace.open_parent(path)?;
    let old = match folder.facts(OsStr::new(name)) {
        Ok(facts) => Some(facts),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(explain(error, &path.to_string())),
    };
    check_replaceable(old.map(|facts| facts.kind), path)?;
    if old.is_some_and(|facts| facts.mode & 0o222 == 0) {
        return Err(WorkspaceError::Refused(format!("{path} is read-only")));
    }
    // Never set-user-id and the like: new content must not inherit what was granted to the old one.
    let mode = old.map_or(NEW_FILE_MODE, |facts| facts.mode & 0o777);
    let temporary = temporary_name();
    let written = write_new(&folder, &temporary, content, mode)
        .and_then(|()| if cancel.is_cancelled() { Err(io::ErrorKind::Interrupted.into()) } else { Ok(()) })
        .and_then(|()| folder.rename(&temporary, name));
    if let Err(error) = written {
        // Best effort: the first error is the one to tell.
        drop(folder.remove(&temporary));
        return Err(if cancel.is_cancelled() { WorkspaceError::Cancelled } else { explain(error, &path.to_string()) });
    }
    Ok(old.is_none())
}

fn write_new(folder: &Folder, name: &str, content: &[u8], mode: u32) -> io::Result<()> {
    let mut file = folder.create_new(name, mode)?;
    file.write_all(content)?;
    // Else a crash after the rename could leave an empty file under the old name.
    file.sync_all()
}

fn temporary_name() -> String {
    format!(".postern-{:016x}.tmp", RandomState::new().hash_one(std::process::id()))
}
