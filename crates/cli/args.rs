//! The command line as types: every subcommand, flag, help text and example.

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::exit::EXIT_CODES_HELP;

mod backup;
mod config;
mod devices;
mod discover;
mod doctor;
mod help;
mod logs;
mod manage;
mod node;
mod nodes;
mod remote;
mod service;
mod setup;
mod tailscale;
mod talk;
mod update;

pub(crate) use backup::*;
pub(crate) use config::*;
pub(crate) use devices::*;
use discover::LOOK_MS;
pub(crate) use discover::*;
pub(crate) use doctor::*;
use help::{GATEWAY_CODES, PORTS_HELP, VARIABLES_HELP};
pub(crate) use logs::*;
pub(crate) use manage::*;
pub(crate) use node::*;
pub(crate) use nodes::*;
pub(crate) use remote::*;
pub(crate) use service::*;
pub(crate) use setup::*;
pub(crate) use tailscale::*;
pub(crate) use talk::*;
pub(crate) use update::*;

/// A personal-agent gateway in one small program.
#[derive(Debug, Parser)]
#[command(
    name = "postern",
    version,
    about = "A personal-agent gateway in one small native program",
    arg_required_else_help = true,
    max_term_width = 110,
    after_help = examples("postern gateway                 run the gateway in the foreground
  postern chat                    talk to an agent
  postern models auth anthropic   connect a language model
  postern status                  is it up, who is connected
  postern devices approve         let a device in
  postern pair                    a QR code for a phone
  postern call health             any method, the answer as JSON"),
    after_long_help = format!(
        "Examples:\n  postern gateway\n  postern chat\n  postern status --json\n  postern --profile work devices list\n\n\
         {PORTS_HELP}\n\n{VARIABLES_HELP}\n\n{EXIT_CODES_HELP}"
    )
)]
pub(crate) struct Cli {
    /// Flags that every command takes.
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How long connecting may take for a command whose `--timeout` is for the
/// answer, milliseconds.
const CONNECT_MS: u64 = 10_000;

impl Cli {
    /// The common flags, with the time in milliseconds that connecting and single
    /// calls may take.
    pub(crate) fn flags(&self) -> GlobalArgs {
        let timeout = match &self.command {
            Command::Agent(args) => args.timeout.saturating_mul(1_000).min(CONNECT_MS),
            command => {
                let looks = matches!(command, Command::Discover(_))
                    || matches!(command, Command::Gateway(args) if matches!(args.command, Some(GatewayCommand::Discover(_))));
                self.global.timeout.unwrap_or(if looks { LOOK_MS } else { CONNECT_MS })
            }
        };
        GlobalArgs { timeout: Some(timeout), ..self.global.clone() }
    }
}

/// Flags that every command takes.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Common options")]
pub(crate) struct GlobalArgs {
    /// Print one JSON document and nothing else
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Gateway to talk to, for example ws://127.0.0.1:18789; stored credentials stay unused then
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// Gateway token (`gateway` demands it, other commands sign in with it)
    #[arg(long, global = true, value_name = "TOKEN")]
    pub(crate) token: Option<String>,
    /// Gateway password (`gateway` demands it, other commands sign in with it)
    #[arg(long, global = true, value_name = "PASSWORD")]
    pub(crate) password: Option<String>,
    /// SHA-256 of the gateway's TLS certificate; no other one is accepted then
    #[arg(long, global = true, value_name = "SHA256")]
    pub(crate) tls_fingerprint: Option<String>,
    /// How long an answer may take, in milliseconds [default: 10000]
    #[arg(long, global = true, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=3_600_000))]
    pub(crate) timeout: Option<u64>,
    /// Use another state folder, configuration and port: ~/.postern-NAME
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the gateway in the foreground
    #[command(after_help = examples("postern gateway
  postern gateway --port 18790 --bind lan
  postern gateway --profile work
  postern gateway --auth password --password-file ~/.gateway-password
  postern gateway --check         only look for mistakes in the configuration
  postern gateway install         the same as: postern service install") + GATEWAY_CODES)]
    Gateway(GatewayCommandArgs),
    /// Set the gateway up, one question after the other
    #[command(after_help = examples("postern setup
  postern setup --yes --bind lan --tls true
  postern setup --yes --model anthropic/claude-sonnet-4-5 --key-stdin < key"))]
    Setup(SetupArgs),
    /// Look at the configuration and change it
    #[command(after_help = examples("postern config get gateway
  postern config set gateway.port 18790
  postern config set gateway.auth.password - < password
  postern config edit             in $VISUAL or $EDITOR, checked before it counts
  postern config diff
  postern config restore"))]
    Config(ConfigArgs),
    /// Let the system keep the gateway running: install, start, stop, status
    #[command(after_help = examples("postern service install
  postern service status
  postern service restart
  postern service uninstall"))]
    Service(ServiceArgs),
    /// Look for what is wrong with this installation, and say what to do
    #[command(after_help = examples("postern doctor
  postern doctor --fix            repair what can be repaired without losing anything
  postern doctor --only database
  postern doctor --json | jq '.checks[] | select(.status == \"fail\")'"))]
    Doctor(DoctorArgs),
    /// Write a zip archive for a bug report, without secrets and conversations
    #[command(after_help = examples("postern bundle
  postern bundle --out report.zip"))]
    Bundle(BundleArgs),
    /// Talk to an agent; answers appear as they are written
    #[command(after_help = examples("postern chat
  postern chat --agent work --session plans
  echo hello | postern chat       each line is a message, answers are plain text
  /help inside lists what can be typed; Ctrl-C stops an answer, Ctrl-D or /quit leaves"))]
    Chat(ChatArgs),
    /// Say one thing to an agent and print its answer
    #[command(after_help = examples("postern agent --message hello
  postern agent --agent work --message hello --json
  git diff | postern agent --message - --session-key review"))]
    Agent(AgentArgs),
    /// List, show, export, search and clean up conversations
    #[command(after_help = examples("postern sessions
  postern sessions show main
  postern sessions export main --format markdown --out main.md
  postern sessions search invoice march"))]
    Sessions(SessionsArgs),
    /// List, make and change agents and the files that shape them
    #[command(after_help = examples("postern agents
  postern agents add Work --model anthropic/claude-sonnet-4-5
  postern agents files main get SOUL.md
  postern agents files main set SOUL.md soul.md"))]
    Agents(AgentsArgs),
    /// List models, keep providers' keys, ask whether they answer
    #[command(after_help = examples("postern models
  postern models auth anthropic   asks for the key without showing it
  postern models probe anthropic
  postern models status"))]
    Models(ModelsArgs),
    /// Decide about commands that agents want to run
    #[command(after_help = examples("postern approvals
  postern approvals allow 3f1c    the start of an id is enough
  postern approvals deny 3f1c
  postern approvals rules"))]
    Approvals(ApprovalsArgs),
    /// Show what models took by day, and what is left of the limits
    #[command(after_help = examples("postern usage
  postern usage --days 30 --json
  postern usage override --for 2h --reason deadline
  postern usage override --clear"))]
    Usage(UsageArgs),
    /// Install a newer release, or go back to the one before
    #[command(after_help = examples("postern update
  postern update --check
  postern update --yes --json
  postern update --hold           stop updates; --unhold lets them happen again
  postern update --revert         go back to the release before"))]
    Update(UpdateArgs),
    /// Write and sign the list of a release
    #[command(hide = true, after_help = examples("postern release-manifest --key release.key --new-key
  postern release-manifest --key release.key --platform x86_64-linux=dist/postern"))]
    ReleaseManifest(ReleaseManifestArgs),
    /// Show how the gateway is, in a few lines
    #[command(after_help = examples("postern status
  postern status --json | jq .devices.pending"))]
    Status,
    /// Show the gateway's health in detail
    #[command(after_help = examples("postern health
  postern health --probe --json"))]
    Health(HealthArgs),
    /// List, approve, reject and change devices
    #[command(after_help = examples("postern devices list
  postern devices approve         asks about the request that waits
  postern devices approve 3f1c    the start of an id is enough
  postern devices revoke desk --role operator"))]
    Devices(DevicesArgs),
    /// Print a setup code for one new device, as QR code and link
    #[command(after_help = examples("postern pair
  postern pair --wait             stay until the code is used
  postern pair --node --public-url wss://gateway.example.org"))]
    Pair(PairArgs),
    /// Lend this computer to a gateway, within rules that stay here
    #[command(after_help = examples("postern node run --pair CODE     CODE is shown by `postern pair --node` on the gateway
  postern node run                 again, or the gateway of this machine
  postern node install             let the system keep it running
  postern node status"))]
    Node(NodeArgs),
    /// See, approve and use the nodes of a gateway: phones and computers that agents may use
    #[command(after_help = examples("postern nodes status
  postern nodes approve           asks about the request that waits
  postern nodes notify --node desk --title Tea --body ready
  postern nodes camera snap --node phone --out photo.jpg
  postern nodes invoke --node desk --command system.which --params '{\"bins\":[\"git\"]}'"))]
    Nodes(NodesArgs),
    /// Show what the gateway logged
    #[command(after_help = examples("postern logs
  postern logs --follow
  postern logs --since 10m --level warn
  postern logs --grep pairing --json | jq -r .message"))]
    Logs(LogsArgs),
    /// Show who is connected
    #[command(after_help = examples("postern presence
  postern presence --json | jq '.[].host'"))]
    Presence,
    /// Show the gateway in your tailnet, and how it stands there
    #[command(after_help = examples("postern tailscale               whether and how the tailnet reaches the gateway
  postern tailscale serve         a name and a certificate in the tailnet, one step
  postern tailscale off           take it back"))]
    Tailscale(TailscaleArgs),
    /// Call any method and print the answer
    #[command(after_help = examples(r#"postern call health
  postern call health '{"probe":true}'
  postern call system-event @event.json
  echo '{"text":"hello"}' | postern call system-event -"#))]
    Call(CallArgs),
    /// Print what the protocol consists of
    #[command(after_help = examples("postern protocol schema > protocol.json"))]
    Protocol(ProtocolArgs),
    /// Print completions for a shell
    #[command(visible_alias = "completion", after_help = examples("postern completions bash > ~/.local/share/bash-completion/completions/postern
  postern completions zsh > ~/.zfunc/_postern"))]
    Completions(CompletionsArgs),
    /// Make, list and check backups of everything this gateway has
    #[command(after_help = examples("postern backup --passphrase      keys and tokens go in, encrypted
  postern backup --out /media/usb/postern.zip
  postern backup list
  postern backup verify postern.zip"))]
    Backup(BackupArgs),
    /// Put a backup in the place of this profile's state; what is there is moved aside
    #[command(after_help = examples("postern restore postern.zip --dry-run
  postern restore postern.zip
  pass show postern | postern restore postern.zip --yes --passphrase-stdin"))]
    Restore(RestoreArgs),
    /// Show from where the gateway is reached; confirm certificates of gateways elsewhere
    #[command(after_help = examples("postern remote
  postern remote --json | jq -r .tls.fingerprint
  postern remote trust wss://desk.local:18789
  postern remote pins"))]
    Remote(RemoteArgs),
    /// Look for gateways on this network
    #[command(after_help = examples("postern discover
  postern discover --timeout 8000
  postern discover --json | jq -r '.gateways[].url'
  postern remote add Desk         use the gateway that calls itself Desk"))]
    Discover(DiscoverArgs),
    /// Open a way to a gateway on another machine, through ssh
    #[command(after_help = examples("postern tunnel ada@desk
  postern tunnel ada@desk --port 18789 --identity ~/.ssh/desk
  ssh -N -L 18789:127.0.0.1:18789 ada@desk      does the same by hand"))]
    Tunnel(TunnelArgs),
    /// Take over what another gateway of the ecosystem left on this machine
    #[command(after_help = examples("postern import openclaw --dry-run
  postern import openclaw"))]
    Import(ImportArgs),
    /// Print the gateway token of this profile
    #[command(after_help = examples("postern token
  OPENCLAW_GATEWAY_TOKEN=$(postern token) node client.mjs"))]
    Token,
    /// Open the gateway's page in the browser, signed in
    #[command(after_help = examples("postern dashboard
  postern dashboard --no-open     the same as --print
  postern dashboard --print       only the address, for a browser elsewhere"))]
    Dashboard(DashboardArgs),
}

/// Flags of `postern gateway`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct GatewayArgs {
    /// Port to listen on; 0 takes any that is free
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
    /// Where to listen: loopback, lan, tailnet, auto, or an IPv4 address
    #[arg(long, value_name = "WHERE")]
    pub(crate) bind: Option<String>,
    /// How callers sign in
    #[arg(long, value_name = "MODE")]
    pub(crate) auth: Option<AuthArg>,
    /// Read the password that is demanded from this file, so that no other program sees it
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<std::path::PathBuf>,
    /// How Tailscale shows the gateway
    #[arg(long, value_name = "HOW")]
    pub(crate) tailscale: Option<TailscaleArg>,
    /// Run a gateway here although `gateway.mode` is `remote`
    #[arg(long)]
    pub(crate) allow_unconfigured: bool,
    /// Only check the configuration: lists every problem, ends with 78 when there is one
    #[arg(long)]
    pub(crate) check: bool,
    /// Log in detail
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Told by service managers: a start that fails waits and tries again instead of ending
    #[arg(long, hide = true)]
    pub(crate) supervised: bool,
}

