//! Methods under `doctor.`.

mod fix;
mod run;

use crate::doctor::DoctorError;
use crate::rpc::RpcError;

impl From<DoctorError> for RpcError {
    fn from(error: DoctorError) -> Self {
        match error {
            DoctorError::Unknown(_) | DoctorError::ByHand(_) => Self::invalid(format!("ids: {error}")),
            DoctorError::Failed(_) => Self::internal(error),
        }
    }
}
