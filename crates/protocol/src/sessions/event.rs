//! What subscribers of sessions are told (`frames-and-events.md §6`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::SessionRow;
use crate::access::Scope;
use crate::call::{Audience, Event, OnSlow};
use crate::chat::ChatMessage;

/// Event `sessions.changed`, to `sessions.subscribe`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsChanged {
    /// `create`, `patch`, `reset`, `delete`, `send`, `compact`, …
    pub reason: String,
    /// Epoch milliseconds.
    pub ts: i64,
    /// Canonical key; absent when the list should be loaded again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key: Option<String>,
    /// The session now; absent when it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Box<SessionRow>>,
    /// What the row says, once more beside it; `agentId` and `sessionId` of a
    /// session that is gone.
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}

impl Event for SessionsChanged {
    const NAME: &'static str = "sessions.changed";
    const AUDIENCE: Audience = Audience::Scope(Scope::Read);
    const ON_SLOW: OnSlow = OnSlow::Drop;
}

/// Event `session.message`, to `sessions.messages.subscribe`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionMessage {
    /// Canonical key.
    pub session_key: String,
    /// Id of the session.
    pub session_id: String,
    /// Agent that owns it.
    pub agent_id: String,
    /// The message, as in `chat.history`.
    pub message: ChatMessage,
    /// Its id.
    pub message_id: String,
    /// Its position, from 1.
    pub message_seq: i64,
    /// The session now.
    pub session: Box<SessionRow>,
    /// Epoch milliseconds.
    pub updated_at: i64,
}

impl Event for SessionMessage {
    const NAME: &'static str = "session.message";
    const AUDIENCE: Audience = Audience::Scope(Scope::Read);
    const ON_SLOW: OnSlow = OnSlow::Drop;
}

/// Event `session.operation`, to both kinds of subscribers: something that
/// takes a while begins or ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionOperation {
    /// Names this operation.
    pub operation_id: String,
    /// What is done.
    pub operation: OperationKind,
    /// Whether it begins or ends.
    pub phase: OperationPhase,
    /// Canonical key.
    pub session_key: String,
    /// Agent that owns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// Epoch milliseconds.
    pub ts: i64,
    /// At the end: whether anything was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed: Option<bool>,
    /// At the end: why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What takes a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OperationKind {
    /// Shortening a conversation.
    Compact,
}

/// Where an operation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OperationPhase {
    /// It begins.
    Start,
    /// It ends.
    End,
}

impl Event for SessionOperation {
    const NAME: &'static str = "session.operation";
    const AUDIENCE: Audience = Audience::Scope(Scope::Read);
    const ON_SLOW: OnSlow = OnSlow::Drop;
}
