//! What is kept about a session besides its transcript.

use postern_protocol::chat::{ElevatedLevel, QueueMode, ReasoningLevel, ThinkingLevel, VerboseLevel};
use serde::{Deserialize, Serialize};

/// How the last run of a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RunEnd {
    /// With an answer.
    Done,
    /// With an error.
    Failed,
    /// Somebody stopped it.
    Aborted,
    /// It took too long.
    Timeout,
    /// The gateway ended before it did.
    Interrupted,
}

/// The last run of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LastRun {
    /// Its id.
    pub run_id: String,
    /// How it ended; absent while it is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<RunEnd>,
    /// What went wrong, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl LastRun {
    /// Whether it ended without an answer, so that it can be resumed.
    #[must_use]
    pub fn was_left(&self) -> bool {
        matches!(self.end, Some(RunEnd::Interrupted | RunEnd::Failed | RunEnd::Aborted | RunEnd::Timeout))
    }
}

/// A session.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionRecord {
    /// Canonical key.
    pub key: String,
    /// Names the transcript; a reset gives a new one.
    pub session_id: String,
    /// Agent that owns it.
    pub agent_id: String,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Epoch milliseconds of the last message or change.
    pub updated_at: i64,
    /// Position of the last message.
    pub last_seq: i64,
    /// Messages up to this position were compacted away.
    #[serde(skip_serializing_if = "is_zero")]
    pub hidden_to: i64,
    /// Beginning of the first thing a person said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_words: Option<String>,
    /// Beginning of the last thing that was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_words: Option<String>,
    /// A person's name for it; unique.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Name to show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// How long the model may think.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thinking_level: Option<ThinkingLevel>,
    /// Whether tool calls are shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verbose_level: Option<VerboseLevel>,
    /// Whether thoughts are shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_level: Option<ReasoningLevel>,
    /// Whether commands may run outside the usual limits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elevated_level: Option<ElevatedLevel>,
    /// Whether answers end with what they took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_usage: Option<String>,
    /// Where commands run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exec_host: Option<String>,
    /// Which commands run at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exec_security: Option<String>,
    /// When somebody is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exec_ask: Option<String>,
    /// Node that runs commands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exec_node: Option<String>,
    /// Model that was chosen for it, `provider/model`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_override: Option<String>,
    /// Session that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spawned_by: Option<String>,
    /// `deny` when nothing may be said in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_policy: Option<String>,
    /// When the agent answers in a group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_activation: Option<String>,
    /// What becomes of a message while a run is under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_mode: Option<QueueMode>,
    /// Put away.
    #[serde(skip_serializing_if = "is_false")]
    pub archived: bool,
    /// Kept at the top.
    #[serde(skip_serializing_if = "is_false")]
    pub pinned: bool,
    /// Something in it was not read.
    #[serde(skip_serializing_if = "is_false")]
    pub unread: bool,
    /// Icon in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// Colour in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// Group in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Provider of the model that answered last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_provider: Option<String>,
    /// Model that answered last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Tokens that models read for it, all in all.
    #[serde(skip_serializing_if = "is_zero")]
    pub input_tokens: i64,
    /// Tokens that models wrote for it, all in all.
    #[serde(skip_serializing_if = "is_zero")]
    pub output_tokens: i64,
    /// Tokens of the conversation as the last model read and wrote it.
    #[serde(skip_serializing_if = "is_zero")]
    pub total_tokens: i64,
    /// Its last run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_run: Option<LastRun>,
    /// Session ids before resets, oldest first; their transcripts are still there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub former_ids: Vec<String>,
    /// How often it was compacted.
    #[serde(skip_serializing_if = "is_zero")]
    pub compactions: i64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
fn is_false(flag: &bool) -> bool {
    !flag
}

impl SessionRecord {
    /// Messages that are not compacted away.
    #[must_use]
    pub fn visible_messages(&self) -> i64 {
        self.last_seq - self.hidden_to
    }
}
