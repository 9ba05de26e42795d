//! Why something about an agent was refused, in domain words.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::store::StoreError;

/// Why something about an agent was refused.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum AgentError {
    /// No agent has this id.
    #[error("no agent has this id; agents.list names them")]
    UnknownAgent,
    /// A name without anything to show.
    #[error("name: needs at least one visible character")]
    BlankName,
    /// Not `provider/model`.
    #[error("model: must be written as provider/model")]
    BadModel,
    /// Not an emoji.
    #[error("emoji: must be one emoji")]
    BadEmoji,
    /// Nothing that can be shown as an avatar.
    #[error("avatar: must be an emoji, an https address or a picture file of the workspace")]
    BadAvatar,
    /// A folder that agents may not have.
    #[error("workspace: {0}")]
    BadWorkspace(&'static str),
    /// There are enough agents.
    #[error("there are {0} agents already; delete one first")]
    TooMany(usize),
    /// The default agent always stays.
    #[error("the default agent cannot be deleted")]
    IsDefault,
    /// The configuration names it, so it would be back at the next start.
    #[error("this agent is written in {}; remove it from agents.list there", .0.display())]
    WrittenInConfig(PathBuf),
    /// Not one of the files that shape an agent.
    #[error("unsupported file: it must be one of {}", postern_protocol::agents::AGENT_FILE_NAMES.join(", "))]
    UnsupportedFile,
    /// Longer than such a file may be.
    #[error("{name} would be {size} bytes; at most {max} are kept")]
    TooLarge {
        /// The file.
        name: &'static str,
        /// Its size, bytes.
        size: u64,
        /// The most, bytes.
        max: u64,
    },
    /// A link, folder or device in the place of a file.
    #[error("{0} in the workspace is not a regular file; remove what stands in its place")]
    NotAFile(&'static str),
    /// The folder cannot be used.
    #[error("the workspace {} cannot be used: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// The change could not be made durable; nothing was changed.
    #[error("the change could not be stored")]
    Store(#[from] StoreError),
    /// A bug: the work ended without an answer.
    #[error("the work ended without an answer")]
    Lost,
}

impl AgentError {
    pub(super) fn folder(path: &std::path::Path, source: io::Error) -> Self {
        Self::Folder { path: path.to_path_buf(), source: Arc::new(source) }
    }
}
