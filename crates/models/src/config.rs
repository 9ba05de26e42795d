//! What the caller configures: providers, their models and prices, time limits, and where keys come from.

use std::{fmt, str::FromStr, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use url::Url;
use zeroize::Zeroizing;

use crate::request::Usage;

/// The protocol a provider speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Api {
    /// `POST /v1/chat/completions`, spoken by OpenAI and most local servers.
    OpenAi,
    /// `POST /v1/messages`.
    Anthropic,
    /// `POST /v1beta/models/MODEL:streamGenerateContent`.
    Gemini,
    /// `POST /api/chat`, lines of JSON.
    Ollama,
    /// OpenAI's protocol with OpenRouter's additions.
    OpenRouter,
}

/// A text that is no protocol.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("api is one of openai, anthropic, gemini, ollama, openrouter")]
pub struct ParseApiError;

impl Api {
    /// Every protocol.
    pub const ALL: [Self; 5] = [Self::OpenAi, Self::Anthropic, Self::Gemini, Self::Ollama, Self::OpenRouter];

    /// The word used in configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Ollama => "ollama",
            Self::OpenRouter => "openrouter",
        }
    }

    /// Where the protocol's own provider listens.
    pub(crate) const fn default_base(self) -> &'static str {
        match self {
            Self::OpenAi => "https://api.openai.com/v1",
            Self::Anthropic => "https://api.anthropic.com/v1",
            Self::Gemini => "https://generativelanguage.googleapis.com/v1beta",
            Self::Ollama => "http://127.0.0.1:11434",
            Self::OpenRouter => "https://openrouter.ai/api/v1",
        }
    }
}

impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Api {
    type Err = ParseApiError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|api| api.as_str() == text).ok_or(ParseApiError)
    }
}

/// What a model can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InputKind {
    /// Text.
    Text,
    /// Images.
    Image,
}

impl InputKind {
    /// The word used in configuration and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
        }
    }
}

/// What is known of a model. `None` and empty mean "not known".
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ModelSpec {
    /// The provider's name of the model.
    pub id: String,
    /// For people.
    pub name: Option<String>,
    /// Input and output together, in tokens.
    pub context_window: Option<u64>,
    /// Longest answer, in tokens.
    pub max_tokens: Option<u64>,
    /// Whether it can think before it answers.
    pub reasoning: Option<bool>,
    /// What it reads.
    pub input: Vec<InputKind>,
    /// What it costs.
    pub cost: Option<Cost>,
}

impl ModelSpec {
    /// A model of which only the name is known.
    pub fn named(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }

    /// Fills what is not known from another source.
    pub(crate) fn or(mut self, other: &Self) -> Self {
        self.name = self.name.or_else(|| other.name.clone());
        self.context_window = self.context_window.or(other.context_window);
        self.max_tokens = self.max_tokens.or(other.max_tokens);
        self.reasoning = self.reasoning.or(other.reasoning);
        self.cost = self.cost.or(other.cost);
        if self.input.is_empty() {
            self.input.clone_from(&other.input);
        }
        self
    }
}

/// Prices in USD per million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cost {
    /// Input.
    pub input: f64,
    /// Output.
    pub output: f64,
    /// Input read from the provider's cache.
    pub cache_read: f64,
    /// Input written to the provider's cache.
    pub cache_write: f64,
}

impl Cost {
    /// What an answer cost, in USD.
    #[expect(clippy::cast_precision_loss, reason = "token counts stay far below 2^52")]
    pub fn of(&self, usage: &Usage) -> f64 {
        let sum = self.input * usage.input as f64
            + self.output * usage.output as f64
            + self.cache_read * usage.cache_read as f64
            + self.cache_write * usage.cache_write as f64;
        sum / 1_000_000.0
    }
}

/// A provider the user configured.
#[derive(Clone, PartialEq)]
pub struct ProviderConfig {
    /// Its id: the first half of a model reference, and the name its key is stored under.
    pub id: String,
    /// The protocol it speaks.
    pub api: Api,
    /// Where it listens, with or without the version segment; `None` for the protocol's own provider.
    pub base_url: Option<String>,
    /// Sent with every request. A header that carries a credential replaces the key's own.
    pub headers: Vec<(String, String)>,
    /// Models to list, and what differs from what is known of them.
    pub models: Vec<ModelSpec>,
}

