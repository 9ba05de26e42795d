//! `chat.metadata`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agents::CommandEntry;
use crate::call::Call;
use crate::ids::SessionKey;
use crate::models::ModelRow;

/// `chat.metadata`: what can be chosen and typed in a conversation.
pub struct ChatMetadata;

impl Call for ChatMetadata {
    const NAME: &'static str = "chat.metadata";
    type Params = ChatMetadataParams;
    type Output = ChatMetadataResult;
}

/// Params of `chat.metadata`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ChatMetadataParams {
    /// Session, in any form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_key: Option<SessionKey>,
    /// Agent that owns a bare key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub agent_id: Option<String>,
}

/// Result of `chat.metadata`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChatMetadataResult {
    /// Models that can be chosen.
    pub models: Vec<ModelRow>,
    /// Commands that can be typed.
    pub commands: Vec<CommandEntry>,
}
