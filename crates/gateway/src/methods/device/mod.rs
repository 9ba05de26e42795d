//! Methods under `device.`, and what their refusals say (`methods.md §7`).

mod pair;
mod scopes;
mod token;

use postern_protocol::access::{Role, ScopeSet};
use postern_protocol::close::CloseReason;
use postern_protocol::error::{DetailCode, ErrorCode, ErrorShape};

use crate::devices::DeviceError;
use crate::rpc::{Cx, RpcError};

impl From<DeviceError> for RpcError {
    fn from(error: DeviceError) -> Self {
        match error {
            DeviceError::UnknownRequest => Self::invalid("unknown requestId"),
            DeviceError::RequestChanged => {
                Self::invalid("requestId is for another device than deviceId: list again and decide what is shown")
            }
            DeviceError::UnknownDevice => Self::invalid("unknown deviceId"),
            DeviceError::UnknownDeviceOrRole => Self::invalid("unknown deviceId/role"),
            DeviceError::Forbidden(missing) => missing.into(),
            DeviceError::BeyondApproved { role, missing } => {
                let text = format!("not approved for role {role} of this device: {missing} (approve an upgrade first)");
                Self::missing_scopes(missing, text)
            }
            DeviceError::TooManyChanges { retry_after_ms } => {
                Self::unavailable("this device changes its request too often").retry_after(retry_after_ms)
            }
            DeviceError::NotLocal => {
                Self::forbidden("setup codes are made on the gateway's own machine only: run `postern pair` there")
            }
            DeviceError::NoPairedDevice => ErrorShape::new(ErrorCode::InvalidRequest, "device identity required")
                .detail_code(DetailCode::DeviceIdentityRequired)
                .into(),
            DeviceError::NarrowerThanCurrent { .. } => {
                Self::invalid("requested scopes must include the connection's current scopes")
            }
            DeviceError::BlankLabel => Self::invalid("label required"),
            DeviceError::Store(error) => error.into(),
            other => Self::internal(other),
        }
    }
}

/// Scopes as params name them. A word that names none is refused rather than
/// left out: who asks for it would believe to have it.
fn read_scopes(words: &[String]) -> Result<ScopeSet, RpcError> {
    let known = |word: &String| postern_protocol::access::Scope::parse(word).is_some();
    if !words.iter().all(known) {
        return Err(RpcError::invalid("requested scopes contain an unknown operator scope"));
    }
    Ok(ScopeSet::parse(words.iter().map(String::as_str)))
}

/// Closes the caller's own connection behind the answer, when the decision was
/// about it. The service has closed all others.
fn close_own(cx: &Cx, device_id: &str, role: Option<Role>, why: &str) {
    let who = cx.principal();
    let own = who.device_id.as_ref().is_some_and(|id| id.as_str() == device_id);
    if !own || role.is_some_and(|role| role != who.role) {
        return;
    }
    cx.close_after_answer(CloseReason::client_invalidated(why));
}

#[cfg(test)]
mod tests {
    use postern_protocol::access::Scope;

    use super::*;
    use crate::hub::MissingScopes;
    use crate::store::StoreError;

    #[track_caller]
    fn check(error: DeviceError, code: ErrorCode, message: &str) -> RpcError {
        let error = RpcError::from(error);
        assert_eq!((error.shape.code, error.shape.message.as_str()), (code, message));
        error
    }

    #[test]
    fn refusals_say_what_clients_match_on() {
        use ErrorCode::{Forbidden, InvalidRequest, Unavailable};
        check(DeviceError::UnknownRequest, InvalidRequest, "unknown requestId");
        check(DeviceError::UnknownDevice, InvalidRequest, "unknown deviceId");
        check(DeviceError::UnknownDeviceOrRole, InvalidRequest, "unknown deviceId/role");
        check(DeviceError::BlankLabel, InvalidRequest, "label required");
        let error = check(DeviceError::NoPairedDevice, InvalidRequest, "device identity required");
        assert_eq!(error.shape.code_detail(), Some("DEVICE_IDENTITY_REQUIRED"));
        let missing = ScopeSet::of(&[Scope::Admin, Scope::Pairing]);
        let text = "this needs scopes that the caller does not hold: operator.admin,operator.pairing";
        let error = check(MissingScopes(missing).into(), Forbidden, text);
        let details = error.shape.details.unwrap();
        assert_eq!(details["missingScope"], "operator.admin");
        assert_eq!(details["requiredScopes"], serde_json::json!(["operator.admin", "operator.pairing"]));
        check(DeviceError::Store(StoreError::Busy), Unavailable, "too many writes are waiting");
    }

    #[test]
    fn a_full_disk_is_named_without_its_path() {
        let full = DeviceError::Store(StoreError::DiskFull("/home/ada/.postern/postern.sqlite".into()));
        let text = "the gateway's disk is full: nothing was changed; free space on its machine";
        let error = check(full, ErrorCode::Unavailable, text);
        assert_eq!(error.shape.retryable, Some(true));
    }

    #[test]
    fn words_that_name_no_scope_are_refused() {
        let words = |words: &[&str]| read_scopes(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(words(&["operator.read", "operator.read"]).unwrap(), ScopeSet::of(&[Scope::Read]));
        assert_eq!(words(&[]).unwrap(), ScopeSet::EMPTY);
        let refused = words(&["operator.read", "operator.root"]).unwrap_err();
        assert_eq!(refused.shape.message, "requested scopes contain an unknown operator scope");
    }
}
