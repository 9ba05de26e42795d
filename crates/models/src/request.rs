//! What goes into a model and what comes out of it: the values of a chat request and of its stream.

use std::{fmt, str::FromStr, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::ModelError;

/// Names one model of one provider: `provider/model`. The first slash splits, so a model may contain more of them
/// (`openrouter/anthropic/claude-sonnet-4.5`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelRef {
    /// Configuration id of the provider.
    pub provider: String,
    /// The provider's own name of the model.
    pub model: String,
}

/// A text that is not `provider/model`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a model is written provider/model, for example openai/gpt-5-mini")]
pub struct ParseModelRefError;

impl ModelRef {
    /// A reference from its two halves.
    pub fn new(provider: impl Into<String>, model: impl Into<String>) -> Self {
        Self { provider: provider.into(), model: model.into() }
    }

    /// Reads `provider/model`; both halves must have visible characters and no white space.
    pub fn parse(text: &str) -> Result<Self, ParseModelRefError> {
        let (provider, model) = text.trim().split_once('/').ok_or(ParseModelRefError)?;
        let bad = |part: &str| part.is_empty() || part.chars().any(|c| c.is_whitespace() || c.is_control());
        if bad(provider) || bad(model) {
            return Err(ParseModelRefError);
        }
        Ok(Self::new(provider, model))
    }
}

impl FromStr for ModelRef {
    type Err = ParseModelRefError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for ModelRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.provider, self.model)
    }
}

/// How much a model may think before it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Thinking {
    /// Nothing is asked for; what the model does by default stays.
    #[default]
    Off,
    /// As little as the model can.
    Minimal,
    /// A little.
    Low,
    /// The usual amount.
    Medium,
    /// A lot.
    High,
    /// As much as the model can.
    XHigh,
}

/// A text that is no thinking level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a thinking level is one of off, minimal, low, medium, high, xhigh")]
pub struct ParseThinkingError;

impl Thinking {
    /// Every level, from none to most.
    pub const ALL: [Self; 6] = [Self::Off, Self::Minimal, Self::Low, Self::Medium, Self::High, Self::XHigh];

    /// The word used in configuration and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Minimal => "minimal",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::XHigh => "xhigh",
        }
    }
}

impl fmt::Display for Thinking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Thinking {
    type Err = ParseThinkingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|level| level.as_str() == text).ok_or(ParseThinkingError)
    }
}

/// One question to a model, with everything it may know and use.
#[derive(Debug, Clone)]
pub struct ChatRequest {
    /// The model to ask first.
    pub model: ModelRef,
    /// Asked in order when the one before could not answer.
    pub fallbacks: Vec<ModelRef>,
    /// Instructions, stable blocks first. Providers that need to be told where to cache are told "after the first".
    pub system: Vec<String>,
    /// The conversation, oldest first.
    pub messages: Vec<Message>,
    /// What the model may call.
    pub tools: Arc<[ToolSpec]>,
    /// How much to think. Sent only to models that are known to reason.
    pub thinking: Thinking,
    /// Upper bound of the answer, in tokens.
    pub max_tokens: Option<u64>,
    /// Groups requests with a common prefix, for providers that route by it. Opaque, stable per session.
    pub cache_key: Option<String>,
}

/// A function the model may call.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolSpec {
    /// Name as the model will use it: letters, digits, `_` and `-`.
    pub name: String,
    /// When and how to use it.
    pub description: String,
    /// JSON Schema of the arguments, an object.
    pub input_schema: Value,
}

/// One turn of the conversation.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// From a person (or on a person's behalf).
    User(Vec<Part>),
    /// From a model.
    Assistant(Vec<Part>),
    /// What a called tool gave back.
    ToolResult {
        /// Id of the call this answers.
        call_id: String,
        /// Name of the tool.
        name: String,
        /// Text and images.
        content: Vec<Part>,
        /// The tool failed; the content says why.
        is_error: bool,
    },
}

/// A piece of a turn.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Text.
    Text(String),
    /// What a model thought. Providers check that it comes back unchanged, so keep the signature of
    /// [`Finish::thinking_signature`] with it, also when the text is empty.
    Thinking {
        /// The thought, complete.
        text: String,
        /// Opaque; only this crate reads it.
        signature: Option<String>,
    },
    /// An image.
    Image {
        /// For example `image/png`.
        mime: String,
        /// The bytes, base64.
        data: String,
    },
    /// A call the model made.
    ToolCall(ToolCall),
}

/// A call of a tool by a model.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolCall {
    /// Unique within the conversation.
    pub id: String,
    /// Name of the tool.
    pub name: String,
    /// Normally an object. A string when the model wrote something that is not JSON: refuse it and say so to the model.
    pub arguments: Value,
}

/// What happens while a model answers.
#[derive(Debug, Clone, PartialEq)]
pub enum StreamEvent {
    /// This model is asked now: first of all events, and again when a fallback takes over.
    Model(ModelRef),
    /// The model could not answer yet and is asked again after a while. Nothing was streamed so far.
    Retrying {
        /// How long is waited.
        after: Duration,
        /// What went wrong.
        error: ModelError,
    },
    /// The next piece of the answer.
    Text(String),
    /// The next piece of what the model thinks.
    Thinking(String),
    /// A call, complete.
    ToolCall(ToolCall),
    /// The answer is complete. The last event.
    Finished(Finish),
}

/// How an answer ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Finish {
    /// Why the model stopped.
    pub stop: StopReason,
    /// What it consumed.
    pub usage: Usage,
    /// To be stored as [`Part::Thinking::signature`] of this turn, even when there was no visible thinking. Opaque.
    pub thinking_signature: Option<String>,
}

/// Why a model stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopReason {
    /// It was done.
    Stop,
    /// It waits for the result of tools.
    ToolUse,
    /// The answer reached its upper bound.
    Length,
    /// The model or its provider refused.
    Refusal,
    /// Something else, in the provider's words.
    Other(String),
}

/// Tokens one answer consumed. The four counts do not overlap: cached input is not part of `input`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Input that was neither read from nor written to a cache.
    pub input: u64,
    /// Output, thinking included.
    pub output: u64,
    /// Input read from the provider's cache.
    pub cache_read: u64,
    /// Input written to the provider's cache.
    pub cache_write: u64,
}

impl Usage {
    /// All tokens together.
    pub const fn total(&self) -> u64 {
        self.input.saturating_add(self.output).saturating_add(self.cache_read).saturating_add(self.cache_write)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_slash_splits() {
        let model = ModelRef::parse(" openrouter/anthropic/claude-sonnet-4.5 ").unwrap();
        assert_eq!(model, ModelRef::new("openrouter", "anthropic/claude-sonnet-4.5"));
        assert_eq!(model.to_string().parse::<ModelRef>().unwrap(), model);
        for bad in ["", "gpt-5", "/gpt-5", "openai/", "open ai/x", "openai/a\nb"] {
            assert_eq!(ModelRef::parse(bad), Err(ParseModelRefError), "{bad:?}");
        }
    }

    #[test]
    fn thinking_levels_are_ordered_words() {
        for level in Thinking::ALL {
            assert_eq!(level.to_string().parse::<Thinking>().unwrap(), level);
        }
        assert!(Thinking::Low < Thinking::XHigh);
        assert!("loud".parse::<Thinking>().is_err());
    }
}
