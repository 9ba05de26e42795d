//! Machines on which something can be done: the gateway's own, and its nodes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::{Call, NoParams};
use crate::ids::EnvironmentId;

/// `environments.list`: the gateway's machine first, then nodes, connected ones first.
pub struct EnvironmentsList;

impl Call for EnvironmentsList {
    const NAME: &'static str = "environments.list";
    type Params = NoParams;
    type Output = EnvironmentsListResult;
}

/// Result of `environments.list`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct EnvironmentsListResult {
    /// The machines.
    pub environments: Vec<Environment>,
}

/// `environments.status`: one of them.
pub struct EnvironmentsStatus;

impl Call for EnvironmentsStatus {
    const NAME: &'static str = "environments.status";
    type Params = EnvironmentsStatusParams;
    type Output = Environment;
}

/// Params of `environments.status`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EnvironmentsStatusParams {
    /// `gateway`, or `node:ID`.
    pub environment_id: EnvironmentId,
}

/// A machine on which something can be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Environment {
    /// `gateway`, or `node:ID`.
    pub id: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: EnvironmentKind,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Whether it can be used now.
    pub status: EnvironmentStatus,
    /// Operating system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Whether sessions run on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_host: Option<bool>,
    /// Epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_connected_at_ms: Option<i64>,
    /// Epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_disconnected_at_ms: Option<i64>,
    /// When it last gave a sign of life, epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_at_ms: Option<i64>,
    /// Which sign that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_reason: Option<String>,
    /// What it can do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Vec<String>>,
    /// Commands that can be invoked on it, at most 128.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invocable_commands: Option<Vec<String>>,
}

/// What a machine is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EnvironmentKind {
    /// The gateway's own.
    Local,
    /// A node.
    Node,
}

/// Whether a machine can be used now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EnvironmentStatus {
    /// It can.
    Available,
    /// It is not connected.
    Unavailable,
}
