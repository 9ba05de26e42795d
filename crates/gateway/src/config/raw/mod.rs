//! The configuration as written. Field docs are the reference text of the
//! exported schema (`storage-and-config.md §1.1`).

mod backup;
mod canvas;
mod control_ui;
mod discovery;
mod logging;
mod metrics;
mod models;
mod reload;
mod remote;
mod secret;
mod tailscale;
mod tls;
mod tools;
mod trusted_proxy;
mod ui;
mod update;

use std::collections::BTreeMap;
use std::str::FromStr;

use postern_protocol::chat::QueueMode;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::secrets::Secret;

pub(super) use backup::*;
pub(super) use canvas::*;
pub use control_ui::*;
pub use discovery::*;
pub use logging::*;
pub(super) use metrics::*;
pub use models::*;
pub use reload::*;
pub(crate) use remote::RawRemote;
pub use remote::RemoteTransport;
use secret::SecretInput;
pub(super) use tailscale::*;
pub(crate) use tls::RawTls;
pub use tools::*;
pub(super) use trusted_proxy::*;
pub(super) use ui::*;
pub use update::*;

/// The configuration file.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawConfig {
    /// The gateway itself.
    pub gateway: RawGateway,
    /// How conversations are told apart.
    pub session: RawSession,
    /// Who answers.
    pub agents: RawAgents,
    /// Language models.
    pub models: RawModels,
    /// What agents may do.
    pub tools: RawTools,
    /// Servers that bring more tools.
    pub mcp: RawMcp,
    /// What may be spent.
    pub usage: RawUsage,
    /// Values for `${NAME}` in this file.
    pub env: RawEnv,
    /// What is logged, where, and how much is kept.
    pub logging: RawLogging,
    /// Newer releases.
    pub update: RawUpdate,
    /// Archives of everything there is.
    pub backup: RawBackup,
    /// Being found by others on the network.
    pub discovery: RawNearby,
    /// Pages that agents write and nodes show.
    pub canvas_host: RawCanvasHost,
    /// How pages look.
    pub ui: RawUi,
    /// Talking: kept and shown to clients, which know what it means.
    pub talk: RawTalk,
}

/// `env`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawEnv {
    /// Used where neither the environment nor `.env` in the state folder has the name.
    #[schemars(extend("x-secret" = true))]
    pub vars: Option<BTreeMap<String, String>>,
}

/// `gateway`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawGateway {
    /// Serve here, or be a client of a gateway elsewhere. Default `local`.
    pub mode: Option<GatewayMode>,
    /// TCP port; 0 picks a free one. Default 18789.
    pub port: Option<u16>,
    /// Which interfaces to listen on. Default `loopback`.
    pub bind: Option<BindMode>,
    /// Address for `bind: "custom"`.
    pub custom_bind_host: Option<String>,
    /// How callers prove who they are.
    pub auth: RawAuth,
    /// Addresses or networks whose forwarded headers are believed.
    pub trusted_proxies: Option<Vec<String>>,
    /// Believe `X-Real-IP` of a trusted proxy that sends no `X-Forwarded-For`.
    pub allow_real_ip_fallback: Option<bool>,
    /// The web page.
    pub control_ui: RawControlUi,
    /// Where a proxy shows the gateway, such as `https://gate.example`: setup codes lead there, and the page may come
    /// from there.
    pub public_origin: Option<String>,
    /// HTTP answers.
    pub http: RawHttp,
    /// Devices that offer commands.
    pub nodes: RawNodes,
    /// Pairing of devices.
    pub pairing: RawPairing,
    /// Changes of the configuration while the gateway runs.
    pub reload: RawReload,
    /// The owner's tailnet.
    pub tailscale: RawTailscale,
    /// Figures for a monitoring system.
    pub metrics: RawMetrics,
    /// Encryption on the gateway's own port.
    pub tls: RawTls,
    /// The gateway that this machine's command line talks to while `mode` is `remote`.
    pub remote: RawRemote,
}

