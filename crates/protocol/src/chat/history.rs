//! `chat.history`, `chat.startup` and `chat.message.get`.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::{ChatMessage, ChatMetadataResult, ThinkingLevel};
use crate::agents::AgentsListResult;
use crate::call::{Call, Rendered};
use crate::ids::SessionKey;
use crate::sessions::{SessionRow, ThinkingOption};

/// `chat.history`: what was said.
pub struct ChatHistory;

impl Call for ChatHistory {
    const NAME: &'static str = "chat.history";
    type Params = ChatHistoryParams;
    type Output = ChatHistoryResult;
}

/// `chat.startup`: the same with all that a page needs to begin.
pub struct ChatStartup;

impl Call for ChatStartup {
    const NAME: &'static str = "chat.startup";
    type Params = ChatHistoryParams;
    type Output = ChatHistoryResult;
}

/// Params of `chat.history` and `chat.startup`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChatHistoryParams {
    /// Session, in any form.
    pub session_key: SessionKey,
    /// Agent that owns a bare key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub agent_id: Option<String>,
    /// Most messages, 200 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub limit: Option<u32>,
    /// Newest messages to leave out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u32>,
    /// Messages around this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub message_id: Option<String>,
    /// An earlier transcript of the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub session_id: Option<String>,
    /// `deltaCursor` of an earlier answer: only what came after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub cursor: Option<String>,
    /// Longest text, characters; what is longer is cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 500_000))]
    pub max_chars: Option<u32>,
    /// Largest answer, bytes; the gateway has its own limit too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub max_bytes: Option<u64>,
}

/// Result of `chat.history`: without a cursor the newest messages, with one
/// what came after it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum ChatHistoryResult {
    /// What came after the cursor.
    Delta(Box<ChatHistoryDelta>),
    /// The cursor is of no use any more: ask without one.
    Reset(ChatHistoryReset),
    /// The newest messages.
    Page(Box<ChatHistoryPage>),
}

impl<'de> Deserialize<'de> for ChatHistoryResult {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let read = match value.get("kind").and_then(Value::as_str) {
            Some("delta") => serde_json::from_value(value).map(Self::Delta),
            Some("reset") => serde_json::from_value(value).map(Self::Reset),
            _ => serde_json::from_value(value).map(Self::Page),
        };
        read.map_err(serde::de::Error::custom)
    }
}

/// The word of [`ChatHistoryDelta`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeltaWord {
    /// The only one.
    Delta,
}

/// The word of [`ChatHistoryReset`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ResetWord {
    /// The only one.
    Reset,
}

/// What came after a cursor cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChatHistoryReset {
    /// `reset`.
    pub kind: ResetWord,
}

/// The messages after a cursor.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChatHistoryDelta {
    /// `delta`.
    pub kind: DeltaWord,
    /// Newest last.
    pub messages: Rendered<Vec<ChatMessage>>,
    /// The next cursor.
    pub delta_cursor: String,
    /// The session now.
    pub session_info: Box<SessionRow>,
    /// Messages that wait for their turn.
    pub pending_inputs: PendingInputs,
    /// The run under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_flight_run: Option<InFlightRun>,
    /// With `chat.startup`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<ChatMetadataResult>,
    /// With `chat.startup`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agents_list: Option<AgentsListResult>,
}

/// A page of a conversation.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChatHistoryPage {
    /// The key as it was asked for.
    pub session_key: String,
    /// Id of the session; absent when there is none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// Newest last.
    pub messages: Rendered<Vec<ChatMessage>>,
    /// How long the model may think.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking_level: Option<ThinkingLevel>,
    /// What only protocol 4 is told.
    #[serde(flatten)]
    pub more: Option<ChatHistoryMore>,
    /// With `chat.startup`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<ChatMetadataResult>,
    /// With `chat.startup`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agents_list: Option<AgentsListResult>,
}

