//! Devices, pairing requests, device tokens and setup codes
//! (`methods.md §7`, `handshake.md §8`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::{Role, Scope, ScopeSet};
use crate::call::{Audience, Call, Event, NoParams, OnSlow};
use crate::ids::{DeviceLabel, DeviceRef, RequestId};

/// Why a device that proved its identity still needs an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PairingReason {
    /// Unknown device, or another key under its id.
    NotPaired,
    /// A role it was not approved for.
    RoleUpgrade,
    /// A scope it was not approved for.
    ScopeUpgrade,
    /// Its pinned platform or family changed.
    MetadataUpgrade,
}

impl PairingReason {
    /// The wire word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotPaired => "not-paired",
            Self::RoleUpgrade => "role-upgrade",
            Self::ScopeUpgrade => "scope-upgrade",
            Self::MetadataUpgrade => "metadata-upgrade",
        }
    }

    /// What the refusal says after `pairing required: `.
    #[must_use]
    pub const fn requirement(self) -> &'static str {
        match self {
            Self::NotPaired => "device is not approved yet",
            Self::RoleUpgrade => "device is asking for a higher role than currently approved",
            Self::ScopeUpgrade => "device is asking for more scopes than currently approved",
            Self::MetadataUpgrade => "device identity changed and must be re-approved",
        }
    }
}

/// A pairing request that waits; also event `device.pair.requested`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PairingRequest {
    /// Names the request until it is decided or expires.
    pub request_id: String,
    /// Device that asks.
    pub device_id: String,
    /// Its key, base64url of the raw 32 bytes.
    pub public_key: String,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Its operating system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Its family.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_family: Option<String>,
    /// Which client runs on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// How it is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_mode: Option<String>,
    /// Role asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The same as a list, for clients that read lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<Role>>,
    /// Scopes asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<ScopeSet>,
    /// Where it connected from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote_ip: Option<String>,
    /// Whether it may be approved without asking anybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silent: Option<bool>,
    /// Whether the device was paired before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_repair: Option<bool>,
    /// Origin header of a browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser_origin: Option<String>,
    /// First seen, epoch milliseconds.
    pub ts: i64,
}

impl Event for PairingRequest {
    const NAME: &'static str = "device.pair.requested";
    const AUDIENCE: Audience = Audience::Scope(Scope::Pairing);
    const ON_SLOW: OnSlow = OnSlow::Drop;

    /// Old clients do not know the two newer keys.
    fn in_v3(&self) -> Option<serde_json::Value> {
        let known = Self { device_family: None, browser_origin: None, ..self.clone() };
        serde_json::to_value(known).ok()
    }
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// The device may connect.
    Approved,
    /// It may not; a superseded or expired request counts as rejected.
    Rejected,
}

/// Event `device.pair.resolved`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PairingResolved {
    /// The request.
    pub request_id: String,
    /// Its device.
    pub device_id: String,
    /// The outcome.
    pub decision: Decision,
    /// When, epoch milliseconds.
    pub ts: i64,
}

impl Event for PairingResolved {
    const NAME: &'static str = "device.pair.resolved";
    const AUDIENCE: Audience = Audience::Scope(Scope::Pairing);
    const ON_SLOW: OnSlow = OnSlow::Drop;
}

/// Event `device.pair.changed`: reload `device.pair.list`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DevicesChanged {
    /// The device that was renamed, removed or given another token.
    pub device_id: String,
    /// When, epoch milliseconds.
    pub ts: i64,
}

impl Event for DevicesChanged {
    const NAME: &'static str = "device.pair.changed";
    const AUDIENCE: Audience = Audience::Scope(Scope::Pairing);
    const ON_SLOW: OnSlow = OnSlow::Drop;
}

/// Event `device.pair.setup.completed`; also the answer of
/// `device.pair.setupStatus` once the code was used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetupCompleted {
    /// The setup code's id.
    pub setup_id: String,
    /// Device that used it.
    pub device_id: String,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_name: Option<String>,
    /// What it was given.
    pub access: SetupAccess,
    /// When, epoch milliseconds.
    pub ts: i64,
}

impl Event for SetupCompleted {
    const NAME: &'static str = "device.pair.setup.completed";
    const AUDIENCE: Audience = Audience::Scope(Scope::Pairing);
    const ON_SLOW: OnSlow = OnSlow::Drop;
}

/// What a setup code grants; fixed when it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SetupAccess {
    /// Node role, and an operator token for everything a phone does: read, write,
    /// approvals, questions, talk. Never admin or pairing.
    Full,
    /// Node role, and an operator token to read and write.
    Limited,
    /// Node role only.
    Node,
}

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

