//! `models.probe`: ask a provider whether it would answer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::Call;

/// `models.probe`: ask a provider whether it would answer.
pub struct ModelsProbe;

/// Params of `models.probe`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModelsProbeParams {
    /// The provider.
    #[schemars(length(min = 1, max = 64))]
    pub provider: String,
    /// How long to wait, milliseconds, at most 60000. Default 15000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub timeout_ms: Option<u64>,
}

impl Call for ModelsProbe {
    const NAME: &'static str = "models.probe";
    type Params = ModelsProbeParams;
    type Output = ModelsProbeResult;
}

/// How a probe ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProbeStatus {
    /// It would answer.
    Ok,
    /// The key is missing or was refused.
    Auth,
    /// Too many requests at the moment.
    RateLimit,
    /// No credit is left.
    Billing,
    /// It took too long.
    Timeout,
    /// What came back was not the protocol.
    Format,
    /// Anything else.
    Unknown,
    /// There is nothing to ask: the provider or its model is not known.
    NoModel,
}

/// Result of `models.probe`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModelsProbeResult {
    /// The provider.
    #[schemars(length(min = 1))]
    pub provider: String,
    /// How it ended.
    pub status: ProbeStatus,
    /// How long it took, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u64>,
    /// What went wrong and what to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// One row per key.
    pub results: Vec<ProbeTarget>,
}

/// One key in [`ModelsProbeResult`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProbeTarget {
    /// `PROVIDER:default`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile_id: Option<String>,
    /// For people.
    #[schemars(length(min = 1))]
    pub label: String,
    /// How it ended.
    pub status: ProbeStatus,
    /// How long it took, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u64>,
    /// What went wrong and what to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}
