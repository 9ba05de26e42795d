//! Arguments of `postern tailscale`, and `--tailscale` of `postern gateway`.

use clap::{Args, Subcommand, ValueEnum};
use postern_protocol::tailscale::TailscaleMode;

/// `--tailscale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TailscaleArg {
    /// Do not show the gateway through Tailscale
    Off,
    /// Show it to the tailnet
    Serve,
    /// Show it to the internet; needs a password
    Funnel,
}

impl TailscaleArg {
    /// The same for the configuration.
    pub(crate) const fn mode(self) -> TailscaleMode {
        match self {
            Self::Off => TailscaleMode::Off,
            Self::Serve => TailscaleMode::Serve,
            Self::Funnel => TailscaleMode::Funnel,
        }
    }
}

/// `postern tailscale …`.
#[derive(Debug, Clone, Args)]
pub(crate) struct TailscaleArgs {
    /// What to do; `status` when left out
    #[command(subcommand)]
    pub(crate) command: Option<TailscaleCommand>,
}

/// What to do with Tailscale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub(crate) enum TailscaleCommand {
    /// Whether and how the tailnet reaches the gateway
    Status,
    /// Show the gateway to the tailnet, with a name and a certificate of its own
    Serve,
    /// Show the gateway to the whole internet; needs gateway.auth.mode password
    Funnel,
    /// Take it back
    Off,
}
