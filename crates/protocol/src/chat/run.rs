//! `agent`, `agent.wait`, and the session methods that start or stop a run
//! (`methods.md §3, §4`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Attachment, ChatAbortResult, MessageUsage, SentRun};
use crate::call::Call;
use crate::ids::{IdempotencyKey, SessionKey};

/// `agent`: runs an agent once and answers twice: when the run is accepted, and
/// when it ended.
pub struct Agent;

impl Call for Agent {
    const NAME: &'static str = "agent";
    type Params = AgentParams;
    type Output = AgentResult;
}

/// Params of `agent`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentParams {
    /// What is said.
    pub message: String,
    /// Agent that answers. Default: the owner of the session, else the default agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// Session. Default: the agent's main session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key: Option<SessionKey>,
    /// Session, by id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// How long the model may think.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking: Option<String>,
    /// Model, `provider/model`, or the part after the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Provider of `model`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Whether the answer also goes to a channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliver: Option<bool>,
    /// Channel that the answer goes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Pictures and text files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Vec<Attachment>>,
    /// Longest run, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u64>,
    /// Instructions besides the agent's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra_system_prompt: Option<String>,
    /// Folder that the agent works in; needs admin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// Name given to a session that is made for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Session that asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spawned_by: Option<String>,
    /// Names the run; the same key never starts a second one.
    pub idempotency_key: IdempotencyKey,
}

/// Either answer of `agent`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentResult {
    /// The run: the idempotency key.
    pub run_id: String,
    /// `accepted` in the first answer, `ok` in the last.
    pub status: String,
    /// In the first answer: epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<i64>,
    /// In the last answer: `completed`, or how it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// In the last answer: what was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<AgentOutcome>,
}

/// What a run came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentOutcome {
    /// What was answered.
    pub payloads: Vec<AgentPayload>,
    /// How.
    pub meta: AgentMeta,
}

/// One piece of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentPayload {
    /// Words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A picture or file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_url: Option<String>,
}

/// How a run came about.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentMeta {
    /// Milliseconds from start to end.
    pub duration_ms: u64,
    /// By whom.
    pub agent_meta: AgentRunMeta,
}

/// Who answered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentRunMeta {
    /// Id of the session.
    pub session_id: String,
    /// Provider of the model.
    pub provider: String,
    /// The model.
    pub model: String,
    /// What it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<MessageUsage>,
}

/// `agent.wait`: waits for the end of a run, also of one that `chat.send` began.
pub struct AgentWait;

impl Call for AgentWait {
    const NAME: &'static str = "agent.wait";
    type Params = AgentWaitParams;
    type Output = AgentWaitResult;
}

/// Params of `agent.wait`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentWaitParams {
    /// The run.
    #[schemars(length(min = 1, max = 256))]
    pub run_id: String,
    /// Longest wait, milliseconds. Default 30000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 3_600_000))]
    pub timeout_ms: Option<u64>,
}

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WaitStatus {
    /// The run ended with an answer.
    Ok,
    /// It failed or was stopped.
    Error,
    /// It is not over, or nobody knows of it.
    Timeout,
}

/// Result of `agent.wait`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentWaitResult {
    /// The run.
    pub run_id: String,
    /// How the wait ended.
    pub status: WaitStatus,
    /// Epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<i64>,
    /// Epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<i64>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// `sessions.send`: like `chat.send`, with a session's key.
pub struct SessionsSend;

impl Call for SessionsSend {
    const NAME: &'static str = "sessions.send";
    type Params = SessionsSendParams;
    type Output = SessionsSendResult;
}

/// `sessions.steer`: tells the running answer something; without one it is
/// answered like any message.
pub struct SessionsSteer;

impl Call for SessionsSteer {
    const NAME: &'static str = "sessions.steer";
    type Params = SessionsSendParams;
    type Output = SessionsSendResult;
}

/// Params of `sessions.send` and `sessions.steer`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsSendParams {
    /// Session.
    pub key: SessionKey,
    /// Agent that owns a bare key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// What is said.
    pub message: String,
    /// How long the model may think.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking: Option<String>,
    /// Pictures and text files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Vec<Attachment>>,
    /// Longest run, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// Names the run. Default: a new id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<IdempotencyKey>,
}

/// Result of `sessions.send` and `sessions.steer`: a run, or what was stopped.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum SessionsSendResult {
    /// A run.
    Run(SentRun),
    /// Runs were stopped.
    Stopped(ChatAbortResult),
}

/// `sessions.abort`: stops the run of a session.
pub struct SessionsAbort;

impl Call for SessionsAbort {
    const NAME: &'static str = "sessions.abort";
    type Params = SessionsAbortParams;
    type Output = SessionsAbortResult;
}

/// Params of `sessions.abort`: a session, a run, or both.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsAbortParams {
    /// Session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<SessionKey>,
    /// Only this run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// Agent that owns a bare key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// Whether messages that wait are dropped too. Default false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clear_queued: Option<bool>,
}

/// Whether `sessions.abort` stopped anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AbortStatus {
    /// It did.
    Aborted,
    /// Nothing ran.
    NoActiveRun,
}

/// Result of `sessions.abort`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsAbortResult {
    /// Always true.
    pub ok: bool,
    /// The run that was stopped; `null` when there was none.
    pub aborted_run_id: crate::system::Nullable<String>,
    /// Whether anything was stopped.
    pub status: AbortStatus,
}

/// `sessions.recover`: answers the last message of a session that an
/// interruption left without an answer.
pub struct SessionsRecover;

impl Call for SessionsRecover {
    const NAME: &'static str = "sessions.recover";
    type Params = SessionsRecoverParams;
    type Output = SessionsRecoverResult;
}

/// Params of `sessions.recover`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsRecoverParams {
    /// Session.
    pub key: SessionKey,
    /// Agent that owns a bare key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// Names the run. Default: a new id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<IdempotencyKey>,
}

/// Result of `sessions.recover`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsRecoverResult {
    /// Always true.
    pub ok: bool,
    /// Session, by canonical key.
    pub key: String,
    /// Id of the session.
    pub session_id: String,
    /// The run that answers now.
    pub continuation: Continuation,
}

/// A run that goes on where another was interrupted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Continuation {
    /// Always `started`.
    pub status: String,
    /// The run.
    pub run_id: String,
}
