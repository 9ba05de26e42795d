//! Which program connects, and how it is used (`handshake.md §3`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `connect.client`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClientInfo {
    /// Which client; unknown ids are served like `gateway-client`.
    #[schemars(length(min = 1))]
    pub id: String,
    /// How it is used.
    pub mode: ClientMode,
    /// Its version.
    #[schemars(length(min = 1))]
    pub version: String,
    /// Operating system as the client words it.
    #[schemars(length(min = 1))]
    pub platform: String,
    /// Name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub display_name: Option<String>,
    /// For example `Mac`, `iPhone`, `Android`, `Windows`, `Linux`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub device_family: Option<String>,
    /// Hardware model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub model_identifier: Option<String>,
    /// Tells two instances of one client apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub instance_id: Option<String>,
    /// Build of the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 96))]
    pub build_id: Option<String>,
    /// IANA zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub time_zone: Option<String>,
}

/// Programs that are known by their id (`handshake.md §3`).
const KNOWN_CLIENTS: [&str; 18] = [
    "webchat-ui",
    "openclaw-control-ui",
    "postern-control-ui",
    "webchat",
    "cli",
    "gateway-client",
    "openclaw-macos",
    "openclaw-ios",
    "openclaw-android",
    "openclaw-linux",
    "openclaw-watchos",
    "openclaw-tui",
    "openclaw-browser-copilot",
    "openclaw-worker",
    "openclaw-probe",
    "node-host",
    "fingerprint",
    "test",
];

impl ClientInfo {
    /// The id when it is a known one, or `other`. For logs: a text that a stranger
    /// chose would show there, by being redacted, that it is a secret.
    #[must_use]
    pub fn known_id(&self) -> &'static str {
        KNOWN_CLIENTS.into_iter().find(|known| *known == self.id).unwrap_or("other")
    }
}

/// `connect.client.mode`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ClientMode {
    /// A chat page in a browser.
    Webchat,
    /// A command line.
    #[default]
    Cli,
    /// A graphical client.
    Ui,
    /// A service.
    Backend,
    /// A node host.
    Node,
    /// Asks whether a gateway is there.
    Probe,
    /// Tests.
    Test,
    /// A worker of an agent.
    Worker,
}

impl ClientMode {
    /// The wire word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Webchat => "webchat",
            Self::Cli => "cli",
            Self::Ui => "ui",
            Self::Backend => "backend",
            Self::Node => "node",
            Self::Probe => "probe",
            Self::Test => "test",
            Self::Worker => "worker",
        }
    }
}
