//! Looking at single sessions: resolve, describe, get, preview.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SessionRow;
use crate::call::{Call, Rendered};
use crate::chat::ChatMessage;
use crate::ids::SessionKey;
use crate::system::Nullable;

/// `sessions.resolve`: which session is meant.
pub struct SessionsResolve;

impl Call for SessionsResolve {
    const NAME: &'static str = "sessions.resolve";
    type Params = SessionsResolveParams;
    type Output = SessionsResolveResult;
}

/// Params of `sessions.resolve`: exactly one of `key`, `sessionId`, `label`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionsResolveParams {
    /// Its key, in any form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<SessionKey>,
    /// Its session id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub session_id: Option<String>,
    /// Its label.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub label: Option<String>,
    /// Only of this agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub agent_id: Option<String>,
    /// Only made by this session.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub spawned_by: Option<String>,
    /// Also the session `global`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_global: Option<bool>,
    /// Also the session `unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_unknown: Option<bool>,
    /// Answer `ok: false` instead of an error when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_missing: Option<bool>,
}

/// Result of `sessions.resolve`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsResolveResult {
    /// Whether there is exactly one.
    pub ok: bool,
    /// Its canonical key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Agent that owns it; protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// Name to show; protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Without `ok`: sessions that may be meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidates: Option<Vec<SessionCandidate>>,
}

/// A session that may be meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionCandidate {
    /// Its canonical key.
    pub key: String,
    /// Agent that owns it.
    pub agent_id: String,
    /// Name to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
}

/// `sessions.describe`: one row.
pub struct SessionsDescribe;

impl Call for SessionsDescribe {
    const NAME: &'static str = "sessions.describe";
    type Params = SessionsDescribeParams;
    type Output = SessionsDescribeResult;
}

/// Params of `sessions.describe`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsDescribeParams {
    /// Its key, in any form.
    pub key: SessionKey,
    /// Agent that owns a bare key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub agent_id: Option<String>,
    /// With a title made of the first words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_derived_titles: Option<bool>,
    /// With the beginning of the last message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_last_message: Option<bool>,
}

/// Result of `sessions.describe`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SessionsDescribeResult {
    /// The row; `null` when there is no such session.
    pub session: Nullable<SessionRow>,
}

/// `sessions.get`: the last messages of a session.
pub struct SessionsGet;

impl Call for SessionsGet {
    const NAME: &'static str = "sessions.get";
    type Params = SessionsGetParams;
    type Output = SessionsGetResult;
}

/// Params of `sessions.get`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsGetParams {
    /// Its key, in any form.
    pub key: SessionKey,
    /// Agent that owns a bare key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub agent_id: Option<String>,
    /// Most messages, 200 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub limit: Option<u32>,
}

/// Result of `sessions.get`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsGetResult {
    /// Its canonical key.
    pub key: String,
    /// Its session id; absent when there is no such session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// Newest last.
    pub messages: Rendered<Vec<ChatMessage>>,
}

/// `sessions.preview`: the last words of several sessions.
pub struct SessionsPreview;

impl Call for SessionsPreview {
    const NAME: &'static str = "sessions.preview";
    type Params = SessionsPreviewParams;
    type Output = SessionsPreviewResult;
}

/// Params of `sessions.preview`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsPreviewParams {
    /// Their keys, in any form.
    #[schemars(length(max = 64))]
    pub keys: Vec<SessionKey>,
    /// Most messages of each, 12 when absent; at most 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub limit: Option<u32>,
    /// Most characters of each message, 240 when absent; at most 2000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 20))]
    pub max_chars: Option<u32>,
}

/// Result of `sessions.preview`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionsPreviewResult {
    /// When it was made, epoch milliseconds.
    pub ts: i64,
    /// In the order of the keys.
    pub previews: Vec<SessionPreview>,
}

/// The last words of one session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionPreview {
    /// The key as it was asked for.
    pub key: String,
    /// What was found.
    pub status: PreviewStatus,
    /// Newest last.
    pub items: Vec<PreviewItem>,
}

/// What `sessions.preview` found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PreviewStatus {
    /// Messages.
    Ok,
    /// A session in which nothing was said.
    Empty,
    /// No such session.
    Missing,
    /// It could not be read, or the key cannot be one.
    Error,
}

/// One message in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PreviewItem {
    /// Who it is from.
    pub role: PreviewRole,
    /// The beginning of its words.
    pub text: String,
}

/// Who a message in short is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PreviewRole {
    /// A person.
    User,
    /// The agent.
    Assistant,
    /// A tool.
    Tool,
    /// The gateway.
    System,
}
