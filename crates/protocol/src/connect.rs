//! The handshake's messages: challenge, connect params, hello-ok
//! (`handshake.md §2, §3, §10`).

mod client;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::client::{ClientInfo, ClientMode};
use crate::access::{Role, ScopeSet};
use crate::call::{Audience, Event, OnSlow, Rendered};
use crate::error::{DetailCode, ErrorCode, ErrorShape};
use crate::identity::SignedFields;
use crate::system::{HealthSnapshot, PresenceEntry};
use crate::{Dialect, MIN_PROTOCOL_VERSION, PROTOCOL_VERSION};

/// Payload of `connect.challenge`, the first frame on every socket.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ConnectChallenge {
    /// UUID v4, this socket's only.
    pub nonce: String,
    /// Gateway time in epoch milliseconds; protocol 4 clients sign with it.
    pub ts: i64,
}

impl Event for ConnectChallenge {
    const NAME: &'static str = "connect.challenge";
    const AUDIENCE: Audience = Audience::Everyone;
    const ON_SLOW: OnSlow = OnSlow::Close;
}

/// Params of `connect`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectParams {
    /// Oldest generation the client speaks.
    #[schemars(range(min = 1))]
    pub min_protocol: u32,
    /// Newest generation the client speaks.
    #[schemars(range(min = 1))]
    pub max_protocol: u32,
    /// What program connects.
    pub client: ClientInfo,
    /// `operator` (default) or `node`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Scopes asked for, signed in this order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(inner(length(min = 1)))]
    pub scopes: Option<Vec<String>>,
    /// What the client can do or show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caps: Option<Vec<String>>,
    /// Commands a node offers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commands: Option<Vec<String>>,
    /// A node's permissions of its operating system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<BTreeMap<String, bool>>,
    /// A node's PATH.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_env: Option<String>,
    /// Proof of the device's identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceProof>,
    /// Credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<ConnectAuth>,
    /// Informational.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// Informational.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
}

/// `connect.device`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeviceProof {
    /// Hex SHA-256 of the raw public key.
    #[schemars(length(min = 1))]
    pub id: String,
    /// Base64url of the raw key; standard base64 and SPKI PEM are read too.
    #[schemars(length(min = 1))]
    pub public_key: String,
    /// Base64url signature over the payload of `handshake.md §4`.
    #[schemars(length(min = 1))]
    pub signature: String,
    /// Epoch milliseconds.
    pub signed_at: i64,
    /// The challenge's nonce.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
}

/// `connect.auth`. `Debug` shows which fields are set, never their values.
#[derive(Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectAuth {
    /// Gateway token, or a device token from older clients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Gateway password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Token issued to this device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_token: Option<String>,
    /// Token of a setup code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bootstrap_token: Option<String>,
}

impl std::fmt::Debug for ConnectAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = |field: &Option<String>| field.as_ref().map(|_| "[secret]");
        f.debug_struct("ConnectAuth")
            .field("token", &shown(&self.token))
            .field("password", &shown(&self.password))
            .field("device_token", &shown(&self.device_token))
            .field("bootstrap_token", &shown(&self.bootstrap_token))
            .finish()
    }
}

impl ConnectAuth {
    /// Whether no secret is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let fields = [&self.token, &self.password, &self.device_token, &self.bootstrap_token];
        fields.into_iter().flatten().all(String::is_empty)
    }

    /// The token that the signature covers: the first present of token, device
    /// token, bootstrap token.
    #[must_use]
    pub fn signed_token(&self) -> &str {
        [&self.token, &self.device_token, &self.bootstrap_token]
            .into_iter()
            .find_map(|field| field.as_deref().filter(|text| !text.is_empty()))
            .unwrap_or_default()
    }
}

impl ConnectParams {
    /// The generation to serve.
    ///
    /// # Errors
    /// `protocol mismatch`, with what this server speaks in the details.
    pub fn dialect(&self) -> Result<Dialect, ErrorShape> {
        Dialect::negotiate(self.min_protocol, self.max_protocol).ok_or_else(|| {
            ErrorShape::new(ErrorCode::InvalidRequest, "protocol mismatch")
                .detail_code(DetailCode::ProtocolMismatch)
                .detail("clientMinProtocol", self.min_protocol)
                .detail("clientMaxProtocol", self.max_protocol)
                .detail("expectedProtocol", PROTOCOL_VERSION)
                .detail("minimumProbeProtocol", MIN_PROTOCOL_VERSION)
        })
    }

    /// What the device signed, read from these params.
    #[must_use]
    pub fn signed_fields<'a>(&'a self, role: Role, proof: &'a DeviceProof, nonce: &'a str) -> SignedFields<'a> {
        SignedFields {
            device_id: &proof.id,
            client_id: &self.client.id,
            client_mode: self.client.mode.as_str(),
            role,
            scopes: self.scopes.as_deref().unwrap_or_default(),
            signed_at_ms: proof.signed_at,
            token: self.auth.as_ref().map_or("", ConnectAuth::signed_token),
            nonce,
            platform: &self.client.platform,
            device_family: self.client.device_family.as_deref().unwrap_or_default(),
        }
    }
}

