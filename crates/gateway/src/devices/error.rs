//! Why a decision about a device was refused, in domain words.

use postern_protocol::access::{Role, ScopeSet};

use crate::hub::MissingScopes;
use crate::store::StoreError;

/// Why a decision about a device was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// No such request waits: never made, decided, superseded or expired.
    #[error("no pairing request with this id waits")]
    UnknownRequest,
    /// The request is another device's than the approver saw.
    #[error("the request is for another device than the one shown")]
    RequestChanged,
    /// No such device is paired.
    #[error("no device with this id is paired")]
    UnknownDevice,
    /// The device has no working token for this role.
    #[error("the device has no working token for this role")]
    UnknownDeviceOrRole,
    /// The caller would give or touch more than it holds.
    #[error(transparent)]
    Forbidden(#[from] MissingScopes),
    /// A token cannot carry more than this.
    #[error("{missing} was not approved for role {role} of this device")]
    BeyondApproved {
        /// Role of the token.
        role: Role,
        /// Scopes that were never approved, or not for this token.
        missing: ScopeSet,
    },
    /// The caller runs on another machine.
    #[error("only callers on the gateway's own machine may do this")]
    NotLocal,
    /// The connection has no device, or the device is not paired.
    #[error("the connection has no paired device")]
    NoPairedDevice,
    /// The scopes asked for leave out scopes that the connection has.
    #[error("the scopes asked for leave out {missing}")]
    NarrowerThanCurrent {
        /// What is left out.
        missing: ScopeSet,
    },
    /// Nothing of a new name can be shown.
    #[error("a device's name needs at least one visible character")]
    BlankLabel,
    /// A change of pinned metadata always needs a person.
    #[error("a device whose platform or family changed is never approved silently")]
    NeedsPerson,
    /// The device has what it asks for.
    #[error("the device is approved for what it asks")]
    NothingToAsk,
    /// The device changes what it asks for too often.
    #[error("the device changes its request too often")]
    TooManyChanges {
        /// Milliseconds to wait.
        retry_after_ms: u64,
    },
    /// The decision could not be made durable and was taken back.
    #[error("the decision could not be stored")]
    Store(#[from] StoreError),
}