/// What protocol 4 is told beside the messages.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChatHistoryMore {
    /// Whether there are older messages.
    pub has_more: bool,
    /// `offset` of the page before this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_offset: Option<i64>,
    /// Messages of the session that can be read.
    pub total_messages: i64,
    /// To be given as `cursor` later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delta_cursor: Option<String>,
    /// Messages that wait for their turn.
    pub pending_inputs: PendingInputs,
    /// What holds where the session says nothing.
    pub defaults: ChatDefaults,
    /// The session; absent when there is none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_info: Option<Box<SessionRow>>,
    /// The run under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_flight_run: Option<InFlightRun>,
}

/// What holds where a session says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChatDefaults {
    /// Provider of the model that answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_provider: Option<String>,
    /// The model that answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Tokens that it can read and write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_tokens: Option<u64>,
    /// Levels that can be chosen.
    pub thinking_levels: Vec<ThinkingOption>,
    /// The same, words only.
    pub thinking_options: Vec<String>,
    /// Level when none is chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking_default: Option<ThinkingLevel>,
}

/// Messages that wait for their turn.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PendingInputs {
    /// Oldest first.
    pub items: Vec<PendingInput>,
    /// How many there are.
    pub total: usize,
}

/// A message that waits for its turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PendingInput {
    /// Its id.
    pub id: String,
    /// Its run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// It.
    pub message: ChatMessage,
    /// Epoch milliseconds.
    pub accepted_at: i64,
    /// What becomes of it.
    pub state: PendingState,
}

/// What becomes of a message that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PendingState {
    /// It will be answered.
    Queued,
    /// Somebody took it back.
    Cancelled,
    /// The gateway ended first.
    Interrupted,
}

/// The run under way in a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InFlightRun {
    /// Its id.
    pub run_id: String,
    /// What it has said so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<i64>,
}

/// `chat.message.get`: one message, also one that `chat.history` cut.
pub struct ChatMessageGet;

impl Call for ChatMessageGet {
    const NAME: &'static str = "chat.message.get";
    type Params = ChatMessageGetParams;
    type Output = ChatMessageGetResult;
}

/// Params of `chat.message.get`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChatMessageGetParams {
    /// Session, in any form.
    pub session_key: SessionKey,
    /// Agent that owns a bare key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub agent_id: Option<String>,
    /// Id of the message.
    #[schemars(length(min = 1, max = 128))]
    pub message_id: String,
    /// Longest text, characters; what is longer is cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 2_000_000))]
    pub max_chars: Option<u32>,
}

/// Result of `chat.message.get`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChatMessageGetResult {
    /// Whether the message is here.
    pub ok: bool,
    /// It.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Rendered<ChatMessage>>,
    /// Why it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unavailable_reason: Option<MessageUnavailable>,
}

/// Why a message cannot be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageUnavailable {
    /// There is none with this id in this session.
    NotFound,
    /// It is larger than an answer may be.
    Oversized,
    /// It was compacted away.
    NotVisible,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_answer_can_be_read_back() {
        let message = r#"{"role":"user","content":"hi","timestamp":1}"#;
        let page = format!(
            r#"{{"sessionKey":"main","sessionId":"s","messages":[{message}],"hasMore":true,"totalMessages":9,"pendingInputs":{{"items":[],"total":0}},"defaults":{{"thinkingLevels":[],"thinkingOptions":[]}}}}"#
        );
        let Ok(ChatHistoryResult::Page(read)) = serde_json::from_str(&page) else { panic!("not a page") };
        assert_eq!(read.messages.read().unwrap()[0].words(), "hi");
        assert_eq!(read.more.as_ref().unwrap().total_messages, 9);
        assert_eq!(serde_json::to_string(&ChatHistoryResult::Page(read)).unwrap(), page);
        let old = format!(r#"{{"sessionKey":"main","messages":[{message}]}}"#);
        let Ok(ChatHistoryResult::Page(read)) = serde_json::from_str(&old) else { panic!("not a page") };
        assert!(read.more.is_none());
        assert_eq!(serde_json::to_string(&ChatHistoryResult::Page(read)).unwrap(), old);
        let reset = r#"{"kind":"reset"}"#;
        assert!(matches!(serde_json::from_str(reset), Ok(ChatHistoryResult::Reset(_))));
    }
}
