//! Arguments of `postern service`, and of the same words under `postern gateway`.

use clap::{Args, Subcommand};

use super::{CallArgs, DiscoverArgs, GatewayArgs, HealthArgs, examples};

/// `postern service …`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ServiceArgs {
    /// What to do with the service; `status` when left out
    #[command(subcommand)]
    pub(crate) command: Option<ServiceCommand>,
}

/// What to do with the service.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum ServiceCommand {
    /// Let the system run the gateway: from sign-in or start of the machine on, and again after a crash
    #[command(after_help = examples("postern service install
  postern service install --linger        goes on when nobody is signed in (Linux)
  postern service install --dry-run       print what would be written
  sudo postern service install --system --user ada"))]
    Install(ServiceInstallArgs),
    /// Stop the service and take it away; state and configuration stay
    Uninstall(ServiceScopeArgs),
    /// Start the service
    Start(ServiceScopeArgs),
    /// Stop the gateway, also one that was started without the service
    Stop(ServiceScopeArgs),
    /// Stop it and start it again
    Restart(ServiceScopeArgs),
    /// Say whether it is installed, starts by itself, runs, and how it ended last
    #[command(after_help = examples("postern service status
  postern service status --json | jq .lastExit"))]
    Status(ServiceScopeArgs),
    /// Show what the gateway logged; `postern logs` can also follow and filter
    Logs(ServiceLogsArgs),
    /// Keep a gateway running: what the service starts where the system has nothing for it
    #[command(hide = true)]
    Supervise,
}

/// Whose service.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct ServiceScopeArgs {
    /// The machine's service instead of this user's (systemd, launchd; needs root)
    #[arg(long)]
    pub(crate) system: bool,
}

/// `postern service install`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ServiceInstallArgs {
    /// Whose service
    #[command(flatten)]
    pub(crate) scope: ServiceScopeArgs,
    /// User that the machine's service runs as
    #[arg(long, value_name = "NAME", requires = "system", value_parser = user_name)]
    pub(crate) user: Option<String>,
    /// Also let this user's services run while nobody is signed in (Linux: loginctl enable-linger)
    #[arg(long, conflicts_with = "system")]
    pub(crate) linger: bool,
    /// Install only; it starts at the next sign-in
    #[arg(long)]
    pub(crate) no_start: bool,
    /// Print what would be written, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// For which system; only with --dry-run
    #[arg(long, value_name = "MANAGER", requires = "dry_run")]
    pub(crate) manager: Option<ManagerArg>,
}

/// `--manager`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ManagerArg {
    /// Linux
    Systemd,
    /// macOS
    Launchd,
    /// Windows
    Windows,
}

/// `postern service logs`.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct ServiceLogsArgs {
    /// Lines from the end
    #[arg(long, short = 'n', value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=5_000))]
    pub(crate) lines: u32,
}

/// `postern gateway …`.
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct GatewayCommandArgs {
    /// How it runs.
    #[command(flatten)]
    pub(crate) run: GatewayArgs,
    /// The service that runs it.
    #[command(subcommand)]
    pub(crate) command: Option<GatewayCommand>,
}

/// What to do besides running it here.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum GatewayCommand {
    /// Run the gateway in the foreground; the same as without a word
    Run(GatewayArgs),
    /// Call any method and print the answer: `postern call`
    #[command(after_help = examples("postern gateway call health
  postern gateway call status --json"))]
    Call(CallArgs),
    /// Show the gateway's health in detail: `postern health`
    #[command(after_help = examples("postern gateway health --json"))]
    Health(HealthArgs),
    /// Say whether the gateway is reached and how it is: the same as `postern status`
    #[command(after_help = examples("postern gateway probe
  postern gateway probe --url wss://desk.local:18789"))]
    Probe,
    /// Look for gateways on this network: `postern discover`
    #[command(after_help = examples("postern gateway discover --json"))]
    Discover(DiscoverArgs),
    /// The words of `postern service`.
    #[command(flatten)]
    Service(ServiceCommand),
}

/// A name that means itself in every kind of service definition.
fn user_name(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    // Accounts of machines in a domain end with a dollar sign.
    let name = text.strip_suffix('$').unwrap_or(text);
    let is_name = !name.is_empty() && !name.starts_with('-') && name.chars().all(plain);
    let refusal = "a user's name has letters, digits, dots, dashes and underscores only";
    is_name.then(|| text.to_owned()).ok_or_else(|| refusal.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_users_name_brings_nothing_else_into_a_unit() {
        for name in ["ada", "_postern", "ada.b-2", "desk$"] {
            assert_eq!(user_name(name).as_deref(), Ok(name));
        }
        for name in ["", "$", "-r", "root\nExecStartPre=/bin/x", "a b", "%u", "$(id)", "a\"b"] {
            assert!(user_name(name).is_err(), "{name}");
        }
    }
}
