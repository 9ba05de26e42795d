//! `gateway.tailscale` as written.

use postern_protocol::tailscale::TailscaleMode;
use schemars::JsonSchema;
use serde::Deserialize;

/// `gateway.tailscale`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawTailscale {
    /// `serve` shows the gateway to the tailnet under a name with a certificate, `funnel` to the internet (needs
    /// `auth.mode: "password"`). Default `off`.
    pub mode: Option<TailscaleMode>,
    /// Take it back when the gateway stops. Default false.
    pub reset_on_exit: Option<bool>,
    /// Socket of the Tailscale daemon, when not at its usual place.
    pub socket: Option<String>,
}
