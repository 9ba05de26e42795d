//! `gateway.remote` as written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::secret;
use crate::secrets::Secret;

/// `gateway.remote`: the gateway that this machine's command line talks to while `gateway.mode` is `remote`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawRemote {
    /// Its address: `wss://HOST:PORT`. With `transport: "ssh"` only its scheme counts, and it may be left out.
    pub url: Option<String>,
    /// How it is reached. Default `direct`, or `ssh` when only `sshTarget` is set.
    pub transport: Option<RemoteTransport>,
    /// Its shared token.
    #[serde(deserialize_with = "secret")]
    #[schemars(with = "Option<String>", extend("x-secret" = true))]
    pub token: Option<Secret>,
    /// Its shared password.
    #[serde(deserialize_with = "secret")]
    #[schemars(with = "Option<String>", extend("x-secret" = true))]
    pub password: Option<Secret>,
    /// SHA-256 of its TLS certificate: no other one is accepted.
    pub tls_fingerprint: Option<String>,
    /// Where ssh goes: `user@host`, or a name of the ssh configuration.
    pub ssh_target: Option<String>,
    /// Key file for ssh.
    pub ssh_identity: Option<String>,
    /// Port of the gateway on that machine. Default 18789.
    pub remote_port: Option<u16>,
}

/// How a remote gateway is reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RemoteTransport {
    /// By its address.
    #[default]
    Direct,
    /// Through a tunnel of the system's ssh.
    Ssh,
}
