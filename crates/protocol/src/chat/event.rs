//! The events of a run: `chat` for people, `agent` for whoever follows closely
//! (`frames-and-events.md §5`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{ChatMessage, MessageUsage};
use crate::access::Scope;
use crate::call::{Audience, Event, OnSlow};

/// What a `chat` event tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChatState {
    /// What is being prepared; protocol 4 only.
    Status,
    /// More of the answer.
    Delta,
    /// The answer is complete.
    Final,
    /// The run was stopped.
    Aborted,
    /// The run failed.
    Error,
}

/// What is being prepared before the model answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChatPhase {
    /// History and prompt.
    PreparingContext,
    /// The request is on its way.
    StartingModel,
}

/// Why a run failed, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChatErrorKind {
    /// The model refused to answer.
    Refusal,
    /// It took too long.
    Timeout,
    /// The provider wants fewer requests, or a spend limit is reached.
    RateLimit,
    /// The conversation is longer than the model can read.
    ContextLength,
    /// Anything else.
    Unknown,
}

/// What is known about a failure of a provider.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChatErrorDetail {
    /// Provider that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 300))]
    pub provider: Option<String>,
    /// Its model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 300))]
    pub model: Option<String>,
    /// Status of its HTTP answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// Its own word for the failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 300))]
    pub provider_error_type: Option<String>,
    /// The beginning of its own text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 300))]
    pub provider_error_message_preview: Option<String>,
}

/// Event `chat`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChatEvent {
    /// The run.
    pub run_id: String,
    /// Its session: the canonical key; for protocol 3 as the client wrote it.
    pub session_key: String,
    /// Agent that owns the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// Number of the `agent` event behind it; rises, with holes.
    pub seq: u64,
    /// What it tells.
    pub state: ChatState,
    /// With `status`: what is being prepared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<ChatPhase>,
    /// The whole text so far, or the answer. On protocol 4 a delta carries it now
    /// and then only, so that an answer costs what it is long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Box<ChatMessage>>,
    /// With `delta` on protocol 4: what is new since the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delta_text: Option<String>,
    /// With `delta`: `delta_text` is the whole text and replaces what was shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replace: Option<bool>,
    /// Why the run ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_reason: Option<String>,
    /// What it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<MessageUsage>,
    /// What went wrong, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    /// What went wrong, for programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_kind: Option<ChatErrorKind>,
    /// What is known about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_detail: Option<ChatErrorDetail>,
}

impl ChatEvent {
    /// An event that tells only its state.
    #[must_use]
    pub fn new(run_id: &str, session_key: &str, seq: u64, state: ChatState) -> Self {
        Self {
            run_id: run_id.to_owned(),
            session_key: session_key.to_owned(),
            agent_id: None,
            seq,
            state,
            phase: None,
            message: None,
            delta_text: None,
            replace: None,
            stop_reason: None,
            usage: None,
            error_message: None,
            error_kind: None,
            error_detail: None,
        }
    }
}

impl Event for ChatEvent {
    const NAME: &'static str = "chat";
    const AUDIENCE: Audience = Audience::Scope(Scope::Read);
    const ON_SLOW: OnSlow = OnSlow::Close;

    fn in_v3(&self) -> Option<Value> {
        let mut payload = json!({
            "runId": self.run_id, "sessionKey": self.session_key, "seq": self.seq, "state": self.state,
        });
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                payload[name] = value;
            }
        };
        put("message", self.message.as_ref().and_then(|message| serde_json::to_value(message).ok()));
        put("stopReason", self.stop_reason.clone().map(Value::from));
        put("usage", self.usage.and_then(|usage| serde_json::to_value(usage).ok()));
        put("errorMessage", self.error_message.clone().map(Value::from));
        Some(payload)
    }
}

/// Event `agent`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentEvent {
    /// The run.
    pub run_id: String,
    /// Number within the run, from 1.
    pub seq: u64,
    /// `lifecycle`, `assistant`, `thinking`, `tool`, `compaction`, `usage`, …
    pub stream: String,
    /// Epoch milliseconds.
    pub ts: i64,
    /// What happened; its keys depend on the stream.
    pub data: Value,
    /// Session, as in [`ChatEvent`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key: Option<String>,
    /// Id of the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// Agent that owns the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
}

impl Event for AgentEvent {
    const NAME: &'static str = "agent";
    const AUDIENCE: Audience = Audience::Scope(Scope::Read);
    const ON_SLOW: OnSlow = OnSlow::Drop;

    fn in_v3(&self) -> Option<Value> {
        let mut payload = json!({
            "runId": self.run_id, "seq": self.seq, "stream": self.stream, "ts": self.ts, "data": self.data,
        });
        if let Some(key) = &self.session_key {
            payload["sessionKey"] = key.clone().into();
        }
        Some(payload)
    }
}
