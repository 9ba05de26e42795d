//! Arguments of `postern devices` and `postern pair`.

use clap::{Args, Subcommand};
use postern_protocol::access::Role;

/// `postern devices …`.
#[derive(Debug, Clone, Args)]
pub(crate) struct DevicesArgs {
    /// What to do with devices; `list` when left out
    #[command(subcommand)]
    pub(crate) command: Option<DevicesCommand>,
}

/// What to do with devices.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum DevicesCommand {
    /// List requests that wait and devices that are paired
    List,
    /// Let a device in; shows who asks for what first
    #[command(
        after_help = "Without an id it asks about the one request that waits. Scripts name the id or say --latest."
    )]
    Approve(ApproveArgs),
    /// Drop a request
    Reject(RequestArgs),
    /// Forget a device and close its connections
    Remove(DeviceArgs),
    /// Give a device a name of your own
    Rename(RenameArgs),
    /// Make a new token for a device; the old one stops working
    Rotate(RotateArgs),
    /// Take a device's token away and close its connections
    Revoke(TokenArgs),
}

/// `postern devices approve`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ApproveArgs {
    /// Request id or its start
    #[arg(value_name = "ID", conflicts_with = "latest")]
    pub(crate) id: Option<String>,
    /// Take the request that waits; refused unless there is exactly one
    #[arg(long)]
    pub(crate) latest: bool,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
}

/// A request.
#[derive(Debug, Clone, Args)]
pub(crate) struct RequestArgs {
    /// Request id or its start
    #[arg(value_name = "ID")]
    pub(crate) id: String,
}

/// A device.
#[derive(Debug, Clone, Args)]
pub(crate) struct DeviceArgs {
    /// Device id, its start, or the device's name
    #[arg(value_name = "DEVICE")]
    pub(crate) device: String,
}

/// `postern devices rename`.
#[derive(Debug, Clone, Args)]
pub(crate) struct RenameArgs {
    /// Device id, its start, or the device's name
    #[arg(value_name = "DEVICE")]
    pub(crate) device: String,
    /// New name, at most 64 characters
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
}

/// A token of a device.
#[derive(Debug, Clone, Args)]
pub(crate) struct TokenArgs {
    /// Device id, its start, or the device's name
    #[arg(value_name = "DEVICE")]
    pub(crate) device: String,
    /// Role of the token; needed when the device has several
    #[arg(long, value_parser = role)]
    pub(crate) role: Option<Role>,
}

/// `postern pair`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct PairArgs {
    /// Address the new device should use, when it is not the one the gateway knows
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// Grant the node role only: the device acts, it does not control
    #[arg(long, conflicts_with = "limited")]
    pub(crate) node: bool,
    /// Grant reading and writing only
    #[arg(long)]
    pub(crate) limited: bool,
    /// Stay until the code was used or has expired
    #[arg(long)]
    pub(crate) wait: bool,
}

/// `postern devices rotate`.
#[derive(Debug, Clone, Args)]
pub(crate) struct RotateArgs {
    /// Whose token, and which
    #[command(flatten)]
    pub(crate) token: TokenArgs,
    /// Scope of the new token, as often as needed; never more than was approved
    #[arg(long = "scope", value_name = "SCOPE")]
    pub(crate) scopes: Vec<String>,
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| "a role is `operator` or `node`".to_owned())
}
