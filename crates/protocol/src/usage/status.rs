//! `usage.status`: how far the daily limits are, and `usage`, its other name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CostTotals, LimitOverride};
use crate::call::{Call, NoParams};

/// `usage.status`: how far the daily limits are.
pub struct UsageStatus;

impl Call for UsageStatus {
    const NAME: &'static str = "usage.status";
    type Params = NoParams;
    type Output = UsageStatusResult;
}

/// `usage`: the other name of `usage.status`.
pub struct Usage;

impl Call for Usage {
    const NAME: &'static str = "usage";
    type Params = NoParams;
    type Output = UsageStatusResult;
}

/// Result of `usage.status`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageStatusResult {
    /// Epoch milliseconds.
    pub updated_at: i64,
    /// The limits in the form that clients draw as bars. Empty without limits.
    pub providers: Vec<UsageProvider>,
    /// Today in UTC, and what it took.
    pub today: UsageToday,
    /// The limits with their numbers.
    pub limits: Vec<UsageLimit>,
    /// Limits that are lifted for a while.
    pub overrides: Vec<LimitOverride>,
    /// What people should know: limits that are reached, models without a price.
    pub notes: Vec<String>,
}

/// Something that has limits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageProvider {
    /// Its id.
    pub provider: String,
    /// Its name for people.
    pub display_name: String,
    /// Its limits.
    pub windows: Vec<UsageWindow>,
    /// What the account is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// Why nothing is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// One limit as a bar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageWindow {
    /// Its name for people.
    pub label: String,
    /// 0 to 100.
    pub used_percent: f64,
    /// When it starts again, epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset_at: Option<i64>,
}

/// Today so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageToday {
    /// The day in UTC.
    pub date: String,
    /// What it took.
    pub totals: CostTotals,
}

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LimitUnit {
    /// Money.
    Usd,
    /// Tokens of every kind.
    Tokens,
}

/// One daily limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageLimit {
    /// Whose; absent for the one that all agents share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// What it counts.
    pub unit: LimitUnit,
    /// Spent today.
    pub spent: f64,
    /// Set aside for answers that are under way.
    pub reserved: f64,
    /// The limit.
    pub limit: f64,
    /// 0 to 100.
    pub used_percent: f64,
    /// When it starts again, epoch milliseconds.
    pub reset_at: i64,
    /// Whether it keeps agents from asking models now.
    pub blocked: bool,
    /// Answers of today without a known price; they count in no limit of money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unpriced_answers: Option<u64>,
}