/// `gateway.auth`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawAuth {
    /// Default `token`; `password` when only a password is set.
    pub mode: Option<RawAuthMode>,
    /// Shared token. One is generated when none is set.
    #[serde(deserialize_with = "secret")]
    #[schemars(with = "Option<SecretInput>", extend("x-secret" = true))]
    pub token: Option<Secret>,
    /// Shared password.
    #[serde(deserialize_with = "secret")]
    #[schemars(with = "Option<SecretInput>", extend("x-secret" = true))]
    pub password: Option<Secret>,
    /// What happens after wrong secrets.
    pub rate_limit: RawRateLimit,
    /// Members of the tailnet sign in with their Tailscale identity. Default: with `tailscale.mode: "serve"`, unless
    /// `mode` is `password`.
    pub allow_tailscale: Option<bool>,
    /// For `mode: "trusted-proxy"`.
    pub trusted_proxy: RawTrustedProxy,
    /// Scopes by identity (a Tailscale login or the user that a trusted proxy names; `*` is everybody else). When set,
    /// nobody gets more, and the page needs no pairing for what is listed.
    pub identity_scopes: Option<BTreeMap<String, Vec<String>>>,
}

/// `gateway.auth.rateLimit`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawRateLimit {
    /// Wrong secrets within the window before the address is locked. Default 10.
    #[schemars(range(min = 1))]
    pub max_attempts: Option<u32>,
    /// Window, milliseconds. Default 60000.
    #[schemars(range(min = 1, max = 86_400_000))]
    pub window_ms: Option<u64>,
    /// Lock, milliseconds. Default 300000.
    #[schemars(range(min = 0, max = 86_400_000))]
    pub lockout_ms: Option<u64>,
    /// Slow this machine's own programs down instead of locking them. Default true.
    pub exempt_loopback: Option<bool>,
}

/// `gateway.http`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawHttp {
    /// Headers that tell browsers to be careful.
    pub security_headers: RawSecurityHeaders,
}

/// `gateway.http.securityHeaders`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawSecurityHeaders {
    /// Value of `Strict-Transport-Security`, such as `max-age=31536000`. Default: not sent.
    pub strict_transport_security: Option<String>,
}

/// `gateway.nodes`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawNodes {
    /// Pairing of devices from this machine.
    pub pairing: RawNodesPairing,
    /// Which commands of nodes may be invoked.
    pub commands: RawNodeCommands,
    /// Older name of `commands.allow`.
    pub allow_commands: Option<Vec<String>>,
    /// Older name of `commands.deny`.
    pub deny_commands: Option<Vec<String>>,
    /// Hold nodes of protocol 3 to the shorter lists of protocol 4, and ask about their commands too. Default false.
    pub strict: Option<bool>,
}

/// `gateway.nodes.commands`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawNodeCommands {
    /// Allowed beside what the node's system may offer, such as `camera.snap`. Exact names.
    pub allow: Option<Vec<String>>,
    /// Never allowed, whatever else allows them. Exact names.
    pub deny: Option<Vec<String>>,
}

/// `gateway.nodes.pairing`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawNodesPairing {
    /// Pair a new device of this machine without asking. Default true.
    pub auto_approve_local: Option<bool>,
    /// Pair a new node of protocol 4 without asking when it knows the gateway's secret and its address is one of these,
    /// such as `192.168.7.0/24`. What it offers is asked about all the same. Default none.
    pub auto_approve_cidrs: Option<Vec<String>>,
    /// Not supported.
    #[schemars(extend("type" = ["boolean", "object", "null"], "additionalProperties" = true))]
    pub ssh_verify: Option<Value>,
}

/// `gateway.pairing`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawPairing {
    /// Treat the owner's own tailnet devices like this machine. Default false.
    pub trust_own_tailnet: Option<bool>,
}

/// `session`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawSession {
    /// One conversation per sender, or one for all. Default `per-sender`.
    pub scope: Option<SessionScope>,
    /// Name of the main conversation. Default `main`.
    pub main_key: Option<String>,
    /// What happens to a message while the agent still answers. Default `followup`.
    pub queue_mode: Option<QueueMode>,
}

/// `agents`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawAgents {
    /// What holds for every agent.
    pub defaults: RawAgentDefaults,
    /// The agents. Default: one, `main`.
    pub list: Option<Vec<RawAgent>>,
}

