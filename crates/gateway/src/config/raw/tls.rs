//! `gateway.tls` as written.

use schemars::JsonSchema;
use serde::Deserialize;

/// `gateway.tls`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawTls {
    /// Speak TLS on the gateway's port, and nothing else: `https://` and `wss://`. Default false.
    pub enabled: Option<bool>,
    /// Make a self-signed certificate when there is none that works. Default true.
    pub auto_generate: Option<bool>,
    /// PEM file with your own certificate, and those between it and its root. Read again when it changes.
    pub cert_path: Option<String>,
    /// PEM file with its private key; nobody else should be able to read it.
    pub key_path: Option<String>,
    /// PEM file with further certificates of the issuer, sent along with `certPath`. Clients are not asked for
    /// certificates.
    pub ca_path: Option<String>,
}
