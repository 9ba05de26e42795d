//! `gateway.metrics` as written.

use schemars::JsonSchema;
use serde::Deserialize;

/// `gateway.metrics`: `GET /metrics` in the text format of Prometheus.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawMetrics {
    /// Answer at all; the shared secret is asked for. Default true.
    pub enabled: Option<bool>,
    /// Ask callers on this machine for nothing. Default false.
    pub allow_local: Option<bool>,
}
