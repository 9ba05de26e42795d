//! What can go wrong with sessions, in domain words.

use crate::store::StoreError;

/// Why something could not be done with a session.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// Not a session key.
    #[error("sessionKey {0}")]
    BadKey(&'static str),
    /// The key belongs to an agent that does not exist.
    #[error("unknown agent id: {0}")]
    UnknownAgent(String),
    /// The caller names one agent and the key another.
    #[error("agentId {named} does not own this session; it belongs to agent {owner}")]
    OtherAgent {
        /// Agent that the caller named.
        named: String,
        /// Agent that owns the session.
        owner: String,
    },
    /// There is no such session.
    #[error("No session found: {0}")]
    NotFound(String),
    /// The setting has a value that it cannot have.
    #[error("{field} {problem}")]
    BadSetting {
        /// The setting.
        field: &'static str,
        /// What is wrong and what to write.
        problem: String,
    },
    /// It was reset or made anew since the caller looked.
    #[error("session {0} has changed since; read it again")]
    Replaced(String),
    /// Only archived ones were to go.
    #[error("session {0} is not archived")]
    NotArchived(String),
    /// The main session stays.
    #[error("Cannot delete the main session ({0}).")]
    MainStays(String),
    /// A run could not be stopped in time.
    #[error("Session {0} is still active; try again in a moment.")]
    StillActive(String),
    /// The database.
    #[error("{}", .0.for_clients())]
    Store(#[from] StoreError),
    /// A bug, or a transcript that was changed from outside.
    #[error("the transcript of {0} cannot be read")]
    Unreadable(String),
}