/// Versions of the two pieces of state that clients cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StateVersion {
    /// Grows by one with each change of presence.
    pub presence: u64,
    /// Grows by one with each refresh of health.
    pub health: u64,
}

/// Payload of a successful `connect`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HelloOk {
    /// Always `hello-ok`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Generation this connection is served in.
    pub protocol: u32,
    /// Who answers.
    pub server: ServerInfo,
    /// What can be called and received.
    pub features: Rendered<Features>,
    /// State at this moment.
    pub snapshot: Snapshot,
    /// Where the canvas host is (protocol 3); left out while it is off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canvas_host_url: Option<String>,
    /// Addresses of surfaces by name (protocol 4); each carries its own permission and expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin_surface_urls: Option<BTreeMap<String, String>>,
    /// What was granted. Protocol 3: only when a device token was issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<HelloAuth>,
    /// Limits.
    pub policy: Policy,
}

/// `hello-ok.server`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerInfo {
    /// Version of the gateway.
    #[schemars(length(min = 1))]
    pub version: String,
    /// UUID of this connection.
    #[schemars(length(min = 1))]
    pub conn_id: String,
    /// Host name (protocol 3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Changes with every start of the process (protocol 4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot_id: Option<String>,
}

/// `hello-ok.features`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Features {
    /// Methods that exist.
    pub methods: Vec<String>,
    /// Events that exist.
    pub events: Vec<String>,
}

/// `hello-ok.snapshot`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// Who is there; empty for protocol 4 nodes.
    pub presence: Rendered<Vec<PresenceEntry>>,
    /// Last health object.
    pub health: Rendered<HealthSnapshot>,
    /// Versions of both.
    pub state_version: StateVersion,
    /// Milliseconds since the gateway started.
    pub uptime_ms: u64,
    /// Path of the configuration file (protocol 4: admins only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_path: Option<String>,
    /// Path of the state folder (protocol 4: admins only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_dir: Option<String>,
    /// Where a chat without a key goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_defaults: Option<SessionDefaults>,
    /// Authentication mode of the gateway (protocol 4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_mode: Option<AuthMode>,
}

/// `hello-ok.snapshot.sessionDefaults`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionDefaults {
    /// Agent that owns bare session keys.
    pub default_agent_id: String,
    /// Name of an agent's main session.
    pub main_key: String,
    /// Canonical key of the default agent's main session.
    pub main_session_key: String,
}

/// How the gateway authenticates callers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AuthMode {
    /// Nobody is asked; loopback only.
    None,
    /// One shared token.
    #[default]
    Token,
    /// One shared password.
    Password,
    /// A reverse proxy says who calls.
    TrustedProxy,
}

impl AuthMode {
    /// The wire word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Token => "token",
            Self::Password => "password",
            Self::TrustedProxy => "trusted-proxy",
        }
    }
}

/// How a connection authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AuthMethod {
    /// The gateway asks nobody.
    None,
    /// The shared token.
    Token,
    /// The shared password.
    Password,
    /// A token issued to the device.
    DeviceToken,
    /// A setup code.
    BootstrapToken,
    /// The window of an attached desktop app.
    Desktop,
    /// The tailnet says who calls.
    Tailscale,
    /// A reverse proxy says who calls.
    TrustedProxy,
}

/// `hello-ok.auth`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HelloAuth {
    /// Role of the connection.
    pub role: Role,
    /// Scopes in force: requested and granted.
    pub scopes: ScopeSet,
    /// How the connection authenticated (protocol 4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<AuthMethod>,
    /// Token to use next time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_token: Option<String>,
    /// When that token was issued, epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_at_ms: Option<i64>,
    /// Tokens for further roles that a setup code granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_tokens: Option<Vec<RoleToken>>,
}

/// A device token for one role.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoleToken {
    /// The token.
    pub device_token: String,
    /// Role it is good for.
    pub role: Role,
    /// Scopes it carries.
    pub scopes: ScopeSet,
    /// When it was issued, epoch milliseconds.
    pub issued_at_ms: i64,
}

impl std::fmt::Debug for RoleToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RoleToken({}, {}, [secret])", self.role, self.scopes)
    }
}

/// `hello-ok.policy`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// Largest frame accepted from the client, bytes.
    #[schemars(range(min = 1))]
    pub max_payload: usize,
    /// Unsent bytes at which a slow client loses events or its connection.
    #[schemars(range(min = 1))]
    pub max_buffered_bytes: usize,
    /// Milliseconds between ticks; a client that hears nothing for two of them
    /// reconnects.
    #[schemars(range(min = 1))]
    pub tick_interval_ms: u64,
}

impl Policy {
    /// Limits of a generation (`handshake.md §11`).
    #[must_use]
    pub const fn of(dialect: Dialect, tick_interval_ms: u64) -> Self {
        match dialect {
            Dialect::V3 => Self { max_payload: 512 * 1024, max_buffered_bytes: 1536 * 1024, tick_interval_ms },
            Dialect::V4 => {
                Self { max_payload: 25 * 1024 * 1024, max_buffered_bytes: 50 * 1024 * 1024, tick_interval_ms }
            }
        }
    }
}

#[cfg(test)]
mod tests;
