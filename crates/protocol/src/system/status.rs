//! Method `status`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Nullable;
use crate::call::{Call, NoParams};
use crate::chat::{ThinkingLevel, VerboseLevel};
use crate::sessions::SessionKind;

/// `status`: the summary people read.
pub struct Status;

impl Call for Status {
    const NAME: &'static str = "status";
    type Params = NoParams;
    type Output = StatusResult;
}

/// Result of `status`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StatusResult {
    /// Version of the gateway.
    pub runtime_version: String,
    /// Milliseconds since it started.
    pub uptime_ms: u64,
    /// Authenticated connections at this moment.
    pub connections: ConnectionCount,
    /// Devices that are paired, and requests that wait.
    pub devices: DeviceCount,
    /// Heartbeats by agent.
    pub heartbeat: HeartbeatStatus,
    /// One line per messaging channel.
    pub channel_summary: Vec<String>,
    /// System events that wait for the main session.
    pub queued_system_events: Vec<String>,
    /// Sessions.
    pub sessions: SessionsStatus,
    /// What needs attention, for people: safe mode, missing keychain and the like.
    pub warnings: Vec<String>,
    /// Addresses that clients reach it at, `HOST:PORT`; its own machine's first.
    #[serde(default)]
    pub listen: Vec<String>,
    /// SHA-256 of the certificate of that port, hex; absent without TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_fingerprint: Option<String>,
}

/// Connections by role.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConnectionCount {
    /// Operators.
    pub operators: usize,
    /// Nodes.
    pub nodes: usize,
}

/// Devices by state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeviceCount {
    /// Approved.
    pub paired: usize,
    /// Waiting for a decision.
    pub pending: usize,
}

/// Heartbeats in [`StatusResult`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeartbeatStatus {
    /// Agent that owns bare session keys.
    pub default_agent_id: String,
    /// One row per agent.
    pub agents: Vec<AgentHeartbeat>,
}

/// One agent in [`HeartbeatStatus`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentHeartbeat {
    /// Id of the agent.
    pub agent_id: String,
    /// Whether it runs.
    pub enabled: bool,
    /// Interval as configured.
    pub every: String,
    /// Interval in milliseconds; `null` when off.
    pub every_ms: Nullable<u64>,
}

/// Sessions in [`StatusResult`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsStatus {
    /// Where they are kept.
    pub paths: Vec<String>,
    /// How many.
    pub count: u64,
    /// Model of a session that names none.
    pub defaults: SessionModelDefaults,
    /// Last used first.
    pub recent: Vec<SessionStatusRow>,
    /// The same by agent.
    pub by_agent: Vec<AgentSessions>,
}

/// Model defaults; `null` until a model is configured.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionModelDefaults {
    /// Model id.
    pub model: Nullable<String>,
    /// Its context window in tokens.
    pub context_tokens: Nullable<u64>,
}

/// Sessions of one agent.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentSessions {
    /// Id of the agent.
    pub agent_id: String,
    /// Where they are kept.
    pub path: String,
    /// How many.
    pub count: u64,
    /// Last used first.
    pub recent: Vec<SessionStatusRow>,
}

/// One session in [`SessionsStatus`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionStatusRow {
    /// Agent that owns it.
    pub agent_id: String,
    /// Canonical key.
    pub key: String,
    /// What it is between.
    pub kind: SessionKind,
    /// Its session id.
    pub session_id: String,
    /// Epoch milliseconds.
    pub updated_at: i64,
    /// Milliseconds since then.
    pub age: i64,
    /// How long the model may think.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking_level: Option<ThinkingLevel>,
    /// Whether tool calls are shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verbose_level: Option<VerboseLevel>,
    /// Whether its last run was stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aborted_last_run: Option<bool>,
    /// Tokens that models read for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_tokens: Option<i64>,
    /// Tokens that models wrote for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_tokens: Option<i64>,
    /// Tokens of the conversation; `null` until a model answered.
    pub total_tokens: Nullable<i64>,
    /// Tokens that are left of the window; `null` when not known.
    pub remaining_tokens: Nullable<i64>,
    /// Share of the window that is used; `null` when not known.
    pub percent_used: Nullable<i64>,
    /// The model that answers; `null` until there is one.
    pub model: Nullable<String>,
    /// Tokens that it can read and write; `null` when not known.
    pub context_tokens: Nullable<u64>,
    /// Settings that differ from the default, for people.
    pub flags: Vec<String>,
}
