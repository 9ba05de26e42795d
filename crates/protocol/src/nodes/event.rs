//! What nodes tell the gateway.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::call::Call;
use crate::ids::NodeEventName;

/// `node.event`: from a node, something happened there.
pub struct NodeEvent;

impl Call for NodeEvent {
    const NAME: &'static str = "node.event";
    type Params = NodeEventParams;
    type Output = NodeEventResult;
}

/// Params of `node.event`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeEventParams {
    /// What happened.
    pub event: NodeEventName,
    /// The facts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Value>,
    /// The same as JSON text.
    #[serde(default, rename = "payloadJSON", skip_serializing_if = "Option::is_none")]
    pub payload_json: Option<String>,
}

/// Result of `node.event`. Protocol 3 reads only `ok`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NodeEventResult {
    /// Always true: the event arrived.
    pub ok: bool,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Whether something came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handled: Option<bool>,
    /// Why not, or what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
