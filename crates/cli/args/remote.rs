//! Arguments of `postern remote` and `postern tunnel`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `postern remote …`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct RemoteArgs {
    /// What to do; `status` when left out
    #[command(subcommand)]
    pub(crate) command: Option<RemoteCommand>,
}

/// What to do about reaching gateways from elsewhere.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum RemoteCommand {
    /// Every address that works, and the fingerprint of the certificate
    Status,
    /// Find a gateway on this network by its name, and confirm its certificate
    Add(AddArgs),
    /// Confirm the certificate of a gateway elsewhere, or a new one in its place
    Trust(TrustArgs),
    /// Forget the certificate of a gateway elsewhere
    Forget(ForgetArgs),
    /// List the certificates that were confirmed
    Pins,
}

/// `postern remote add`.
#[derive(Debug, Clone, Args)]
pub(crate) struct AddArgs {
    /// Its name, host name or address, as `postern discover` shows it
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
}

/// `postern remote trust`.
#[derive(Debug, Clone, Args)]
pub(crate) struct TrustArgs {
    /// Address of the gateway, wss://HOST:PORT
    #[arg(value_name = "URL")]
    pub(crate) address: String,
}

/// `postern remote forget`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ForgetArgs {
    /// Address of the gateway, wss://HOST:PORT
    #[arg(value_name = "URL")]
    pub(crate) address: String,
}

/// `postern tunnel`.
#[derive(Debug, Clone, Args)]
pub(crate) struct TunnelArgs {
    /// Where ssh goes: user@host, or a name of the ssh configuration
    #[arg(value_name = "TARGET", allow_hyphen_values = true)]
    pub(crate) target: String,
    /// Local port; any that is free when left out
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub(crate) port: u16,
    /// Port of the gateway on that machine
    #[arg(long, value_name = "PORT", default_value_t = postern_protocol::DEFAULT_PORT)]
    pub(crate) remote_port: u16,
    /// Port of the ssh server
    #[arg(long, value_name = "PORT")]
    pub(crate) ssh_port: Option<u16>,
    /// Key file for ssh
    #[arg(long, short, value_name = "FILE")]
    pub(crate) identity: Option<PathBuf>,
}
