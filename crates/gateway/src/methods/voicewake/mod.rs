//! `voicewake.*`: words that wake devices.

mod get;
mod routing;
mod set;

use crate::rpc::RpcError;
use crate::voicewake::VoiceWakeError;

impl From<VoiceWakeError> for RpcError {
    fn from(error: VoiceWakeError) -> Self {
        match error {
            VoiceWakeError::Invalid { .. } => Self::invalid(error.to_string()),
            VoiceWakeError::Store(error) => error.into(),
        }
    }
}
