//! Why a run was not accepted.

use crate::sessions::SessionError;
use crate::store::StoreError;

/// Why a run was not accepted, or not found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// Nothing was said.
    #[error("message or attachment required")]
    Empty,
    /// An attachment cannot be used.
    #[error("attachments[{index}] {problem}")]
    Attachment {
        /// Which one.
        index: usize,
        /// What is wrong.
        problem: String,
    },
    /// The key names a run of somebody else, or of another session.
    #[error("idempotencyKey is in use by another run; use a new one for every message")]
    KeyTaken,
    /// The session takes no messages.
    #[error("send blocked by session policy")]
    Blocked,
    /// Too many messages wait in this session.
    #[error("{0} messages wait in this session already; try again when it has answered some")]
    QueueFull(usize),
    /// Too many sessions are answered at once.
    #[error("{0} conversations are being answered already; try again when some have ended")]
    TooMany(usize),
    /// The run belongs to another session.
    #[error("runId does not match sessionKey")]
    OtherSession,
    /// There is nothing to resume.
    #[error("nothing to resume: the last message of this session was answered")]
    NothingToResume,
    /// Somebody else shortens the session at this moment.
    #[error("it is being shortened already")]
    Compacting,
    /// The gateway stops.
    #[error("the gateway is stopping; send it again when it is back")]
    Stopping,
    /// The session.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The database.
    #[error("{}", .0.for_clients())]
    Store(#[from] StoreError),
}
