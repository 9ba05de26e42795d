//! Presence, health, status and the other methods about the gateway itself
//! (`methods.md §1`, `frames-and-events.md §4, §8`).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::access::{Role, Scope, ScopeSet};
use crate::call::{Acknowledged, Audience, Call, Event, NoParams, OnSlow, Rendered};

/// One client, node or the gateway itself, as others see it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct PresenceEntry {
    /// Host or display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Address; left out for loopback.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// Version of the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Operating system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Family of the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_family: Option<String>,
    /// Hardware model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_identifier: Option<String>,
    /// `gateway`, or the mode of the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Seconds since somebody used the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_input_seconds: Option<u64>,
    /// `self`, `connect`, `disconnect`, `node-connected`, `periodic`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Free words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// A line for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Last update, epoch milliseconds.
    pub ts: i64,
    /// Device behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_id: Option<String>,
    /// Roles in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<Role>>,
    /// Scopes in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scopes: Option<ScopeSet>,
    /// Instance of the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<String>,
}

/// Event `presence`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct PresenceChanged {
    /// Everybody who is there, newest first, and who has just left.
    pub presence: Rendered<Vec<PresenceEntry>>,
}

impl Event for PresenceChanged {
    const NAME: &'static str = "presence";
    const AUDIENCE: Audience = Audience::Scope(Scope::Read);
    const ON_SLOW: OnSlow = OnSlow::Drop;
}

/// Event `tick`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Tick {
    /// Epoch milliseconds.
    pub ts: i64,
}

impl Event for Tick {
    const NAME: &'static str = "tick";
    const AUDIENCE: Audience = Audience::Everyone;
    const ON_SLOW: OnSlow = OnSlow::Drop;
}

/// Event `shutdown`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Shutdown {
    /// Why the gateway stops.
    #[schemars(length(min = 1))]
    pub reason: String,
    /// Milliseconds until it should be back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restart_expected_ms: Option<u64>,
}

impl Event for Shutdown {
    const NAME: &'static str = "shutdown";
    const AUDIENCE: Audience = Audience::Everyone;
    const ON_SLOW: OnSlow = OnSlow::Close;
}

/// The health object; also the payload of event `health`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HealthSnapshot {
    /// Always true: a gateway that answers is up.
    pub ok: bool,
    /// When it was taken, epoch milliseconds.
    pub ts: i64,
    /// Milliseconds it took.
    pub duration_ms: u64,
    /// Messaging channels by id.
    pub channels: BTreeMap<String, Value>,
    /// Ids in display order.
    pub channel_order: Vec<String>,
    /// Names for people by id.
    pub channel_labels: BTreeMap<String, String>,
    /// Heartbeat of the default agent in seconds; 0 when off.
    pub heartbeat_seconds: u64,
    /// Agent that owns bare session keys.
    pub default_agent_id: String,
    /// Every configured agent.
    pub agents: Vec<AgentHealth>,
    /// Sessions of the default agent.
    pub sessions: SessionSummary,
}

/// One agent in [`HealthSnapshot`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentHealth {
    /// Id of the agent.
    pub agent_id: String,
    /// Name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether bare session keys belong to it.
    pub is_default: bool,
    /// Its heartbeat.
    pub heartbeat: HeartbeatHealth,
    /// Its sessions.
    pub sessions: SessionSummary,
}

/// Heartbeat settings in force.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeartbeatHealth {
    /// Whether it runs.
    pub enabled: bool,
    /// Interval as configured, for example `30m`.
    pub every: String,
    /// Interval in milliseconds; `null` when off.
    pub every_ms: Nullable<u64>,
    /// Prompt of a heartbeat run.
    pub prompt: String,
    /// Where its answer goes.
    pub target: String,
    /// Longest answer that still counts as "nothing to say".
    pub ack_max_chars: u64,
}

/// How many sessions there are and which were used last.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SessionSummary {
    /// Where they are kept.
    pub path: String,
    /// How many.
    pub count: u64,
    /// Last used first.
    pub recent: Vec<RecentSession>,
}

/// One session in [`SessionSummary`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecentSession {
    /// Canonical key.
    pub key: String,
    /// Epoch milliseconds; `null` when never used.
    pub updated_at: Nullable<i64>,
    /// Milliseconds since then; `null` when never used.
    pub age: Nullable<u64>,
}

/// A value for which the wire contract itself says `null`, unlike an `Option`
/// in results, which is absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Nullable<T> {
    /// The value.
    Value(T),
    /// JSON `null`.
    #[default]
    Null,
}

impl<T: JsonSchema> JsonSchema for Nullable<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Nullable{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let value = generator.subschema_for::<T>();
        schemars::json_schema!({"anyOf": [value, {"type": "null"}]})
    }
}

