//! `gateway.auth.trustedProxy` as written.

use schemars::JsonSchema;
use serde::Deserialize;

/// `gateway.auth.trustedProxy`: a reverse proxy that has signed its users in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawTrustedProxy {
    /// Header in which the proxy names the user, such as `X-Forwarded-User`. Needed. The proxy must overwrite it.
    pub user_header: Option<String>,
    /// Headers that every request of the proxy has.
    pub required_headers: Option<Vec<String>>,
    /// Users who may sign in, compared without case. Default: all that the proxy lets through.
    pub allow_users: Option<Vec<String>>,
    /// The proxy runs on this machine. Default false.
    pub allow_loopback: Option<bool>,
    /// Pair the browsers of these users without asking.
    pub device_auto_approve: RawDeviceAutoApprove,
}

/// `gateway.auth.trustedProxy.deviceAutoApprove`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawDeviceAutoApprove {
    /// Default false.
    pub enabled: Option<bool>,
    /// The most such a device gets. Default `operator.read` and `operator.write`.
    pub scopes: Option<Vec<String>>,
}