/// What the desktop app is started with; everything else is a command.
#[derive(Debug, Parser)]
#[command(name = "postern-desktop", disable_help_flag = true, disable_help_subcommand = true)]
pub(crate) struct DesktopArgs {
    /// Flags that every command takes.
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    /// How the gateway inside runs.
    #[command(flatten)]
    pub(crate) gateway: GatewayArgs,
    /// Show the icon only.
    #[arg(long)]
    pub(crate) hidden: bool,
    /// Ask the app that runs to quit.
    #[arg(long)]
    pub(crate) quit: bool,
    /// A `postern://` link to open.
    #[arg(value_name = "LINK", value_parser = link)]
    pub(crate) link: Option<String>,
}

fn link(text: &str) -> Result<String, String> {
    if text.starts_with("postern:") { Ok(text.to_owned()) } else { Err("is no postern:// link".to_owned()) }
}

/// `--auth`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AuthArg {
    /// One shared token, generated at first start unless given
    Token,
    /// One shared password
    Password,
    /// Nobody is asked; loopback only
    None,
    /// A reverse proxy says who calls (gateway.auth.trustedProxy)
    TrustedProxy,
}

/// Flags of `postern health`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct HealthArgs {
    /// Take a new snapshot instead of the last one
    #[arg(long)]
    pub(crate) probe: bool,
}

