//! Asking for more scopes on an open connection.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::ScopeSet;
use crate::call::Call;
use crate::ids::RequestId;

/// `device.scopes.requestUpgrade`: ask for more scopes without reconnecting.
pub struct DeviceScopesRequestUpgrade;

/// Params of `device.scopes.requestUpgrade`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ScopesUpgradeParams {
    /// Scopes asked for.
    #[schemars(length(min = 1, max = 8), inner(length(min = 1)))]
    pub scopes: Vec<String>,
}

impl Call for DeviceScopesRequestUpgrade {
    const NAME: &'static str = "device.scopes.requestUpgrade";
    type Params = ScopesUpgradeParams;
    type Output = ScopesUpgradeRequested;
}

/// Result of `device.scopes.requestUpgrade`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScopesUpgradeRequested {
    /// The pairing request that an approver now sees.
    pub request_id: String,
}

/// `device.scopes.waitUpgrade`: blocks until the request is decided or expires.
pub struct DeviceScopesWaitUpgrade;

/// Params of `device.scopes.waitUpgrade`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScopesWaitParams {
    /// The request.
    pub request_id: RequestId,
}

impl Call for DeviceScopesWaitUpgrade {
    const NAME: &'static str = "device.scopes.waitUpgrade";
    type Params = ScopesWaitParams;
    type Output = ScopesUpgradeOutcome;
}

/// Result of `device.scopes.waitUpgrade`.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "status", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum ScopesUpgradeOutcome {
    /// Reconnect with this token to use the new scopes.
    Approved {
        /// The request.
        request_id: String,
        /// Token that carries them.
        device_token: String,
        /// Scopes of the token.
        scopes: ScopeSet,
    },
    /// Refused or superseded.
    Rejected {
        /// The request.
        request_id: String,
    },
    /// Nobody decided in time.
    Expired {
        /// The request.
        request_id: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcome_is_tagged_by_status() {
        let outcome = ScopesUpgradeOutcome::Expired { request_id: "r".into() };
        assert_eq!(serde_json::to_string(&outcome).unwrap(), r#"{"status":"expired","requestId":"r"}"#);
    }
}
