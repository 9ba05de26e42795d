//! Methods under `import.`: what other gateways left on this machine.

mod openclaw;

use crate::import::ImportError;
use crate::rpc::RpcError;

impl From<ImportError> for RpcError {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Store(error) => error.into(),
            ImportError::Secrets(_) | ImportError::Io { .. } => {
                tracing::error!(%error, "An import was not finished.");
                Self::unavailable(
                    "the import was not finished; the gateway's log says why, and the next one goes on from there",
                )
            }
            // Who asks is on this machine and its owner.
            other => Self::invalid(other.to_string()),
        }
    }
}
