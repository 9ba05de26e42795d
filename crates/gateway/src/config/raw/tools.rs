//! `tools`, `mcp` and `usage` as written: what agents may do and spend.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// `tools`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawTools {
    /// Tools that may be used: names, `group:NAME`, `*` at the end. Default: all.
    pub allow: Option<Vec<String>>,
    /// Tools that may not be used; stronger than `allow`.
    pub deny: Option<Vec<String>>,
    /// Commands.
    pub exec: RawExec,
    /// Web pages.
    pub web: RawWeb,
}

/// `agents.list[].tools`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawToolPolicy {
    /// Tools that may be used. Default: what `tools` allows.
    pub allow: Option<Vec<String>>,
    /// Tools that may not be used.
    pub deny: Option<Vec<String>>,
}

/// `tools.exec`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawExec {
    /// Which commands run at all. Default `allowlist`.
    pub security: Option<ExecSecurity>,
    /// When somebody is asked. Default `on-miss`.
    pub ask: Option<ExecAsk>,
    /// Longest command, seconds. Default 120.
    #[schemars(range(min = 1, max = 86_400))]
    pub timeout_seconds: Option<u64>,
    /// Output that is kept, bytes. Default 200000.
    #[schemars(range(min = 1_000, max = 10_000_000))]
    pub max_output_bytes: Option<usize>,
}

/// `tools.web`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawWeb {
    /// The tool `web_fetch`.
    pub fetch: RawWebFetch,
}

/// `tools.web.fetch`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawWebFetch {
    /// Default true.
    pub enabled: Option<bool>,
    /// Largest page, bytes. Default 2000000.
    #[schemars(range(min = 1_000, max = 100_000_000))]
    pub max_bytes: Option<usize>,
    /// Longest request, seconds. Default 30.
    #[schemars(range(min = 1, max = 600))]
    pub timeout_seconds: Option<u64>,
    /// Hosts that may be fetched although their address is private.
    pub allow_private: Option<Vec<String>>,
}

/// Which commands run at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ExecSecurity {
    /// None.
    Deny,
    /// Those on the list, and those that somebody approves.
    #[default]
    Allowlist,
    /// All.
    Full,
}

/// When somebody is asked about a command.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExecAsk {
    /// Never: what is not on the list does not run.
    Off,
    /// When it is not on the list.
    #[default]
    OnMiss,
    /// Always.
    Always,
}

/// `mcp`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawMcp {
    /// Servers by name.
    pub servers: Option<BTreeMap<String, RawMcpServer>>,
}

/// One entry of `mcp.servers`: a command, or a URL.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawMcpServer {
    /// Program to start; it speaks over its standard input and output.
    pub command: Option<String>,
    /// Its arguments.
    pub args: Option<Vec<String>>,
    /// Its environment.
    #[schemars(extend("x-secret" = true))]
    pub env: Option<BTreeMap<String, String>>,
    /// Folder it starts in.
    pub cwd: Option<String>,
    /// Address of a server that speaks HTTP.
    pub url: Option<String>,
    /// Headers sent to that address and to no other.
    #[schemars(extend("x-secret" = true))]
    pub headers: Option<BTreeMap<String, String>>,
}

/// `usage`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawUsage {
    /// What all agents together may spend.
    pub limits: RawLimits,
}

/// What may be spent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawLimits {
    /// USD in one day.
    pub daily_usd: Option<f64>,
    /// Tokens in one day.
    pub daily_tokens: Option<u64>,
}
