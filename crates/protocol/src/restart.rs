//! Planned restarts of the gateway.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::{Call, NoParams};
use crate::config::ConfigIssue;

/// `gateway.restart.request`: starts the gateway again.
pub struct GatewayRestartRequest;

impl Call for GatewayRestartRequest {
    const NAME: &'static str = "gateway.restart.request";
    type Params = GatewayRestartRequestParams;
    type Output = GatewayRestartRequestResult;
}

/// `gateway.restart.preflight`: what a restart would disturb.
pub struct GatewayRestartPreflight;

impl Call for GatewayRestartPreflight {
    const NAME: &'static str = "gateway.restart.preflight";
    type Params = NoParams;
    type Output = GatewayRestartPreflightResult;
}

/// Params of `gateway.restart.request`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayRestartRequestParams {
    /// In a few words; told to clients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    pub reason: Option<String>,
    /// Told after the restart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2_000))]
    pub note: Option<String>,
    /// Conversation on whose behalf; refused, because agents do not restart the gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key: Option<String>,
    /// How long it waits, milliseconds. Default 500.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 3_600_000))]
    pub delay_ms: Option<u64>,
    /// Interrupts runs instead of waiting for them, five minutes at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub force: Option<bool>,
}

/// Result of `gateway.restart.request`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayRestartRequestResult {
    /// Always true.
    pub ok: bool,
    /// How long it waits, milliseconds.
    pub delay_ms: u64,
    /// Runs under way.
    pub runs: u64,
}

/// Result of `gateway.restart.preflight`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayRestartPreflightResult {
    /// Nothing would be disturbed, and the configuration can be used.
    pub safe: bool,
    /// Runs under way.
    pub runs: u64,
    /// Connections that would be closed for a moment.
    pub connections: u64,
    /// Whether one was asked for already.
    pub requested: bool,
    /// Whether the next start would use the configuration as it is written.
    pub config_valid: bool,
    /// Everything that is wrong with it.
    pub issues: Vec<ConfigIssue>,
    /// Sections that wait for a restart.
    pub waiting: Vec<String>,
}
