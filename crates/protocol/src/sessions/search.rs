//! `sessions.search`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::ids::SessionKey;

/// `sessions.search`: where something was said.
pub struct SessionsSearch;

impl Call for SessionsSearch {
    const NAME: &'static str = "sessions.search";
    type Params = SessionsSearchParams;
    type Output = SessionsSearchResult;
}

/// Params of `sessions.search`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsSearchParams {
    /// Words that are all in the message.
    #[schemars(length(min = 1, max = 4096))]
    pub query: String,
    /// Only of this agent. Who is not admin and names neither agent nor
    /// sessions searches the default agent's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub agent_id: Option<String>,
    /// Only in these sessions; of several agents only for an admin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub session_keys: Option<Vec<SessionKey>>,
    /// Most hits, 10 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 25))]
    pub limit: Option<u32>,
}

/// Result of `sessions.search`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SessionsSearchResult {
    /// Best first.
    pub results: Vec<SessionsSearchHit>,
    /// Whether there are more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truncated: Option<bool>,
}

/// A message that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsSearchHit {
    /// Canonical key of its session.
    pub session_key: String,
    /// Id of its session.
    pub session_id: String,
    /// Its id.
    pub message_id: String,
    /// Who said it.
    pub role: HitRole,
    /// Epoch milliseconds.
    pub timestamp: i64,
    /// The words around the hit.
    pub snippet: String,
    /// How well it fits; higher is better.
    pub score: f64,
}

/// Who said what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HitRole {
    /// A person.
    User,
    /// The agent.
    Assistant,
}
