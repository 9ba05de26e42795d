//! `sessions.usage`, `.timeseries`, `.logs`: what single conversations took
//! (`methods.md §3`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CostTotals;
use crate::call::Call;
use crate::ids::SessionKey;
use crate::system::Nullable;

/// `sessions.usage`: what conversations took.
pub struct SessionsUsage;

/// Params of `sessions.usage`. Days are days in UTC, whatever `mode` says.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsUsageParams {
    /// Only this conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<SessionKey>,
    /// Only this agent's. Default: every agent's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub agent_id: Option<String>,
    /// First day, `2026-11-21`. Default: 30 days, today included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub start_date: Option<String>,
    /// Last day. Default today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub end_date: Option<String>,
    /// How many days, when no first day is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<UsageRange>,
    /// Most conversations that are listed, 1 to 1000. Default 50. The sums are over all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub limit: Option<u32>,
}

/// How many days. Everything is bounded by 366 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum UsageRange {
    /// A week.
    #[serde(rename = "7d")]
    Week,
    /// A month.
    #[serde(rename = "30d")]
    Month,
    /// A quarter.
    #[serde(rename = "90d")]
    Quarter,
    /// A year.
    #[serde(rename = "1y")]
    Year,
    /// As far back as it goes.
    #[serde(rename = "all")]
    All,
}

impl Call for SessionsUsage {
    const NAME: &'static str = "sessions.usage";
    type Params = SessionsUsageParams;
    type Output = SessionsUsageResult;
}

/// Result of `sessions.usage`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsUsageResult {
    /// Epoch milliseconds.
    pub updated_at: i64,
    /// First day that was looked at, in UTC.
    pub start_date: String,
    /// Last one.
    pub end_date: String,
    /// The conversations that took something, the last used first.
    pub sessions: Vec<SessionUsage>,
    /// All of the range together, also what the list leaves out.
    pub totals: CostTotals,
    /// The same in other groups.
    pub aggregates: UsageAggregates,
}

/// One conversation in [`SessionsUsageResult`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionUsage {
    /// Its canonical key.
    pub key: String,
    /// Its label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Its id, while it exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// Its agent.
    pub agent_id: String,
    /// Epoch milliseconds of its last answer in the range.
    pub updated_at: i64,
    /// Provider of the model that answered last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_provider: Option<String>,
    /// The model that answered last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What it took; `null` when it took nothing in the range.
    pub usage: Nullable<SessionUsageTotals>,
}

/// What one conversation took.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionUsageTotals {
    /// The sums.
    #[serde(flatten)]
    pub totals: CostTotals,
    /// Epoch milliseconds of its last answer.
    pub last_activity: i64,
    /// Days on which it took something.
    pub activity_dates: Vec<String>,
    /// By day.
    pub daily_breakdown: Vec<UsageDayCost>,
    /// By model.
    pub model_usage: Vec<ModelUsage>,
}

/// One day of one conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UsageDayCost {
    /// The day in UTC.
    pub date: String,
    /// Tokens of every kind.
    pub tokens: u64,
    /// USD.
    pub cost: f64,
}

/// What one model, or all of one provider, took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModelUsage {
    /// The provider.
    pub provider: String,
    /// The model; absent in a sum over a provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Answers.
    pub count: u64,
    /// The sums.
    pub totals: CostTotals,
}

/// The range in groups.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageAggregates {
    /// Messages, as far as models wrote them.
    pub messages: UsageMessages,
    /// Tool calls; not counted here, so always empty.
    pub tools: UsageTools,
    /// By model, the most expensive first.
    pub by_model: Vec<ModelUsage>,
    /// By provider.
    pub by_provider: Vec<ModelUsage>,
    /// By agent.
    pub by_agent: Vec<AgentUsage>,
    /// By messaging channel; not counted here, so always empty.
    pub by_channel: Vec<ChannelUsage>,
    /// By day.
    pub daily: Vec<AggregateDay>,
}

/// Messages by kind. Only answers of models are counted here; the others are 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageMessages {
    /// All that are counted.
    pub total: u64,
    /// From people.
    pub user: u64,
    /// From models.
    pub assistant: u64,
    /// Calls of tools.
    pub tool_calls: u64,
    /// Results of tools.
    pub tool_results: u64,
    /// Failures.
    pub errors: u64,
}

/// Tool calls.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageTools {
    /// How many.
    pub total_calls: u64,
    /// Of how many tools.
    pub unique_tools: u64,
    /// By tool.
    pub tools: Vec<UsageTool>,
}

/// Calls of one tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UsageTool {
    /// Its name.
    pub name: String,
    /// How many.
    pub count: u64,
}

/// What one agent took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentUsage {
    /// The agent.
    pub agent_id: String,
    /// The sums.
    pub totals: CostTotals,
}

/// What one messaging channel took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChannelUsage {
    /// The channel.
    pub channel: String,
    /// The sums.
    pub totals: CostTotals,
}

/// One day over all conversations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AggregateDay {
    /// The day in UTC.
    pub date: String,
    /// Tokens of every kind.
    pub tokens: u64,
    /// USD.
    pub cost: f64,
    /// Answers of models.
    pub messages: u64,
    /// Calls of tools; not counted here, so 0.
    pub tool_calls: u64,
    /// Failures; not counted here, so 0.
    pub errors: u64,
}

/// `sessions.usage.timeseries`: one conversation answer by answer.
pub struct SessionsUsageTimeseries;

/// Params that name a conversation in a usage report.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionUsageParams {
    /// The conversation.
    pub key: SessionKey,
    /// Most rows, 1 to 1000, the newest. Default 200.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub limit: Option<u32>,
}

impl Call for SessionsUsageTimeseries {
    const NAME: &'static str = "sessions.usage.timeseries";
    type Params = SessionUsageParams;
    type Output = SessionsUsageTimeseriesResult;
}

/// Result of `sessions.usage.timeseries`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsUsageTimeseriesResult {
    /// Id of the conversation at its last answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// Oldest first.
    pub points: Vec<UsagePoint>,
}

/// One answer in [`SessionsUsageTimeseriesResult`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsagePoint {
    /// Epoch milliseconds.
    pub timestamp: i64,
    /// Tokens read.
    pub input: u64,
    /// Tokens written.
    pub output: u64,
    /// Tokens read from a cache.
    pub cache_read: u64,
    /// Tokens written to a cache.
    pub cache_write: u64,
    /// All of them.
    pub total_tokens: u64,
    /// USD; 0 when the model has no known price.
    pub cost: f64,
    /// Tokens of this and all earlier points.
    pub cumulative_tokens: u64,
    /// USD of this and all earlier points.
    pub cumulative_cost: f64,
}

/// `sessions.usage.logs`: which model answered when, for how much.
pub struct SessionsUsageLogs;

impl Call for SessionsUsageLogs {
    const NAME: &'static str = "sessions.usage.logs";
    type Params = SessionUsageParams;
    type Output = SessionsUsageLogsResult;
}

/// Result of `sessions.usage.logs`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SessionsUsageLogsResult {
    /// Oldest first.
    pub logs: Vec<UsageLogLine>,
}

/// One line in [`SessionsUsageLogsResult`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageLogLine {
    /// Epoch milliseconds.
    pub timestamp: i64,
    /// `assistant`: models wrote it.
    pub role: String,
    /// What happened, for people.
    pub content: String,
    /// Tokens of every kind.
    pub tokens: u64,
    /// USD; absent when the model has no known price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// Run it belongs to.
    pub run_id: String,
}
