//! The configuration as it is meant: every default filled in, every text parsed.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use postern_protocol::chat::{QueueMode, ThinkingLevel};
use postern_protocol::connect::AuthMode;

use super::control_ui::ControlUi;
use super::metrics::Metrics;
use super::nodes::NodeRules;
use super::raw::{ExecAsk, ExecSecurity, GatewayMode, ModelApi, RawConfig, RawModel, ReloadMode, SessionScope};
use super::tailscale::Tailscale;
use super::trusted_proxy::{IdentityScopes, TrustedProxy};
use super::update::UpdateSettings;
use super::{ConfigProblem, Overrides, resolve, tailscale, trusted_proxy};
use super::{RemoteSettings, TlsSettings};
use crate::secrets::Secret;

/// What a gateway runs with.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Whether this machine is the gateway.
    pub mode: GatewayMode,
    /// TCP port; 0 picks a free one.
    pub port: u16,
    /// Which interfaces to listen on.
    pub bind: Bind,
    /// How callers prove who they are.
    pub auth: Auth,
    /// The owner's tailnet.
    pub tailscale: Tailscale,
    /// Figures for a monitoring system.
    pub metrics: Metrics,
    /// Who may speak for others in forwarded headers.
    pub trusted_proxies: Vec<IpNet>,
    /// Believe `X-Real-IP` of a trusted proxy that sends no `X-Forwarded-For`.
    pub allow_real_ip_fallback: bool,
    /// The web page.
    pub control_ui: ControlUi,
    /// Where a proxy shows the gateway: an origin, lower case.
    pub public_origin: Option<String>,
    /// Colour of the page's seams.
    pub seam_color: Option<String>,
    /// Value of `Strict-Transport-Security`; `None` sends none.
    pub strict_transport_security: Option<String>,
    /// Pairing without asking.
    pub pairing: Pairing,
    /// Which commands of nodes may be invoked.
    pub nodes: NodeRules,
    /// Encryption on the gateway's own port.
    pub tls: TlsSettings,
    /// Changes of the configuration while the gateway runs.
    pub reload: Reload,
    /// The gateway that this machine's command line talks to in mode `remote`.
    pub remote: RemoteSettings,
    /// How conversations are told apart.
    pub session: Session,
    /// Who answers; never empty, exactly one is the default.
    pub agents: Vec<Agent>,
    /// What holds for every agent.
    pub agent_defaults: AgentDefaults,
    /// Language models.
    pub models: ModelSettings,
    /// What agents may do.
    pub tools: ToolSettings,
    /// Servers that bring more tools, by name.
    pub mcp: Vec<McpServer>,
    /// What all agents together may spend.
    pub limits: SpendLimits,
    /// What is logged, where, and how much is kept.
    pub logging: super::Logging,
    /// Newer releases.
    pub update: UpdateSettings,
    /// Archives that are made by themselves.
    pub backup: super::BackupSettings,
    /// What others on the network are told.
    pub discovery: super::Nearby,
    /// Pages that agents write and nodes show.
    pub canvas_host: super::CanvasHost,
}

impl Default for Config {
    fn default() -> Self {
        resolve::resolve(&RawConfig::default(), &Overrides::default()).config
    }
}

impl Config {
    /// Origins that the page may have besides the gateway's own addresses.
    pub fn page_origins(&self) -> impl Iterator<Item = &String> {
        self.control_ui.allowed_origins.iter().chain(&self.public_origin)
    }

    /// Id of the agent that owns bare session keys.
    #[must_use]
    pub fn default_agent_id(&self) -> &str {
        self.default_agent().map_or("main", |agent| agent.id.as_str())
    }

    /// The agent that answers when nobody else is named.
    #[must_use]
    pub fn default_agent(&self) -> Option<&Agent> {
        self.agents.iter().find(|agent| agent.is_default)
    }
}

/// Which interfaces to listen on (`storage-and-config.md §1.1`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Bind {
    /// `127.0.0.1` and `::1`.
    #[default]
    Loopback,
    /// Every interface.
    Lan,
    /// The tailnet address, else loopback.
    Tailnet,
    /// Loopback, under the rules of the modes that others reach.
    Auto,
    /// One address, and `127.0.0.1`.
    Custom(Ipv4Addr),
}

impl Bind {
    /// The word in the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Loopback => "loopback",
            Self::Lan => "lan",
            Self::Tailnet => "tailnet",
            Self::Auto => "auto",
            Self::Custom(_) => "custom",
        }
    }

    /// Whether another machine could reach it.
    #[must_use]
    pub const fn is_exposed(self) -> bool {
        match self {
            Self::Loopback => false,
            // `auto` may mean more elsewhere: a file that has it must be safe there too.
            Self::Lan | Self::Tailnet | Self::Auto => true,
            Self::Custom(address) => !address.is_loopback(),
        }
    }
}

