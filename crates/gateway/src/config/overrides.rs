//! What wins over the file.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use postern_protocol::connect::AuthMode;
use postern_protocol::tailscale::TailscaleMode;

use super::discovery::MachineHints;
use super::raw::BindMode;
use super::variables::Variables;
use crate::secrets::Secret;

/// Settings from the command line and the environment; they win over the file.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// TCP port.
    pub port: Option<u16>,
    /// TCP port where neither this nor the file says one: that of the profile.
    pub default_port: Option<u16>,
    /// Which interfaces to listen on.
    pub bind: Option<BindMode>,
    /// Address for [`BindMode::Custom`].
    pub custom_bind_host: Option<Ipv4Addr>,
    /// How callers prove who they are.
    pub auth_mode: Option<AuthMode>,
    /// Shared token.
    pub token: Option<Secret>,
    /// Shared password.
    pub password: Option<Secret>,
    /// How Tailscale shows the gateway.
    pub tailscale: Option<TailscaleMode>,
    /// Nobody on the network is told that this gateway is there.
    pub discovery_off: bool,
    /// What the environment says about this machine, for those who are told.
    pub machine: MachineHints,
    /// Nothing of the canvas is served.
    pub canvas_off: bool,
    /// The port that the canvas has for itself.
    pub canvas_port: Option<u16>,
    /// The environment, for `${NAME}` in the file.
    pub variables: Variables,
    /// By path, the flag or variable that decides it.
    pub given_by: BTreeMap<&'static str, String>,
    /// The variable by which the file is never written, where one says so.
    pub read_only: Option<String>,
}

impl Overrides {
    /// What is left of them for the file alone: the environment that it may refer to.
    #[must_use]
    pub fn of_file_alone(&self) -> Self {
        Self { variables: self.variables.clone(), default_port: self.default_port, ..Self::default() }
    }
}
