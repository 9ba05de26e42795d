//! Methods under `agents.`, and what their refusals say (`methods.md §4`).

mod create;
mod delete;
mod files;
mod list;
mod update;

use postern_protocol::agents::AgentAppearance;

use crate::agents::{AgentError, Shown};
use crate::rpc::RpcError;

impl From<AgentError> for RpcError {
    fn from(error: AgentError) -> Self {
        match error {
            AgentError::Store(error) => error.into(),
            AgentError::UnknownAgent => Self::invalid("unknown agent id: agents.list names every agent"),
            AgentError::Folder { ref path, ref source } => {
                tracing::warn!(path = %path.display(), error = %source, "A workspace cannot be used.");
                Self::unavailable(error.to_string())
            }
            AgentError::Lost => Self::internal(error),
            error => Self::invalid(error.to_string()),
        }
    }
}

/// How an agent is shown, for lists.
fn appearance(shown: Shown) -> AgentAppearance {
    let avatar = shown.avatar.text;
    AgentAppearance {
        name: Some(shown.name),
        theme: shown.theme,
        emoji: shown.emoji,
        avatar_url: is_address(&avatar).then(|| avatar.clone()),
        avatar: Some(avatar),
    }
}

fn is_address(avatar: &str) -> bool {
    ["https://", "data:", "/avatar/"].iter().any(|start| avatar.starts_with(start))
}