/// How callers prove who they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Auth {
    /// What is asked for.
    pub mode: AuthMode,
    /// Configured token. In token mode without one the gateway generates it.
    pub token: Option<Secret>,
    /// Configured password.
    pub password: Option<Secret>,
    /// What happens after wrong secrets.
    pub rate_limit: RateLimit,
    /// Whether members of the tailnet sign in with their identity.
    pub allow_tailscale: bool,
    /// The proxy of [`AuthMode::TrustedProxy`].
    pub trusted_proxy: Option<TrustedProxy>,
    /// What identities are worth.
    pub identity_scopes: IdentityScopes,
}

/// What happens after wrong secrets (`handshake.md §9`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Wrong secrets within the window before the address is locked.
    pub max_attempts: u32,
    /// Window.
    pub window: Duration,
    /// Lock.
    pub lockout: Duration,
    /// Slow loopback down instead of locking it.
    pub exempt_loopback: bool,
}

/// Changes of the configuration while the gateway runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reload {
    /// What happens.
    pub mode: ReloadMode,
    /// How long a file that cannot be read is waited for.
    pub debounce: Duration,
}

/// Pairing without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pairing {
    /// A new device of this machine is paired without asking.
    pub auto_approve_local: bool,
    /// The owner's own tailnet devices count like this machine.
    pub trust_own_tailnet: bool,
}

/// How conversations are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// One conversation per sender, or one for all.
    pub scope: SessionScope,
    /// Name of the main conversation, lower case.
    pub main_key: String,
    /// What happens to a message while the agent still answers.
    pub queue_mode: QueueMode,
}

/// One agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// Its id, lower case.
    pub id: String,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Whether it answers when nobody else is named.
    pub is_default: bool,
    /// Its regular look around.
    pub heartbeat: Heartbeat,
    /// Folder with its files, as written.
    pub workspace: Option<PathBuf>,
    /// Model that answers; `None` when it has no choice of its own.
    pub model: Option<ModelChoice>,
    /// How long its model may think.
    pub thinking_default: Option<ThinkingLevel>,
    /// How it is shown.
    pub identity: Identity,
    /// Tools it may or may not use.
    pub tools: ToolPolicy,
    /// What it may spend.
    pub limits: SpendLimits,
}

impl Agent {
    /// An agent that says nothing about itself.
    #[must_use]
    pub fn named(id: String, heartbeat: Heartbeat) -> Self {
        Self {
            id,
            name: None,
            is_default: false,
            heartbeat,
            workspace: None,
            model: None,
            thinking_default: None,
            identity: Identity::default(),
            tools: ToolPolicy::default(),
            limits: SpendLimits::default(),
        }
    }
}

/// How an agent is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// Its name, when not the agent's.
    pub name: Option<String>,
    /// What it is like.
    pub theme: Option<String>,
    /// One emoji.
    pub emoji: Option<String>,
    /// Emoji, URL of an image, or a path below the workspace.
    pub avatar: Option<String>,
}

/// A model, and others when it cannot answer; each `provider/model`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelChoice {
    /// Asked first.
    pub primary: String,
    /// Asked in this order when it cannot answer.
    pub fallbacks: Vec<String>,
}

/// What holds for every agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentDefaults {
    /// Model that answers; `None` until one is chosen.
    pub model: Option<ModelChoice>,
    /// How long a model may think; `None` leaves it to the model.
    pub thinking: Option<ThinkingLevel>,
    /// Longest answer.
    pub timeout: Duration,
    /// The default agent's folder, as written.
    pub workspace: Option<PathBuf>,
    /// Most tokens of a conversation that are sent to a model.
    pub context_tokens: Option<u64>,
}

/// Language models.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelSettings {
    /// Providers by id.
    pub providers: Vec<Provider>,
    /// Whether to look for models on this machine.
    pub discover: bool,
    /// Where Ollama would be.
    pub ollama: url::Url,
    /// Where LM Studio would be.
    pub lmstudio: url::Url,
}

/// A provider of language models.
#[derive(Debug, Clone, PartialEq)]
pub struct Provider {
    /// Its id, lower case.
    pub id: String,
    /// What it speaks.
    pub api: ModelApi,
    /// Where it is, when not at its own address.
    pub base_url: Option<url::Url>,
    /// Headers sent with every request.
    pub headers: Vec<(String, String)>,
    /// Models it is said to offer.
    pub models: Vec<RawModel>,
}