impl fmt::Debug for ProviderConfig {
    /// Header values may be credentials and stay out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("ProviderConfig")
            .field("id", &self.id)
            .field("api", &self.api)
            .field("base_url", &self.base_url)
            .field("headers", &headers)
            .field("models", &self.models)
            .finish()
    }
}

/// Where local model servers are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovery {
    /// Whether to look at all.
    pub enabled: bool,
    /// An Ollama server.
    pub ollama: Option<Url>,
    /// An LM Studio server.
    pub lmstudio: Option<Url>,
}

impl Default for Discovery {
    fn default() -> Self {
        let url = |text| Url::parse(text).ok();
        Self { enabled: true, ollama: url("http://127.0.0.1:11434"), lmstudio: url("http://127.0.0.1:1234") }
    }
}

/// Every limit on one request. The defaults are for people, tests use milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Until the connection stands.
    pub connect: Duration,
    /// From sending the request to the response headers.
    pub first_byte: Duration,
    /// Between two reads of the answer. Keep-alives of the provider count as life.
    pub silence: Duration,
    /// One attempt as a whole.
    pub total: Duration,
    /// Looking for local servers, listing models.
    pub discovery: Duration,
    /// First wait before asking again; doubles, with jitter.
    pub backoff: Duration,
    /// A provider that asks for a longer wait is given up for the next fallback.
    pub max_retry_after: Duration,
    /// How long usage is waited for after the model said it is done.
    pub trailer: Duration,
    /// Attempts per model, the first included.
    pub tries: u32,
    /// Bytes of one answer on the wire.
    pub max_answer_bytes: usize,
    /// Bytes of one frame (an SSE event, a line of JSON).
    pub max_frame_bytes: usize,
    /// Bytes of the arguments of one tool call.
    pub max_argument_bytes: usize,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(120),
            silence: Duration::from_secs(600),
            total: Duration::from_secs(3600),
            discovery: Duration::from_secs(1),
            backoff: Duration::from_millis(500),
            max_retry_after: Duration::from_secs(30),
            trailer: Duration::from_secs(5),
            tries: 3,
            // 128,000 tokens in frames of 250 bytes; little of it is ever in memory.
            max_answer_bytes: 32 << 20,
            max_frame_bytes: 4 << 20,
            max_argument_bytes: 1 << 20,
        }
    }
}

/// Where provider keys are kept. Asked for every request; answers are held for a few seconds.
pub trait KeySource: Send + Sync {
    /// The key of a provider, `None` when there is none. The error is a sentence for people, without the key.
    fn key(&self, provider: String) -> BoxFuture<'static, Result<Option<Zeroizing<String>>, String>>;
}

/// Everything [`crate::Models`] is built from.
#[derive(Clone)]
pub struct ModelsOptions {
    /// Configured providers.
    pub providers: Vec<ProviderConfig>,
    /// Local servers.
    pub discovery: Discovery,
    /// Keys.
    pub keys: Arc<dyn KeySource>,
    /// Milliseconds since 1970, for ids that must not repeat.
    pub clock_ms: Arc<dyn Fn() -> i64 + Send + Sync>,
    /// `User-Agent` of every request.
    pub user_agent: String,
    /// Time and size limits.
    pub limits: Timeouts,
}

impl fmt::Debug for ModelsOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelsOptions")
            .field("providers", &self.providers)
            .field("discovery", &self.discovery)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_counts_every_kind_of_token_once() {
        let cost = Cost { input: 3.0, output: 15.0, cache_read: 0.3, cache_write: 3.75 };
        let usage = Usage { input: 1_000_000, output: 100_000, cache_read: 2_000_000, cache_write: 0 };
        assert!((cost.of(&usage) - 5.1).abs() < 1e-9);
        assert_eq!(usage.total(), 3_100_000);
    }

    #[test]
    fn header_values_stay_out_of_debug() {
        let provider = ProviderConfig {
            id: "x".into(),
            api: Api::OpenAi,
            base_url: None,
            headers: vec![("X-Token".into(), "hunter2".into())],
            models: vec![],
        };
        let shown = format!("{provider:?}");
        assert!(shown.contains("X-Token") && !shown.contains("hunter2"), "{shown}");
    }
}
