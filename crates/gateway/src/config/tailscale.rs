//! `gateway.tailscale`: how the tailnet reaches the gateway.

use std::path::PathBuf;

use postern_protocol::connect::AuthMode;
use postern_protocol::tailscale::TailscaleMode;

use super::model::{Auth, Bind};
use super::raw::RawTailscale;
use super::resolve::Notes;
use super::{Config, ConfigProblem, Overrides};

/// How the tailnet reaches the gateway.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tailscale {
    /// How Tailscale shows it.
    pub mode: TailscaleMode,
    /// Whether that ends with the gateway.
    pub reset_on_exit: bool,
    /// Socket of the daemon, when not at its usual place.
    pub socket: Option<PathBuf>,
}

impl Notes {
    pub(super) fn tailscale(&mut self, raw: &RawTailscale, overrides: &Overrides, bind: Bind) -> Tailscale {
        let mode = overrides.tailscale.or(raw.mode).unwrap_or_default();
        if mode != TailscaleMode::Off && bind.is_exposed() {
            self.warnings.push(format!(
                "gateway.bind is {}, which gateway.tailscale.mode {} does not need: set gateway.bind to loopback, unless \
                 other machines shall also reach it without Tailscale",
                bind.as_str(),
                mode.as_str()
            ));
        }
        let socket = raw.socket.as_deref().map(str::trim).filter(|path| !path.is_empty()).map(PathBuf::from);
        let socket = socket.filter(|path| {
            if !path.is_absolute() {
                let message = "must be the whole path of a socket, such as /var/run/tailscale/tailscaled.sock";
                self.problem("gateway.tailscale.socket", message);
            }
            path.is_absolute()
        });
        Tailscale { mode, reset_on_exit: raw.reset_on_exit.unwrap_or(false), socket }
    }
}

/// Whether members of the tailnet sign in with their identity, unless the
/// configuration says so itself.
pub(super) fn allows_identity(written: Option<bool>, mode: TailscaleMode, auth: AuthMode) -> bool {
    written.unwrap_or(mode == TailscaleMode::Serve && auth != AuthMode::Password)
}

/// What must not be shown through Tailscale.
pub(super) fn refuse_unsafe(config: &Config) -> Result<(), ConfigProblem> {
    let Auth { mode: auth, .. } = config.auth;
    let refusal = match (config.tailscale.mode, auth) {
        (TailscaleMode::Funnel, AuthMode::Token | AuthMode::None | AuthMode::TrustedProxy) => format!(
            "refuses to start: funnel shows the gateway to the whole internet and needs gateway.auth.mode password, not \
             {}; set gateway.auth.mode to password and a long gateway.auth.password, or use serve",
            auth.as_str()
        ),
        (TailscaleMode::Serve, AuthMode::None) => "refuses to start exposed without authentication: \
             gateway.tailscale.mode is serve and gateway.auth.mode is none; set gateway.auth.mode to token"
            .to_owned(),
        (TailscaleMode::Serve, AuthMode::TrustedProxy) => {
            "refuses to start: serve and gateway.auth.mode trusted-proxy both speak for others from this machine; use \
             gateway.auth.mode token with gateway.auth.allowTailscale, or turn serve off"
                .to_owned()
        }
        (TailscaleMode::Off, _) | (_, AuthMode::Password) | (TailscaleMode::Serve, AuthMode::Token) => return Ok(()),
    };
    Err(ConfigProblem::new("gateway.tailscale.mode", refusal))
}