/// `postern call`.
#[derive(Debug, Clone, Args)]
pub(crate) struct CallArgs {
    /// Method, for example `device.pair.list`
    #[arg(value_name = "METHOD")]
    pub(crate) method: String,
    /// Params: a JSON object, @FILE, or - for standard input
    #[arg(value_name = "JSON")]
    pub(crate) params: Option<String>,
    /// Same as JSON
    #[arg(long = "params", value_name = "JSON", conflicts_with = "params", hide = true)]
    pub(crate) params_flag: Option<String>,
}

/// `postern protocol …`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ProtocolArgs {
    /// What to print
    #[command(subcommand)]
    pub(crate) command: ProtocolCommand,
}

/// What to print of the protocol.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum ProtocolCommand {
    /// JSON Schemas of frames, params, results and events, in one document
    Schema,
}

/// `postern completions`.
#[derive(Debug, Clone, Args)]
pub(crate) struct CompletionsArgs {
    /// Shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}

fn examples(lines: &str) -> String {
    format!(
        "Examples:\n  {lines}\n\nExit codes: 0 ok, 1 failed, 2 wrong usage, 3 no gateway, 4 pairing required,\n\
         5 not authorised, 6 timeout (all of them: postern --help)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_is_known_where_texts_name_it() {
        let program = Cli::command();
        let mut names: Vec<&str> = program.get_subcommands().map(clap::Command::get_name).collect();
        names.sort_unstable();
        assert_eq!(names, postern_gateway::program::COMMANDS);
    }

    #[test]
    fn common_flags_stand_before_or_after_the_command() {
        for line in [
            ["postern", "--json", "--timeout", "5", "devices", "list"],
            ["postern", "devices", "list", "--json", "--timeout", "5"],
        ] {
            let cli = Cli::try_parse_from(line).unwrap();
            assert!(cli.global.json);
            assert_eq!(cli.global.timeout, Some(5));
        }
    }

    #[test]
    fn the_time_of_an_answer_is_in_seconds_and_wins_over_the_common_flag() {
        let timeouts = |line: &[&str]| {
            let cli = Cli::try_parse_from(line).unwrap();
            let Command::Agent(args) = &cli.command else { panic!("not agent") };
            (args.timeout, cli.global.timeout)
        };
        assert_eq!(timeouts(&["postern", "agent", "-m", "x"]), (600, Some(600)));
        assert_eq!(timeouts(&["postern", "agent", "-m", "x", "--timeout", "30"]), (30, Some(30)));
        assert_eq!(timeouts(&["postern", "--timeout", "30", "agent", "-m", "x"]), (30, Some(30)));
    }

    #[test]
    fn mistakes_are_answered_with_what_was_meant() {
        for (line, meant) in [
            (["postern", "statsu", ""], "status"),
            (["postern", "devices", "aprove"], "approve"),
            (["postern", "status", "--jsn"], "--json"),
        ] {
            let line: Vec<&str> = line.into_iter().filter(|word| !word.is_empty()).collect();
            let error = Cli::try_parse_from(line).unwrap_err().to_string();
            assert!(error.contains(meant), "{error}");
        }
    }

    #[test]
    fn every_command_shows_examples_and_the_long_help_the_exit_codes() {
        let mut command = Cli::command();
        assert!(command.render_long_help().to_string().contains("Exit codes:"));
        for sub in command.get_subcommands_mut().filter(|sub| sub.get_name() != "help") {
            let help = sub.render_help().to_string();
            assert!(help.contains("Examples:\n  postern "), "{help}");
            assert!(help.contains("Exit codes:"), "{help}");
        }
    }
}
