//! `models.list`: which models there are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::Call;

/// `models.list`: which models there are.
pub struct ModelsList;

/// Params of `models.list`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModelsListParams {
    /// Which of them. Default: those that can be asked, and those that are configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<ModelsView>,
    /// Mark this agent's choice. Default: the default agent's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub agent_id: Option<String>,
    /// Look for models on this machine first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh: Option<bool>,
    /// Say what each model costs, as far as that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_cost: Option<bool>,
}

/// Which models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ModelsView {
    /// Those that can be asked, and those that are configured.
    Default,
    /// Those that the configuration names.
    Configured,
    /// Those of `models.providers`.
    ProviderConfig,
    /// Also well-known models of providers that have no key.
    All,
}

impl Call for ModelsList {
    const NAME: &'static str = "models.list";
    type Params = ModelsListParams;
    type Output = ModelsListResult;
}

/// Result of `models.list`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModelsListResult {
    /// By provider, then by name.
    pub models: Vec<ModelRow>,
}

/// One model. Protocol 3 sees `id, name, provider, contextWindow, reasoning`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModelRow {
    /// The provider's name of the model.
    #[schemars(length(min = 1))]
    pub id: String,
    /// Its name for people.
    #[schemars(length(min = 1))]
    pub name: String,
    /// Its provider.
    #[schemars(length(min = 1))]
    pub provider: String,
    /// A short name that may be written instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// `default`, `fallback`, `configured`, `discovered`, `built-in`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Whether it can be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available: Option<bool>,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unavailable_reason: Option<UnavailableReason>,
    /// Input and output together, tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub context_window: Option<u64>,
    /// Whether it can think before it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<bool>,
    /// How much it can be told to think.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking_levels: Option<Vec<ThinkingChoice>>,
    /// What it reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Vec<ModelInput>>,
    /// What it costs; only where that was asked for and is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<ModelCost>,
}

/// Prices in USD per million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModelCost {
    /// Input.
    pub input: f64,
    /// Output.
    pub output: f64,
    /// Input read from the provider's cache.
    pub cache_read: f64,
    /// Input written to the provider's cache.
    pub cache_write: f64,
}

/// One thinking level that a model can be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ThinkingChoice {
    /// The wire word.
    #[schemars(length(min = 1))]
    pub id: String,
    /// For people.
    #[schemars(length(min = 1))]
    pub label: String,
}

/// What a model reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ModelInput {
    /// Text.
    Text,
    /// Images.
    Image,
}

/// Why a model cannot be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UnavailableReason {
    /// Its provider has no key.
    MissingAuth,
    /// Its provider refused the key.
    AuthFailed,
}