/// What agents may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolSettings {
    /// For every agent.
    pub policy: ToolPolicy,
    /// Commands.
    pub exec: Exec,
    /// Web pages.
    pub web: WebFetch,
}

/// Tools by name, `group:NAME`, or with `*` at the end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolPolicy {
    /// Only these; `None` means all.
    pub allow: Option<Vec<String>>,
    /// None of these.
    pub deny: Vec<String>,
}

/// Commands that agents run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exec {
    /// Which run at all.
    pub security: ExecSecurity,
    /// When somebody is asked.
    pub ask: ExecAsk,
    /// Longest command.
    pub timeout: Duration,
    /// Output that is kept, bytes.
    pub max_output_bytes: usize,
}

/// Web pages that agents read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebFetch {
    /// Whether they may.
    pub enabled: bool,
    /// Largest page, bytes.
    pub max_bytes: usize,
    /// Longest request.
    pub timeout: Duration,
    /// Hosts that may be fetched although their address is private.
    pub allow_private: Vec<String>,
}

/// A server that brings more tools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct McpServer {
    /// Its name.
    pub name: String,
    /// How it is reached.
    pub transport: McpTransport,
}

/// How an MCP server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum McpTransport {
    /// A program of this machine.
    Stdio {
        /// Program.
        command: String,
        /// Its arguments.
        args: Vec<String>,
        /// Its environment.
        env: Vec<(String, String)>,
        /// Folder it starts in.
        cwd: Option<PathBuf>,
    },
    /// An address.
    Http {
        /// Where.
        url: url::Url,
        /// Headers sent there and nowhere else.
        headers: Vec<(String, String)>,
    },
}

/// What may be spent in one day; `None` is without limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SpendLimits {
    /// Millionths of a USD.
    pub daily_micro_usd: Option<u64>,
    /// Tokens.
    pub daily_tokens: Option<u64>,
}

/// The regular look around of an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heartbeat {
    /// Whether it happens. Only the default agent has one.
    pub enabled: bool,
    /// Interval as written, such as `30m`.
    pub every: String,
    /// Interval in milliseconds; `None` when it is off.
    pub every_ms: Option<u64>,
    /// What the agent is asked.
    pub prompt: String,
    /// Where an alert goes.
    pub target: String,
    /// Up to this many characters beside the "nothing to do" word count as nothing.
    pub ack_max_chars: u32,
}

/// Refuses a gateway that other machines reach and that asks nobody who they
/// are. `has_secret` says whether the secret of the mode exists, wherever it
/// came from.
pub fn refuse_exposed(config: &Config, has_secret: bool) -> Result<(), ConfigProblem> {
    tailscale::refuse_unsafe(config)?;
    trusted_proxy::refuse_unsafe(config)?;
    if !config.bind.is_exposed() {
        return Ok(());
    }
    let bind = config.bind.as_str();
    let reason = match config.auth.mode {
        AuthMode::None => "gateway.auth.mode is none".to_owned(),
        // The proxy is the secret.
        AuthMode::TrustedProxy => return Ok(()),
        mode if !has_secret => format!("no {} is set", mode.as_str()),
        AuthMode::Token | AuthMode::Password => return Ok(()),
    };
    let message = format!(
        "refuses to start exposed without authentication: gateway.bind is {bind} and {reason}; \
         set a token or a password, or bind to loopback"
    );
    Err(ConfigProblem::new("gateway.auth", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_open_door_to_others_is_refused() {
        use AuthMode::{None, Password, Token};
        let elsewhere = Bind::Custom(Ipv4Addr::new(192, 168, 1, 4));
        let expect = [
            (Bind::Loopback, None, false, true),
            (Bind::Loopback, Token, false, true),
            (Bind::Custom(Ipv4Addr::LOCALHOST), None, false, true),
            (Bind::Lan, Token, true, true),
            (Bind::Lan, Password, true, true),
            (Bind::Lan, None, true, false),
            (Bind::Lan, Token, false, false),
            (Bind::Tailnet, Password, false, false),
            (Bind::Auto, None, false, false),
            (elsewhere, None, false, false),
        ];
        for (bind, mode, has_secret, starts) in expect {
            let mut config = Config { bind, ..Config::default() };
            config.auth.mode = mode;
            let outcome = refuse_exposed(&config, has_secret);
            assert_eq!(outcome.is_ok(), starts, "{bind:?} {mode:?} {has_secret}");
            if let Err(problem) = outcome {
                let text = problem.to_string();
                assert!(text.contains("refuses to start exposed without authentication"), "{text}");
                assert!(text.contains(bind.as_str()), "{text}");
            }
        }
    }
}
