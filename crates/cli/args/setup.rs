//! Arguments of `postern setup`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `postern setup`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SetupArgs {
    /// Ask nothing: take the flags, and for the rest what is set or usual
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// How callers sign in
    #[arg(long, value_name = "MODE")]
    pub(crate) auth: Option<SetupAuth>,
    /// Read the password of `--auth password` from this file
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// Address of the proxy of `--auth trusted-proxy`, as often as needed
    #[arg(long = "proxy", value_name = "ADDRESS")]
    pub(crate) proxies: Vec<String>,
    /// Header in which that proxy names the user
    #[arg(long, value_name = "HEADER")]
    pub(crate) user_header: Option<String>,
    /// Who can reach the gateway
    #[arg(long, value_name = "WHERE")]
    pub(crate) bind: Option<SetupBind>,
    /// Encrypt connections of other machines
    #[arg(long, value_name = "true|false")]
    pub(crate) tls: Option<bool>,
    /// Model that answers: provider/model, or `skip`
    #[arg(long, value_name = "REF")]
    pub(crate) model: Option<String>,
    /// Read the provider's key from standard input
    #[arg(long, requires = "model")]
    pub(crate) key_stdin: bool,
    /// Folder for the default agent's files
    #[arg(long, value_name = "FOLDER")]
    pub(crate) workspace: Option<String>,
    /// Start the gateway with this machine
    #[arg(long, conflicts_with = "no_service")]
    pub(crate) service: bool,
    /// Do not start it with this machine
    #[arg(long)]
    pub(crate) no_service: bool,
}

/// `--auth`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SetupAuth {
    /// One shared token, made by the gateway
    Token,
    /// One shared password, with --password-file
    Password,
    /// A proxy in front vouches, with --proxy and --user-header
    TrustedProxy,
    /// Nobody is asked; loopback only
    None,
}

impl SetupAuth {
    /// The word of the configuration.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Password => "password",
            Self::TrustedProxy => "trusted-proxy",
            Self::None => "none",
        }
    }
}

/// `--bind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SetupBind {
    /// This machine only
    Loopback,
    /// Every machine in the local network
    Lan,
    /// The devices of the tailnet
    Tailnet,
}

impl SetupBind {
    /// The word of the configuration.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Loopback => "loopback",
            Self::Lan => "lan",
            Self::Tailnet => "tailnet",
        }
    }
}
