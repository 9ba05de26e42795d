//! Method `status`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Nullable, RecentSession};
use crate::call::{Call, NoParams};

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
    pub recent: Vec<RecentSession>,
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
    pub recent: Vec<RecentSession>,
}
