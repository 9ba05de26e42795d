//! The health object, its event and method `health`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Nullable;
use crate::call::{Audience, Call, Event, OnSlow, Rendered};

/// The health object; also the payload of event `health`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
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
    /// When the gateway's machine last woke from sleep, epoch milliseconds; absent when it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_wake_ms: Option<i64>,
    /// Less runs than should, and why; absent when all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub safe_mode: Option<SafeMode>,
}

/// That a gateway runs with less than it should.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SafeMode {
    /// What for.
    pub reason: SafeModeReason,
    /// What is wrong and what to do, for people.
    pub problems: Vec<String>,
}

/// What safe mode is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SafeModeReason {
    /// The configuration is invalid; the last one that was valid is in force.
    Config,
    /// Several starts in a row ended badly; tools and background work are off.
    Crashes,
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
