//! Files of a workspace: tools to read, write, edit, list and search them, none of which can leave it.

mod edit;
#[cfg_attr(unix, path = "folder_unix.rs")]
#[cfg_attr(windows, path = "folder_windows.rs")]
mod folder;
mod glob;
mod list;
mod path;
mod read;
mod search;
mod workspace;
mod write;

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::tool::{Group, Tool, ToolOutcome, ToolSpec};

pub use workspace::{Workspace, WorkspaceError};

/// `read`, `write`, `edit`, `list`, `search`.
/// `about` is told with each of them.
pub(crate) fn tools(about: &str) -> Vec<Arc<dyn Tool>> {
    vec![
        Arc::new(read::ReadTool::new(about)),
        Arc::new(write::WriteTool::new(about)),
        Arc::new(edit::EditTool::new(about)),
        Arc::new(list::ListTool::new(about)),
        Arc::new(search::SearchTool::new(about)),
    ]
}

fn spec(name: &'static str, label: &str, description: &str, input_schema: Value) -> ToolSpec {
    ToolSpec {
        name: name.into(),
        label: label.to_owned(),
        description: description.to_owned(),
        group: Group::Fs,
        input_schema,
        source: "core".to_owned(),
    }
}

/// The arguments of a call, or the outcome that tells what is wrong with them.
pub(crate) fn arguments<T: DeserializeOwned>(tool: &str, args: Value) -> Result<T, ToolOutcome> {
    serde_json::from_value(args).map_err(|error| ToolOutcome::error(format!("arguments of `{tool}`: {error}")))
}

/// Runs file work on a thread that may block. The answer does not wait for a file system that hangs: when the call is
/// cancelled (or dropped) it ends at once, and the work sees the token and stops at its next step.
async fn blocking<F>(cancel: CancellationToken, work: F) -> ToolOutcome
where
    F: FnOnce(&CancellationToken) -> Result<ToolOutcome, WorkspaceError> + Send + 'static,
{
    let token = cancel.child_token();
    let _stops_work_when_dropped = token.clone().drop_guard();
    if token.is_cancelled() {
        return ToolOutcome::error(WorkspaceError::Cancelled.to_string());
    }
    let task = tokio::task::spawn_blocking(move || work(&token));
    tokio::select! {
        biased;
        () = cancel.cancelled() => ToolOutcome::error(WorkspaceError::Cancelled.to_string()),
        done = task => match done {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) => ToolOutcome::error(error.to_string()),
            Err(error) => {
                tracing::error!(%error, "file tool failed");
                ToolOutcome::error("the tool failed unexpectedly; see the gateway's log")
            }
        },
    }
}

/// A size for people.
fn size_text(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KiB", bytes / 1024),
        _ => format!("{} MiB", bytes / 1_048_576),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod escape_tests;
#[cfg(test)]
mod shared_tests;
#[cfg(test)]
mod tests;
