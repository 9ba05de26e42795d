//! Methods under `wizard.`, and what their refusals say (`methods.md §11`).

mod cancel;
mod next;
mod start;
mod status;

use crate::rpc::RpcError;
use crate::wizard::WizardError;

impl From<WizardError> for RpcError {
    fn from(error: WizardError) -> Self {
        let text = error.to_string();
        match error {
            WizardError::Running | WizardError::Busy => Self::unavailable(text),
            // What clients of the ecosystem tell it by.
            WizardError::NotFound => Self::invalid(text).detail("code", "WIZARD_NOT_FOUND"),
            WizardError::Over | WizardError::Invalid(_) => Self::invalid(text),
        }
    }
}
