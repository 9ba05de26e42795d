//! Reaching the gateway from elsewhere: which addresses work, by which
//! certificate it is known, and what stands in front of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::{Call, NoParams};

/// `remote.status`: every address that works, and how each is protected.
pub struct RemoteStatus;

impl Call for RemoteStatus {
    const NAME: &'static str = "remote.status";
    type Params = NoParams;
    type Output = RemoteStatusResult;
}

/// Result of `remote.status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RemoteStatusResult {
    /// Every address that works, this machine's own first.
    pub urls: Vec<RemoteUrl>,
    /// Which interfaces are listened on: `loopback`, `lan`, `tailnet`, `auto` or `custom`.
    pub bind: String,
    /// Port in use.
    pub port: u16,
    /// Encryption on the gateway's own port.
    pub tls: RemoteTls,
    /// The tailnet; absent when Tailscale is neither set up nor asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tailscale: Option<RemoteTailscale>,
    /// Being found on the local network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discovery: Option<RemoteDiscovery>,
    /// Proxies that are believed: addresses and networks.
    pub trusted_proxies: Vec<String>,
    /// Origin under which a proxy shows the gateway, when one is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_origin: Option<String>,
}

/// One address in [`RemoteStatusResult`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RemoteUrl {
    /// For browsers: `http://…` or `https://…`, with the page's path.
    pub url: String,
    /// For clients: `ws://…` or `wss://…`.
    pub socket_url: String,
    /// From where it works.
    pub kind: RemoteUrlKind,
    /// Encrypted, or never leaving this machine: browsers give such a page the
    /// right to a device key.
    pub secure: bool,
}

/// From where an address works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RemoteUrlKind {
    /// From this machine.
    Loopback,
    /// From the local network.
    Lan,
    /// From the tailnet.
    Tailnet,
    /// From wherever the address in `gateway.customBindHost` leads.
    Custom,
    /// Through a proxy, or through Tailscale Serve.
    Proxy,
}

/// Encryption on the gateway's own port.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RemoteTls {
    /// Whether the port speaks TLS and nothing else.
    pub enabled: bool,
    /// SHA-256 of the certificate in use, lower-case hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// File that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cert_path: Option<String>,
    /// Whether the gateway made it itself, so that browsers warn once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_signed: Option<bool>,
    /// Names and addresses that it is for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Until when it is valid, epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after_ms: Option<i64>,
    /// What is wrong with the certificate files and how to mend it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// The tailnet in [`RemoteStatusResult`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RemoteTailscale {
    /// `off`, `serve` or `funnel`, as configured.
    pub mode: String,
    /// Whether the Tailscale of this machine answers and is signed in.
    pub running: bool,
    /// Name of this machine in the tailnet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dns_name: Option<String>,
    /// Address that Serve or Funnel gives the gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What is wrong and how to mend it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// Being found on the local network, in [`RemoteStatusResult`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RemoteDiscovery {
    /// `off`, `minimal` or `full`, as configured.
    pub mode: String,
    /// Whether the network was told.
    pub advertised: bool,
    /// Name under which the gateway is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What keeps the network from being told, and how to mend it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}
