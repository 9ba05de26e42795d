//! A pairing request, why there is one, and the events about it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::{Role, Scope, ScopeSet};
use crate::call::{Audience, Event, OnSlow};

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
    /// Until when somebody can decide, epoch milliseconds. In lists on protocol 4 only: it moves
    /// when the device asks again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at_ms: Option<i64>,
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
