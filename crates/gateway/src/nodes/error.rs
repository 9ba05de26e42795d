//! Why something about a node is refused, in the words of the domain.

use postern_protocol::nodes::NodeError as NodeFailure;

use super::platform::Platform;
use super::policy::CommandRefusal;
use crate::hub::MissingScopes;
use crate::store::StoreError;

/// A refusal.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// No such node.
    #[error("unknown nodeId")]
    UnknownNode,
    /// No such request, or it was decided.
    #[error("unknown requestId")]
    UnknownRequest,
    /// The request is for another node than the caller saw.
    #[error("requestId is for another node than nodeId: list again and decide what is shown")]
    RequestChanged,
    /// The caller holds too little.
    #[error(transparent)]
    Forbidden(#[from] MissingScopes),
    /// Nothing of the name can be shown.
    #[error("displayName required")]
    BlankName,
    /// More nodes than are kept.
    #[error("too many nodes are known: remove some first")]
    TooManyNodes,
    /// The node is not there, or went away.
    #[error("node not connected")]
    NotConnected {
        /// Whether the command had reached it.
        dispatched: bool,
    },
    /// The command may not be invoked.
    #[error("node command not allowed")]
    NotAllowed {
        /// Why.
        refusal: CommandRefusal,
        /// The command.
        command: String,
        /// The system whose list counts.
        platform: Platform,
    },
    /// Too many calls of the node are under way.
    #[error("too many commands of this node are under way")]
    Busy,
    /// The node did not answer in time.
    #[error("node invoke timed out")]
    TimedOut,
    /// The node answered that it did not work.
    #[error("the node refused")]
    Failed(NodeFailure),
    /// The call that input is for has ended or was never made.
    #[error("no command with this idempotencyKey is under way")]
    NotUnderWay,
    /// Too much waits for the node.
    #[error("too much waits for this node already")]
    QueueFull,
    /// What is left for the node is too large.
    #[error("payload must be at most 65536 bytes of JSON")]
    PayloadTooLarge,
    /// Nothing can be written down.
    #[error(transparent)]
    Store(#[from] StoreError),
}
