//! `sessions.reset`, `sessions.delete` and `sessions.compact`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SessionEntry;
use crate::call::Call;
use crate::ids::SessionKey;

/// `sessions.reset`: begins anew and keeps what is set.
pub struct SessionsReset;

impl Call for SessionsReset {
    const NAME: &'static str = "sessions.reset";
    type Params = SessionsResetParams;
    type Output = SessionsResetResult;
}

/// Params of `sessions.reset`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsResetParams {
    /// Its key, in any form.
    pub key: SessionKey,
    /// Agent that owns a bare key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub agent_id: Option<String>,
    /// `new` or `reset`; told to followers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ResetReason>,
}

/// Why a session begins anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ResetReason {
    /// Somebody wants a new conversation.
    New,
    /// Somebody wants to forget the old one.
    Reset,
}

/// Result of `sessions.reset`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SessionsResetResult {
    /// Always true.
    pub ok: bool,
    /// Canonical key.
    pub key: String,
    /// What is kept about it now.
    pub entry: SessionEntry,
}

/// `sessions.delete`: forgets a session.
pub struct SessionsDelete;

impl Call for SessionsDelete {
    const NAME: &'static str = "sessions.delete";
    type Params = SessionsDeleteParams;
    type Output = SessionsDeleteResult;
}

/// Params of `sessions.delete`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsDeleteParams {
    /// Its key, in any form.
    pub key: SessionKey,
    /// Agent that owns a bare key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub agent_id: Option<String>,
    /// Whether what was said goes too. Default: yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete_transcript: Option<bool>,
    /// Refuse when its session id is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub expected_session_id: Option<String>,
    /// Refuse when it is not put away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived_only: Option<bool>,
}

/// Result of `sessions.delete`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionsDeleteResult {
    /// Always true.
    pub ok: bool,
    /// Canonical key.
    pub key: String,
    /// Whether there was anything to delete.
    pub deleted: bool,
    /// Files that were put aside: none, since transcripts are no files.
    pub archived: Vec<String>,
}

/// `sessions.compact`: shortens what the model is told of a conversation.
pub struct SessionsCompact;

impl Call for SessionsCompact {
    const NAME: &'static str = "sessions.compact";
    type Params = SessionsCompactParams;
    type Output = SessionsCompactResult;
}

/// Params of `sessions.compact`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsCompactParams {
    /// Its key, in any form.
    pub key: SessionKey,
    /// Agent that owns a bare key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub agent_id: Option<String>,
    /// Keep so many of the last messages instead of a summary. Protocol 3
    /// always keeps messages, 400 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub max_lines: Option<u32>,
}

/// Result of `sessions.compact`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionsCompactResult {
    /// Always true.
    pub ok: bool,
    /// Canonical key.
    pub key: String,
    /// Whether anything was shortened.
    pub compacted: bool,
    /// Messages that are left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<i64>,
    /// Why nothing was shortened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
