//! `discovery` as written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `discovery`: whether others on the network are told that this gateway is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawNearby {
    /// On the local network, by mDNS (Bonjour).
    pub mdns: RawMdns,
    /// In a domain, by DNS. Not supported.
    pub wide_area: RawWideArea,
}

/// `discovery.mdns`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawMdns {
    /// `minimal` tells everybody on the network that a gateway is here, its name, port and certificate; `full` also its
    /// ssh port, the path of the program and the name in the tailnet. Default `off`.
    pub mode: Option<MdnsMode>,
}

/// `discovery.wideArea`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawWideArea {
    /// Not supported.
    pub enabled: Option<bool>,
    /// Not supported.
    pub domain: Option<String>,
}

/// What the local network is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MdnsMode {
    /// Nothing.
    #[default]
    Off,
    /// Name, port and certificate.
    Minimal,
    /// Also the ssh port, the path of the program and the name in the tailnet.
    Full,
}

impl MdnsMode {
    /// The word in the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Minimal => "minimal",
            Self::Full => "full",
        }
    }
}
