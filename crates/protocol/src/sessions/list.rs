//! `sessions.list`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SessionRow;
use crate::call::Call;
use crate::system::Nullable;

/// `sessions.list`: which conversations there are.
pub struct SessionsList;

impl Call for SessionsList {
    const NAME: &'static str = "sessions.list";
    type Params = SessionsListParams;
    type Output = SessionsListResult;
}

/// Params of `sessions.list`. Every filter narrows what the others leave.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionsListParams {
    /// Most rows; the gateway gives at most 1000.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub limit: Option<u32>,
    /// Rows to leave out at the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u32>,
    /// Used within so many minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub active_minutes: Option<u32>,
    /// Also the session `global`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_global: Option<bool>,
    /// Also the session `unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_unknown: Option<bool>,
    /// With titles made of the first words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_derived_titles: Option<bool>,
    /// With the beginning of the last message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_last_message: Option<bool>,
    /// With exactly this label.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub label: Option<String>,
    /// Made by this session.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub spawned_by: Option<String>,
    /// Of this agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub agent_id: Option<String>,
    /// With these words in key, label, name, id or first words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    pub search: Option<String>,
    /// Put away or not; `"all"` is both. Default: those that are not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archived: Option<ArchivedFilter>,
    /// What is first; both words mean the last use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort_by: Option<SessionOrder>,
    /// Only of agents that exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub configured_agents_only: Option<bool>,
}

/// Which sessions, by whether they are put away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ArchivedFilter {
    /// Only those that are, or only those that are not.
    Only(bool),
    /// Both.
    Both(AllWord),
}

/// The word `all`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AllWord {
    /// All of them.
    All,
}

/// What is first in a list of sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum SessionOrder {
    /// Changed last.
    UpdatedAt,
    /// Spoken in last.
    LastInteractionAt,
}

/// Result of `sessions.list`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsListResult {
    /// When it was made, epoch milliseconds.
    pub ts: i64,
    /// Where sessions are kept.
    pub path: String,
    /// How many rows there are.
    pub count: usize,
    /// What holds where a session says nothing.
    pub defaults: SessionListDefaults,
    /// Used last first.
    pub sessions: Vec<SessionRow>,
    /// How many fit the filters; protocol 4 only, like everything below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_count: Option<usize>,
    /// Limit that was applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_applied: Option<usize>,
    /// Offset of the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_offset: Option<usize>,
    /// Whether there is a next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_more: Option<bool>,
    /// People who own sessions: a gateway has one owner, who is not listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owners: Option<Vec<SessionOwner>>,
}

/// A person who owns sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionOwner {
    /// Their name.
    pub label: String,
}

/// The model of a session that chooses none; `null` until there is one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionListDefaults {
    /// Its provider.
    pub model_provider: Nullable<String>,
    /// Its id.
    pub model: Nullable<String>,
    /// Tokens that it can read and write.
    pub context_tokens: Nullable<u64>,
}
