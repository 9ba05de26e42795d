//! `chat.inject`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::ids::SessionKey;

/// `chat.inject`: a note in a conversation, without asking a model.
pub struct ChatInject;

impl Call for ChatInject {
    const NAME: &'static str = "chat.inject";
    type Params = ChatInjectParams;
    type Output = ChatInjectResult;
}

/// Params of `chat.inject`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChatInjectParams {
    /// Session, in any form; it must exist.
    pub session_key: SessionKey,
    /// Agent that owns a bare key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub agent_id: Option<String>,
    /// What the note says.
    #[schemars(length(min = 1))]
    pub message: String,
    /// Put in brackets before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100))]
    pub label: Option<String>,
}

/// Result of `chat.inject`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChatInjectResult {
    /// Always true.
    pub ok: bool,
    /// Id of the note.
    pub message_id: String,
}
