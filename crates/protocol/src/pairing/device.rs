//! A paired device, and the methods that list, decide, rename and remove.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{PairingRequest, TokenSummary};
use crate::access::{Role, ScopeSet};
use crate::call::{Call, NoParams};
use crate::ids::{DeviceLabel, DeviceRef, RequestId};

/// How a device came to be approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ApprovedVia {
    /// Silently: it runs on the gateway's own machine.
    Local,
    /// Somebody with the pairing scope approved it.
    Operator,
    /// It brought a setup code.
    SetupCode,
    /// Silently: a trusted proxy said whose it is.
    TrustedProxy,
    /// Silently: the tailnet says that it is the owner's.
    Tailscale,
    /// Silently: a new node from an address in `gateway.nodes.pairing.autoApproveCidrs`.
    ListedAddress,
}

/// A paired device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PairedDevice {
    /// Hex SHA-256 of its key.
    pub device_id: String,
    /// Base64url of the raw key.
    pub public_key: String,
    /// Name it gave itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Name a person gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Operating system, pinned at approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Family, pinned at approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_family: Option<String>,
    /// Client it used last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Mode it used last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_mode: Option<String>,
    /// First approved role, for clients that read one.
    pub role: Role,
    /// Approved roles.
    pub roles: Vec<Role>,
    /// Approved scopes.
    pub scopes: ScopeSet,
    /// Where it connected from last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote_ip: Option<String>,
    /// Epoch milliseconds.
    pub created_at_ms: i64,
    /// Epoch milliseconds of the last approval.
    pub approved_at_ms: i64,
    /// How the last approval came about.
    pub approved_via: ApprovedVia,
    /// Whether it is connected at this moment.
    pub connected: bool,
    /// Epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_at_ms: Option<i64>,
    /// `connect` or `disconnect`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_reason: Option<String>,
    /// Its tokens, without their values.
    pub tokens: Vec<TokenSummary>,
}

/// `device.pair.list`: who is paired and who asks.
pub struct DevicePairList;

impl Call for DevicePairList {
    const NAME: &'static str = "device.pair.list";
    type Params = NoParams;
    type Output = DevicePairListResult;
}

/// Result of `device.pair.list`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DevicePairListResult {
    /// Requests, first seen first.
    pub pending: Vec<PairingRequest>,
    /// Devices, last approved first.
    pub paired: Vec<PairedDevice>,
}

/// Params of `device.pair.approve` and `device.pair.reject`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PairingDecisionParams {
    /// The request.
    pub request_id: RequestId,
    /// Device id that the approver saw; refused when it is not the request's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<DeviceRef>,
}

/// `device.pair.approve`: let the device in with what it asked for.
pub struct DevicePairApprove;

impl Call for DevicePairApprove {
    const NAME: &'static str = "device.pair.approve";
    type Params = PairingDecisionParams;
    type Output = DevicePairApproveResult;
}

/// Result of `device.pair.approve`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DevicePairApproveResult {
    /// The request.
    pub request_id: String,
    /// The device as it now stands.
    pub device: PairedDevice,
}

/// `device.pair.reject`: drop the request.
pub struct DevicePairReject;

impl Call for DevicePairReject {
    const NAME: &'static str = "device.pair.reject";
    type Params = PairingDecisionParams;
    type Output = DevicePairRejectResult;
}

/// Result of `device.pair.reject`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DevicePairRejectResult {
    /// The request.
    pub request_id: String,
    /// Its device.
    pub device_id: String,
}

/// Params that name a device.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeviceParams {
    /// The device.
    pub device_id: DeviceRef,
}

/// `device.pair.remove`: forget the device and close its sockets.
pub struct DevicePairRemove;

impl Call for DevicePairRemove {
    const NAME: &'static str = "device.pair.remove";
    type Params = DeviceParams;
    type Output = DevicePairRemoveResult;
}

/// Result of `device.pair.remove`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DevicePairRemoveResult {
    /// The device that is gone.
    pub device_id: String,
}

/// `device.pair.rename`: give a device a name of one's own.
pub struct DevicePairRename;

/// Params of `device.pair.rename`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DevicePairRenameParams {
    /// The device.
    pub device_id: DeviceRef,
    /// Its new name.
    pub label: DeviceLabel,
}

impl Call for DevicePairRename {
    const NAME: &'static str = "device.pair.rename";
    type Params = DevicePairRenameParams;
    type Output = DevicePairRenameResult;
}

/// Result of `device.pair.rename`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DevicePairRenameResult {
    /// The device.
    pub device_id: String,
    /// Its name now.
    pub label: String,
}
