//! `chat.send` and `chat.abort`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{QueueMode, ThinkingLevel};
use crate::call::Call;
use crate::ids::{IdempotencyKey, SessionKey};

/// `chat.send`: says something in a session and starts a run.
pub struct ChatSend;

impl Call for ChatSend {
    const NAME: &'static str = "chat.send";
    type Params = ChatSendParams;
    type Output = ChatSendResult;
}

/// Params of `chat.send`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChatSendParams {
    /// Session, in any form: `main`, a bare key, or `agent:ID:KEY`.
    pub session_key: SessionKey,
    /// Agent that owns a bare key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// What is said; may be empty beside an attachment.
    pub message: String,
    /// How long the model may think, for this run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking: Option<String>,
    /// Whether the answer also goes to the session's channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliver: Option<bool>,
    /// Pictures and text files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Vec<Attachment>>,
    /// Longest run, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// What to do while another run is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_mode: Option<QueueMode>,
    /// Names the run; the same key never starts a second one.
    pub idempotency_key: IdempotencyKey,
}

/// Something sent with a message.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// `image` or `file`; a hint.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Its MIME type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// Base64 of its bytes, or a `data:` URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

/// What became of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SendStatus {
    /// It began, or waits for its turn.
    Started,
    /// It was asked for before and is under way.
    InFlight,
    /// It ended.
    Ok,
    /// It failed.
    Error,
}

/// Result of `chat.send`: a run, or for `/stop` and stop words what was stopped.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ChatSendResult {
    /// A run.
    Run(SentRun),
    /// Runs were stopped.
    Stopped(ChatAbortResult),
}

/// The run that a message belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SentRun {
    /// Its id: the idempotency key.
    pub run_id: String,
    /// What became of it.
    pub status: SendStatus,
    /// With `error`: what went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// `chat.abort`: stops a run, or all runs of a session.
pub struct ChatAbort;

impl Call for ChatAbort {
    const NAME: &'static str = "chat.abort";
    type Params = ChatAbortParams;
    type Output = ChatAbortResult;
}

/// Params of `chat.abort`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChatAbortParams {
    /// Session.
    pub session_key: SessionKey,
    /// Agent that owns a bare key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// Only this run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
}

/// Result of `chat.abort`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChatAbortResult {
    /// Always true.
    pub ok: bool,
    /// Whether anything was stopped.
    pub aborted: bool,
    /// What was stopped.
    pub run_ids: Vec<String>,
}

/// Reads a thinking level that a client wrote.
#[must_use]
pub fn read_thinking(written: Option<&str>) -> Option<Result<ThinkingLevel, ()>> {
    let written = written.map(str::trim).filter(|level| !level.is_empty())?;
    Some(ThinkingLevel::parse(written).ok_or(()))
}