/// `agents.defaults`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawAgentDefaults {
    /// The regular look around.
    pub heartbeat: RawHeartbeat,
    /// Model that answers: `provider/model`, or one with others to fall back to.
    pub model: Option<RawModelChoice>,
    /// How long a model may think: off, minimal, low, medium, high or xhigh. Default: the model's own.
    pub thinking_default: Option<String>,
    /// Longest answer, seconds. Default 600.
    #[schemars(range(min = 1, max = 86_400))]
    pub timeout_seconds: Option<u64>,
    /// Folder with the default agent's files. Default `workspace` in the state folder.
    pub workspace: Option<String>,
    /// Most tokens of a conversation that are sent to the model. Default: what the model takes.
    #[schemars(range(min = 1_000, max = 10_000_000))]
    pub context_tokens: Option<u64>,
}

/// `agents.defaults.heartbeat`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawHeartbeat {
    /// Interval such as `30m`, `1h30m`, `90s`; `0m` turns it off. Default `30m`.
    pub every: Option<String>,
    /// Where an alert goes. Default `last`.
    pub target: Option<String>,
    /// What the agent is asked.
    pub prompt: Option<String>,
}

/// One entry of `agents.list`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawAgent {
    /// Its id: a-z, 0-9, `-` and `_`.
    pub id: Option<String>,
    /// Answers when nobody else is named.
    #[serde(rename = "default")]
    pub is_default: Option<bool>,
    /// Its name.
    pub name: Option<String>,
    /// Folder with its files. Default `workspace-ID` in the state folder.
    pub workspace: Option<String>,
    /// Model that answers, when not the one of `agents.defaults`.
    pub model: Option<RawModelChoice>,
    /// How long its model may think.
    pub thinking_default: Option<String>,
    /// How it is shown.
    pub identity: RawIdentity,
    /// Tools it may or may not use.
    pub tools: RawToolPolicy,
    /// What it may spend.
    pub limits: RawLimits,
}

/// `agents.list[].identity`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawIdentity {
    /// Its name, when not `name`.
    pub name: Option<String>,
    /// What it is like, in a few words.
    pub theme: Option<String>,
    /// One emoji.
    pub emoji: Option<String>,
    /// Emoji, URL of an image, or a path below the workspace.
    pub avatar: Option<String>,
}

/// `provider/model`, or `{ primary, fallbacks }`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RawModelChoice {
    /// One model.
    One(String),
    /// One model, and others when it cannot answer.
    Many(RawModelFallbacks),
}

/// `model: { primary, fallbacks }`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawModelFallbacks {
    /// The model that is asked first.
    pub primary: Option<String>,
    /// Asked in this order when it cannot answer.
    pub fallbacks: Option<Vec<String>>,
}

/// Serve, or be a client: `local` or `remote`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum GatewayMode {
    /// This machine is the gateway.
    #[default]
    Local,
    /// The gateway is elsewhere.
    Remote,
}

/// Which interfaces to listen on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BindMode {
    /// This machine only.
    #[default]
    Loopback,
    /// Every interface.
    Lan,
    /// The tailnet address, else this machine only.
    Tailnet,
    /// This machine only, and with authentication like the modes that others reach.
    Auto,
    /// The address in `customBindHost`.
    Custom,
}

impl FromStr for BindMode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "loopback" => Ok(Self::Loopback),
            "lan" => Ok(Self::Lan),
            "tailnet" => Ok(Self::Tailnet),
            "auto" => Ok(Self::Auto),
            "custom" => Ok(Self::Custom),
            _ => Err("use loopback, lan, tailnet, auto or custom".to_owned()),
        }
    }
}

/// How callers prove who they are, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RawAuthMode {
    /// One shared token.
    Token,
    /// One shared password.
    Password,
    /// Nobody is asked; loopback only.
    None,
    /// A reverse proxy says who calls.
    TrustedProxy,
}

/// How conversations are told apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SessionScope {
    /// One per sender.
    #[default]
    PerSender,
    /// One for all.
    Global,
}

/// An empty secret is none: nobody may sign in with nothing.
pub(super) fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.filter(|text| !text.trim().is_empty()).map(Secret::new))
}
