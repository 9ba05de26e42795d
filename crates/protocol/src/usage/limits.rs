//! `usage.override`: an admin lets agents go on past a daily limit.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::Call;

/// `usage.override`: lift the daily limits for a while, or put them back.
pub struct UsageOverride;

/// Params of `usage.override`: `clear`, or a reason and one of `untilMs`, `forMs`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageOverrideParams {
    /// Whose limits; the shared ones are lifted for this agent too. Default: every agent's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub agent_id: Option<String>,
    /// Until when, epoch milliseconds; at most a day ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<i64>,
    /// For how long, milliseconds; at most a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub for_ms: Option<u64>,
    /// Why. Kept in the audit trail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 300))]
    pub reason: Option<String>,
    /// Put the limits back: of the agent, or without `agentId` of everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clear: Option<bool>,
}

impl Call for UsageOverride {
    const NAME: &'static str = "usage.override";
    type Params = UsageOverrideParams;
    type Output = UsageOverrideResult;
}

/// Result of `usage.override`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UsageOverrideResult {
    /// Always true; a failure is an error frame.
    pub ok: bool,
    /// What is lifted now.
    pub overrides: Vec<LimitOverride>,
}

/// Limits that are lifted for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LimitOverride {
    /// For whom; absent for every agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// Since when, epoch milliseconds.
    pub since_ms: i64,
    /// Until when, epoch milliseconds.
    pub until_ms: i64,
    /// Why.
    pub reason: String,
    /// Who decided: a device, or the client's name.
    pub by: String,
}
