//! Device tokens, and the methods that rotate and revoke them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::{Role, ScopeSet};
use crate::call::Call;
use crate::ids::DeviceRef;

/// A token of a paired device, without its value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenSummary {
    /// Role it is good for.
    pub role: Role,
    /// Scopes it carries.
    pub scopes: ScopeSet,
    /// Epoch milliseconds.
    pub created_at_ms: i64,
    /// Epoch milliseconds of the last rotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotated_at_ms: Option<i64>,
    /// Epoch milliseconds of its revocation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at_ms: Option<i64>,
    /// Epoch milliseconds of its last use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at_ms: Option<i64>,
}

/// `device.token.rotate`: a new token for a role; the old one stops working.
pub struct DeviceTokenRotate;

/// Params of `device.token.rotate`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeviceTokenRotateParams {
    /// The device.
    pub device_id: DeviceRef,
    /// Role of the token.
    pub role: Role,
    /// Scopes of the new token; never more than the device was approved for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(inner(length(min = 1)))]
    pub scopes: Option<Vec<String>>,
}

impl Call for DeviceTokenRotate {
    const NAME: &'static str = "device.token.rotate";
    type Params = DeviceTokenRotateParams;
    type Output = DeviceTokenRotateResult;
}

/// Whether the new token is in the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TokenDelivery {
    /// Yes: the caller rotated its own.
    InBand,
    /// No: the device receives it when it connects next.
    WithheldCrossDevice,
}

/// Result of `device.token.rotate`.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeviceTokenRotateResult {
    /// The device.
    pub device_id: String,
    /// Role of the token.
    pub role: Role,
    /// Scopes it carries.
    pub scopes: ScopeSet,
    /// When, epoch milliseconds.
    pub rotated_at_ms: i64,
    /// The token, for its own device only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Whether the token is above.
    pub token_delivery: TokenDelivery,
}

impl std::fmt::Debug for DeviceTokenRotateResult {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DeviceTokenRotateResult({}, {}, {:?})", self.device_id, self.role, self.token_delivery)
    }
}

/// `device.token.revoke`: the token stops working and its sockets close.
pub struct DeviceTokenRevoke;

/// Params of `device.token.revoke`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeviceTokenRevokeParams {
    /// The device.
    pub device_id: DeviceRef,
    /// Role of the token.
    pub role: Role,
}

impl Call for DeviceTokenRevoke {
    const NAME: &'static str = "device.token.revoke";
    type Params = DeviceTokenRevokeParams;
    type Output = DeviceTokenRevokeResult;
}

/// Result of `device.token.revoke`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeviceTokenRevokeResult {
    /// The device.
    pub device_id: String,
    /// Role of the token.
    pub role: Role,
    /// When, epoch milliseconds.
    pub revoked_at_ms: i64,
}