impl<T> From<Option<T>> for Nullable<T> {
    fn from(option: Option<T>) -> Self {
        option.map_or(Self::Null, Self::Value)
    }
}

impl Event for HealthSnapshot {
    const NAME: &'static str = "health";
    const AUDIENCE: Audience = Audience::Everyone;
    const ON_SLOW: OnSlow = OnSlow::Close;
}

/// `health`: is it up, and what runs in it.
pub struct Health;

/// Params of `health`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct HealthParams {
    /// Take a new snapshot instead of the cached one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<bool>,
}

impl Call for Health {
    const NAME: &'static str = "health";
    type Params = HealthParams;
    type Output = Rendered<HealthSnapshot>;
}

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

/// `system-presence`: everybody who is there.
pub struct SystemPresence;

impl Call for SystemPresence {
    const NAME: &'static str = "system-presence";
    type Params = NoParams;
    type Output = Rendered<Vec<PresenceEntry>>;
}

/// `system-event`: a beacon that updates presence.
pub struct SystemEvent;

/// Params of `system-event`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct SystemEventParams {
    /// The line to show; must hold more than white space.
    pub text: String,
    /// Device that speaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_id: Option<String>,
    /// Instance that speaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<String>,
    /// Its host name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// Its mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its operating system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Its family.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_family: Option<String>,
    /// Its model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_identifier: Option<String>,
    /// Seconds since somebody used it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_input_seconds: Option<u64>,
    /// Why it speaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Its roles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<Role>>,
    /// Its scopes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scopes: Option<ScopeSet>,
    /// Free words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
}

impl Call for SystemEvent {
    const NAME: &'static str = "system-event";
    type Params = SystemEventParams;
    type Output = Acknowledged;
}

/// `system.info`: the machine.
pub struct SystemInfo;

impl Call for SystemInfo {
    const NAME: &'static str = "system.info";
    type Params = NoParams;
    type Output = SystemInfoResult;
}

/// Result of `system.info`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemInfoResult {
    /// Name of the machine for people.
    pub machine_name: String,
    /// Host name.
    pub hostname: String,
    /// `linux`, `macos`, `windows`.
    pub platform: String,
    /// Kernel or system release.
    pub release: String,
    /// Processor architecture.
    pub arch: String,
    /// Operating system for people.
    pub os_label: String,
    /// Address in the local network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lan_address: Option<String>,
    /// Port of the gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Runtime version; clients expect the key, ours names the gateway.
    pub node_version: String,
    /// Process id.
    pub pid: u32,
    /// Milliseconds since the gateway started.
    pub uptime_ms: u64,
    /// Logical processors.
    pub cpu_count: usize,
    /// Bytes.
    pub memory_total_bytes: u64,
    /// Bytes.
    pub memory_free_bytes: u64,
    /// Bytes of the file system with the state folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk_total_bytes: Option<u64>,
    /// Bytes free there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk_available_bytes: Option<u64>,
    /// Where that file system is mounted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk_path: Option<String>,
}

/// `gateway.identity.get`: the gateway's own device identity.
pub struct GatewayIdentityGet;

impl Call for GatewayIdentityGet {
    const NAME: &'static str = "gateway.identity.get";
    type Params = NoParams;
    type Output = GatewayIdentity;
}

/// Result of `gateway.identity.get`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayIdentity {
    /// Hex SHA-256 of the key.
    pub device_id: String,
    /// Base64url of the raw key.
    pub public_key: String,
}

/// `last-heartbeat`: the last heartbeat event, or `null`.
pub struct LastHeartbeat;

impl Call for LastHeartbeat {
    const NAME: &'static str = "last-heartbeat";
    type Params = NoParams;
    type Output = Nullable<Heartbeat>;
}

/// Event `heartbeat`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Heartbeat {
    /// When it ran, epoch milliseconds.
    pub ts: i64,
    /// `sent`, `ok-empty`, `ok-token`, `skipped` or `failed`.
    pub status: String,
    /// Receiver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Start of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<String>,
    /// Milliseconds it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// Why it was skipped or failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Channel used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_stays_null_where_the_contract_says_so() {
        let recent = RecentSession { key: "k".into(), updated_at: Nullable::Null, age: Nullable::Value(3) };
        let text = serde_json::to_string(&recent).unwrap();
        assert_eq!(text, r#"{"key":"k","updatedAt":null,"age":3}"#);
        assert_eq!(serde_json::from_str::<RecentSession>(&text).unwrap(), recent);
    }

    #[test]
    fn presence_leaves_absent_fields_out() {
        let entry = PresenceEntry { ts: 5, host: Some("desk".into()), ..PresenceEntry::default() };
        assert_eq!(serde_json::to_string(&entry).unwrap(), r#"{"host":"desk","ts":5}"#);
    }
}
