//! `usage.cost`: tokens and money by day.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::Call;

/// `usage.cost`: what the days of a range took.
pub struct UsageCost;

/// Params of `usage.cost`. Days are days in UTC.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageCostParams {
    /// How many days, today included. Default 30; more than 366 are 366.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub days: Option<u32>,
    /// First day, `2026-11-21`; wins over `days`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub start_date: Option<String>,
    /// Last day. Default today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub end_date: Option<String>,
    /// Only this agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub agent_id: Option<String>,
}

impl Call for UsageCost {
    const NAME: &'static str = "usage.cost";
    type Params = UsageCostParams;
    type Output = UsageCostResult;
}

/// Result of `usage.cost`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageCostResult {
    /// Epoch milliseconds.
    pub updated_at: i64,
    /// How many days were looked at.
    pub days: u32,
    /// First of them, in UTC.
    pub start_date: String,
    /// Last of them, in UTC.
    pub end_date: String,
    /// The days on which something was taken, oldest first.
    pub daily: Vec<UsageDay>,
    /// All of them together.
    pub totals: CostTotals,
}

/// One day in [`UsageCostResult`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageDay {
    /// The day in UTC, `2026-11-21`.
    pub date: String,
    /// What it took.
    #[serde(flatten)]
    pub totals: CostTotals,
}

/// Tokens and money. Money is USD, in steps of a millionth; its four parts
/// divide it by today's prices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CostTotals {
    /// Tokens read.
    pub input: u64,
    /// Tokens written.
    pub output: u64,
    /// Tokens read from a provider's cache.
    pub cache_read: u64,
    /// Tokens written to one.
    pub cache_write: u64,
    /// All of them.
    pub total_tokens: u64,
    /// USD.
    pub total_cost: f64,
    /// USD for tokens read.
    pub input_cost: f64,
    /// USD for tokens written.
    pub output_cost: f64,
    /// USD for tokens read from a cache.
    pub cache_read_cost: f64,
    /// USD for tokens written to a cache.
    pub cache_write_cost: f64,
    /// Answers of models without a known price: their tokens are counted, money is not.
    pub missing_cost_entries: u64,
}
