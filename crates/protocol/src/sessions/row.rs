//! A session as lists show it (`methods.md §3, row`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::chat::{ElevatedLevel, QueueMode, ReasoningLevel, ThinkingLevel, VerboseLevel};
use crate::system::Nullable;

/// What a session is between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SessionKind {
    /// One person and the agent.
    Direct,
    /// Several people and the agent.
    Group,
    /// Everybody and the agent.
    Global,
    /// Whatever named no session.
    Unknown,
}

/// Where a conversation of a messaging channel takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SessionChatType {
    /// Between two.
    Direct,
    /// In a group.
    Group,
    /// In a public channel.
    Channel,
}

/// How the last run of a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SessionStatus {
    /// It waits for its turn.
    Queued,
    /// It is under way.
    Running,
    /// It ended with an answer.
    Done,
    /// It failed.
    Failed,
    /// It was stopped, or the gateway ended first.
    Killed,
    /// It took too long.
    Timeout,
}

/// Who may see a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SessionVisibility {
    /// Every operator of the gateway.
    Shared,
}

/// What the caller may do with a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SessionSharingRole {
    /// Everything that its scopes allow.
    Admin,
}

/// Who chose the model of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ModelOverrideSource {
    /// A person.
    User,
}

/// A thinking level that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ThinkingOption {
    /// The wire word.
    pub id: String,
    /// For people.
    pub label: String,
}

/// A session as lists show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionRow {
    /// Canonical key.
    pub key: String,
    /// What it is between.
    pub kind: SessionKind,
    /// Agent that owns it.
    pub agent_id: String,
    /// Whether it is its agent's main session.
    pub is_main: bool,
    /// Names its transcript; a reset gives a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// A person's name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Name to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Title made of the first thing a person said; on request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derived_title: Option<String>,
    /// Beginning of the last thing that was said; on request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message_preview: Option<String>,
    /// Messaging channel that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Where on that channel it takes place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat_type: Option<SessionChatType>,
    /// Epoch milliseconds of the last message or change; `null` when never used.
    pub updated_at: Nullable<i64>,
    /// Epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<i64>,
    /// Put away.
    pub archived: bool,
    /// Kept at the top.
    pub pinned: bool,
    /// Something in it was not read.
    pub unread: bool,
    /// Icon in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// Colour in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// Group in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// How its last run stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<SessionStatus>,
    /// Whether a run is under way.
    pub has_active_run: bool,
    /// Runs under way or waiting, oldest first.
    pub active_run_ids: Vec<String>,
    /// Its last run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_run_id: Option<String>,
    /// What went wrong in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_run_error: Option<String>,
    /// Whether it was stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aborted_last_run: Option<bool>,
    /// Whether the agent has been told who it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_sent: Option<bool>,
    /// How long the model may think.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking_level: Option<ThinkingLevel>,
    /// Levels that can be chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking_levels: Option<Vec<ThinkingOption>>,
    /// The same, words only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking_options: Option<Vec<String>>,
    /// Level when none is chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking_default: Option<ThinkingLevel>,
    /// Whether tool calls are shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verbose_level: Option<VerboseLevel>,
    /// Whether thoughts are shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_level: Option<ReasoningLevel>,
    /// Whether commands may run outside the usual limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elevated_level: Option<ElevatedLevel>,
    /// `deny` when nothing may be said in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_policy: Option<String>,
    /// When the agent answers in a group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_activation: Option<String>,
    /// What becomes of a message while a run is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_mode: Option<QueueMode>,
    /// Whether answers end with what they took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_usage: Option<String>,
    /// Where commands run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exec_host: Option<String>,
    /// Which commands run at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exec_security: Option<String>,
    /// When somebody is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exec_ask: Option<String>,
    /// Node that runs commands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exec_node: Option<String>,
    /// Session that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spawned_by: Option<String>,
    /// Tokens that models read for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_tokens: Option<i64>,
    /// Tokens that models wrote for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_tokens: Option<i64>,
    /// Tokens of the conversation as the last model read and wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_tokens: Option<i64>,
    /// Provider of the model that answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_provider: Option<String>,
    /// The model that answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Who chose it, when it was chosen for this session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_override_source: Option<ModelOverrideSource>,
    /// Tokens that it can read and write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_tokens: Option<u64>,
    /// Who may see it.
    pub visibility: SessionVisibility,
    /// What the caller may do with it.
    pub sharing_role: SessionSharingRole,
}
