//! Methods under `desktop.`: the desktop app and its window.

mod attach;
mod get;
mod set;
mod update;

use crate::desktop::DesktopError;
use crate::rpc::RpcError;

impl From<DesktopError> for RpcError {
    fn from(error: DesktopError) -> Self {
        match error {
            DesktopError::NotTheApp => Self::forbidden(error.to_string()),
            DesktopError::NoDevice => Self::invalid(error.to_string()),
            DesktopError::TooMany => Self::unavailable(error.to_string()),
        }
    }
}

/// What a caller is told that wants something of an app while there is none.
fn nobody() -> RpcError {
    RpcError::invalid("no desktop app is attached")
}
