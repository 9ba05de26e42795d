//! `sessions.create`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{SessionEntry, SessionProblem};
use crate::call::Call;
use crate::chat::Attachment;
use crate::ids::{IdempotencyKey, SessionKey};

/// `sessions.create`: a session, and perhaps the first thing said in it.
pub struct SessionsCreate;

impl Call for SessionsCreate {
    const NAME: &'static str = "sessions.create";
    type Params = SessionsCreateParams;
    type Output = SessionsCreateResult;
}

/// Params of `sessions.create`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionsCreateParams {
    /// Its key, in any form; a new one when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<SessionKey>,
    /// Agent that owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub agent_id: Option<String>,
    /// A person's name for it; unique.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub label: Option<String>,
    /// Name to show.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 500))]
    pub display_name: Option<String>,
    /// Group in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub category: Option<String>,
    /// Model that answers, `provider/model`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub model: Option<String>,
    /// How long the model may think.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 32))]
    pub thinking_level: Option<String>,
    /// Session that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_session_key: Option<SessionKey>,
    /// The first thing said in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The same under another name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// Pictures and text files beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Vec<Attachment>>,
    /// The same key never makes a second session or run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<IdempotencyKey>,
    /// Folder to work in: refused, a workspace belongs to the agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// A copy of a repository to work in: refused, there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worktree: Option<bool>,
    /// Node that runs commands; needs admin.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub exec_node: Option<String>,
}

/// Result of `sessions.create`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsCreateResult {
    /// Always true.
    pub ok: bool,
    /// Canonical key.
    pub key: String,
    /// Its session id.
    pub session_id: String,
    /// What is kept about it.
    pub entry: SessionEntry,
    /// Whether the first message started a run.
    pub run_started: bool,
    /// The run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// Why it did not start; the session is there all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_error: Option<SessionProblem>,
}
