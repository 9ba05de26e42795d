//! `models` as written: providers and what is found on this machine.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// `models`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawModels {
    /// Providers by id. Keys are not written here: `postern models auth ID` keeps them in the credential store.
    pub providers: Option<BTreeMap<String, RawProvider>>,
    /// Models of this machine that are found by themselves.
    pub discovery: RawDiscovery,
}

/// One entry of `models.providers`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawProvider {
    /// What it speaks. Default: by its id, else `openai`.
    pub api: Option<ModelApi>,
    /// Where it is. Default: the provider's own address.
    pub base_url: Option<String>,
    /// Headers sent with every request. Not for keys.
    #[schemars(extend("x-secret" = true))]
    pub headers: Option<BTreeMap<String, String>>,
    /// Models it offers.
    pub models: Option<Vec<RawModel>>,
}

/// What a provider speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ModelApi {
    /// Chat completions, as most providers and local servers have them.
    OpenAi,
    /// Messages.
    Anthropic,
    /// Generate content.
    Gemini,
    /// Ollama's own.
    Ollama,
    /// Chat completions with OpenRouter's additions.
    OpenRouter,
}

/// One entry of `models.providers.ID.models`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawModel {
    /// Its id, as the provider names it.
    pub id: Option<String>,
    /// Its name for people.
    pub name: Option<String>,
    /// Tokens it can read at once.
    pub context_window: Option<u64>,
    /// Tokens it can write at once.
    pub max_tokens: Option<u64>,
    /// Whether it can think before it answers.
    pub reasoning: Option<bool>,
    /// What it can read: `text`, `image`. Default text.
    pub input: Option<Vec<String>>,
    /// What it costs, USD per million tokens.
    pub cost: Option<RawCost>,
}

/// `cost` of a model, USD per million tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawCost {
    /// Tokens read.
    pub input: Option<f64>,
    /// Tokens written.
    pub output: Option<f64>,
    /// Tokens read from the provider's cache.
    pub cache_read: Option<f64>,
    /// Tokens written to it.
    pub cache_write: Option<f64>,
}

/// `models.discovery`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawDiscovery {
    /// Look for Ollama and LM Studio on this machine. Default true.
    pub enabled: Option<bool>,
    /// Default `http://127.0.0.1:11434`.
    pub ollama: Option<String>,
    /// Default `http://127.0.0.1:1234`.
    pub lmstudio: Option<String>,
}
