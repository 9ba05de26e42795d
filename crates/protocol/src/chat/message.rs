//! A message of a transcript (`methods.md §2, Message object`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Who a message is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum MessageRole {
    /// A person, or whatever speaks for one.
    User,
    /// The agent.
    Assistant,
    /// A tool that the agent called.
    ToolResult,
    /// The gateway.
    System,
}

impl MessageRole {
    /// The wire word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::ToolResult => "toolResult",
            Self::System => "system",
        }
    }
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum MessageContent {
    /// Words only.
    Text(String),
    /// Words, thoughts, tool calls and pictures in order.
    Blocks(Vec<ContentBlock>),
}

/// One piece of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ContentBlock {
    /// Words.
    Text {
        /// Them.
        text: String,
    },
    /// What the model thought.
    Thinking {
        /// Its words.
        thinking: String,
        /// The provider's proof that these are the model's own; opaque.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        thinking_signature: Option<String>,
    },
    /// A tool that the model wants called.
    ToolCall {
        /// Id of the call.
        id: String,
        /// Name of the tool.
        name: String,
        /// Its arguments.
        arguments: Value,
    },
    /// A picture.
    Image {
        /// Base64 of its bytes; absent when it was left out to keep an answer small.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        data: Option<String>,
        /// Its MIME type.
        mime_type: String,
        /// Where the gateway keeps it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        media_id: Option<String>,
        /// Size in bytes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        size_bytes: Option<u64>,
        /// True when `data` was left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        omitted: Option<bool>,
    },
}

/// Tokens and cost of one answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessageUsage {
    /// Tokens read.
    pub input: u64,
    /// Tokens written.
    pub output: u64,
    /// Tokens read from the provider's cache.
    pub cache_read: u64,
    /// Tokens written to it.
    pub cache_write: u64,
    /// All of them.
    pub total_tokens: u64,
    /// USD; absent when no price is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<MessageCost>,
}

/// Cost of one answer, USD.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessageCost {
    /// All of it.
    pub total: f64,
}

/// Where a message stands in its transcript.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessagePlace {
    /// Its id.
    pub id: String,
    /// Its position, from 1.
    pub seq: i64,
    /// Epoch milliseconds at which it was written down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_timestamp_ms: Option<i64>,
    /// Run it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChatMessage {
    /// Who it is from.
    pub role: MessageRole,
    /// What it says.
    pub content: MessageContent,
    /// Epoch milliseconds.
    pub timestamp: i64,
    /// Provider of the model that wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The model that wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What the provider speaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<String>,
    /// Why the model ended: `stop`, `toolUse`, `length`, `aborted`, `error`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_reason: Option<String>,
    /// What it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<MessageUsage>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    /// Call that a tool result answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
    /// Tool that answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_name: Option<String>,
    /// Whether the tool failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_error: Option<bool>,
    /// `<runId>:user` on the message that began a run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// Its place; added when it is read.
    #[serde(rename = "__openclaw", default, skip_serializing_if = "Option::is_none")]
    pub place: Option<MessagePlace>,
}

impl ChatMessage {
    /// A message of `role` that says `text`.
    #[must_use]
    pub fn text(role: MessageRole, text: impl Into<String>, timestamp: i64) -> Self {
        Self::blocks(role, vec![ContentBlock::Text { text: text.into() }], timestamp)
    }

    /// A message made of blocks.
    #[must_use]
    pub fn blocks(role: MessageRole, blocks: Vec<ContentBlock>, timestamp: i64) -> Self {
        Self {
            role,
            content: MessageContent::Blocks(blocks),
            timestamp,
            provider: None,
            model: None,
            api: None,
            stop_reason: None,
            usage: None,
            error_message: None,
            tool_call_id: None,
            tool_name: None,
            is_error: None,
            idempotency_key: None,
            place: None,
        }
    }

    /// Its words, without thoughts and tool calls.
    #[must_use]
    pub fn words(&self) -> String {
        let blocks = match &self.content {
            MessageContent::Text(text) => return text.clone(),
            MessageContent::Blocks(blocks) => blocks,
        };
        let words = blocks.iter().filter_map(|block| match block {
            ContentBlock::Text { text } => Some(text.as_str()),
            ContentBlock::Thinking { .. } | ContentBlock::ToolCall { .. } | ContentBlock::Image { .. } => None,
        });
        words.collect::<Vec<_>>().join("\n")
    }
}