/// `device.pair.setupCode`: a single-use code that pairs a phone.
pub struct DevicePairSetupCode;

/// Params of `device.pair.setupCode`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct SetupCodeParams {
    /// Address the phone should use instead of the one the gateway knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub public_url: Option<String>,
    /// Whether to draw the code as a PNG QR image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_qr: Option<bool>,
    /// What the code grants; absent means full.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bootstrap_profile: Option<SetupAccess>,
    /// Whether to write the code as an `oc-pair://` link too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub join_url: Option<bool>,
}

impl Call for DevicePairSetupCode {
    const NAME: &'static str = "device.pair.setupCode";
    type Params = SetupCodeParams;
    type Output = SetupCodeResult;
}

/// Result of `device.pair.setupCode`. `Debug` hides the code.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetupCodeResult {
    /// Names the code in `device.pair.setupStatus`.
    pub setup_id: String,
    /// Base64url of `{url, urls?, bootstrapToken, expiresAtMs}`.
    pub setup_code: String,
    /// The same as a link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join_url: Option<String>,
    /// PNG data URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qr_data_url: Option<String>,
    /// Address in the code.
    pub gateway_url: String,
    /// All addresses, when there is more than one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway_urls: Option<Vec<String>>,
    /// `token` or `password`.
    pub auth: String,
    /// Where the address came from: `publicUrl`, `bind`, `loopback`.
    pub url_source: String,
    /// What the code grants.
    pub access: SetupAccess,
    /// Until when it works, epoch milliseconds; at most 10 minutes ahead.
    pub expires_at_ms: i64,
}

impl std::fmt::Debug for SetupCodeResult {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SetupCodeResult({}, {:?}, [secret])", self.setup_id, self.access)
    }
}

/// What a setup code carries, as JSON before base64url.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SetupCodeContent {
    /// Address to connect to.
    pub url: String,
    /// Further addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urls: Option<Vec<String>>,
    /// Goes into `auth.bootstrapToken`, once.
    pub bootstrap_token: String,
    /// Epoch milliseconds.
    pub expires_at_ms: i64,
    /// SHA-256 of the certificate, hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_fingerprint: Option<String>,
}

impl std::fmt::Debug for SetupCodeContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SetupCodeContent({}, [secret])", self.url)
    }
}

/// `device.pair.setupStatus`: whether a code was used.
pub struct DevicePairSetupStatus;

/// Params of `device.pair.setupStatus`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetupStatusParams {
    /// The code's id.
    pub setup_id: RequestId,
}

impl Call for DevicePairSetupStatus {
    const NAME: &'static str = "device.pair.setupStatus";
    type Params = SetupStatusParams;
    type Output = SetupStatusResult;
}

/// Result of `device.pair.setupStatus`; empty while the code waits, and for
/// codes that are unknown or expired.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct SetupStatusResult {
    /// Who used it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completion: Option<SetupCompleted>,
}

/// Reads a setup code in any form people paste: with `oc-pair://`, base64url or
/// standard base64.
#[must_use]
pub fn read_setup_code(text: &str) -> Option<SetupCodeContent> {
    use base64::Engine as _;
    let text = text.trim();
    let bare = text.strip_prefix("oc-pair://").unwrap_or(text).trim_end_matches(['=', '/']);
    let url_safe: String = bare.chars().map(|c| if c == '+' { '-' } else if c == '/' { '_' } else { c }).collect();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(url_safe).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Writes a setup code: base64url of its JSON.
#[must_use]
pub fn write_setup_code(content: &SetupCodeContent) -> String {
    use base64::Engine as _;
    // A struct of strings and numbers always serialises.
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(serde_json::to_vec(content).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setup_codes_are_read_as_written_and_as_pasted() {
        let content = SetupCodeContent {
            url: "ws://192.0.2.7:18789".into(),
            urls: None,
            bootstrap_token: "t".into(),
            expires_at_ms: 9,
            tls_fingerprint: None,
        };
        let code = write_setup_code(&content);
        for form in [code.clone(), format!("oc-pair://{code}"), format!("  {code}==\n")] {
            assert_eq!(read_setup_code(&form).unwrap().bootstrap_token, "t", "{form}");
        }
        assert!(read_setup_code("oc-pair://nonsense").is_none());
        assert!(!format!("{content:?}").contains("\"t\""));
    }

    #[test]
    fn outcome_is_tagged_by_status() {
        let outcome = ScopesUpgradeOutcome::Expired { request_id: "r".into() };
        assert_eq!(serde_json::to_string(&outcome).unwrap(), r#"{"status":"expired","requestId":"r"}"#);
    }
}
