//! Arguments of `postern node`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::examples;

/// `postern node …`.
#[derive(Debug, Clone, Args)]
pub(crate) struct NodeArgs {
    /// What to do
    #[command(subcommand)]
    pub(crate) command: NodeCommand,
}

/// What to do with the node host of this computer.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum NodeCommand {
    /// Lend this computer to a gateway, in the foreground
    #[command(after_help = examples("postern node run                          the gateway of this profile
  postern node run --pair CODE              with a code of `postern pair --node` on the gateway
  postern node run --host desk.local --port 18789 --tls
  postern node run --without camera,screen  offer less"))]
    Run(NodeRunArgs),
    /// Let the system keep the node host running, from sign-in on and again after a crash
    #[command(after_help = examples("postern node install --pair CODE
  postern node install --host desk.local --tls
  postern node install --dry-run            print what would be written"))]
    Install(NodeInstallArgs),
    /// Say whether it runs, which gateway it talks to, and what it waits for
    #[command(after_help = examples("postern node status
  postern node status --json | jq -r .state"))]
    Status,
    /// Stop the node host, also one that was started without the service
    Stop,
    /// Stop it and start it again
    Restart,
    /// Stop it and take the service away; keys and rules for commands stay
    Uninstall,
}

/// `postern node run`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct NodeRunArgs {
    /// Machine of the gateway; kept for the next time
    #[arg(long, value_name = "HOST", conflicts_with = "pair")]
    pub(crate) host: Option<String>,
    /// Port of the gateway (18789)
    #[arg(long, value_name = "PORT", conflicts_with = "pair")]
    pub(crate) port: Option<u16>,
    /// Speak TLS: nobody on the way reads along
    #[arg(long, conflicts_with = "pair")]
    pub(crate) tls: bool,
    /// Path below which a proxy shows the gateway, such as /gateway
    #[arg(long, value_name = "PATH", conflicts_with = "pair")]
    pub(crate) context_path: Option<String>,
    /// Code of `postern pair --node`, once; - reads it from standard input
    #[arg(long, value_name = "CODE")]
    pub(crate) pair: Option<String>,
    /// Name for people (this machine's name)
    #[arg(long, value_name = "NAME")]
    pub(crate) display_name: Option<String>,
    /// Another name for programs; gateways know this node by its device id
    #[arg(long, value_name = "ID")]
    pub(crate) node_id: Option<String>,
    /// Do not offer these, though they work here
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub(crate) without: Vec<OfferArg>,
    /// Chromium or Chrome that is steered (looked for)
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) browser: Option<PathBuf>,
    /// Host, with or without a port, that the browser may reach though its address is private
    #[arg(long, value_name = "HOST", value_delimiter = ',')]
    pub(crate) browser_allow: Vec<String>,
    /// Start the browser without its sandbox: in containers that run as root
    #[arg(long)]
    pub(crate) browser_no_sandbox: bool,
    /// Log in detail
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Told by service managers
    #[arg(long, hide = true)]
    pub(crate) supervised: bool,
}

/// `--without`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OfferArg {
    /// Pages in a browser that is steered
    Browser,
    /// Pictures and films of cameras
    Camera,
    /// Pages on the screen
    Canvas,
    /// Lists of folders
    Fs,
    /// Where this computer is
    Location,
    /// Pictures and films of the screen
    Screen,
    /// Commands and notifications
    System,
}

/// `postern node install`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct NodeInstallArgs {
    /// Which gateway, and what is offered
    #[command(flatten)]
    pub(crate) run: NodeRunArgs,
    /// Print what would be written, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}
