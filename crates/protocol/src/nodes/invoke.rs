//! Calling a command of a node: from the operator to the gateway, from there to
//! the node, and back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::access::Scope;
use crate::call::{Acknowledged, Audience, Call, Event, OnSlow};
use crate::ids::{IdempotencyKey, InvokeId, NodeCommand, NodeRef, SessionKey, StreamChunk};
use crate::system::Nullable;

/// `node.invoke`: runs a command of a node and waits for what comes of it.
pub struct NodeInvoke;

impl Call for NodeInvoke {
    const NAME: &'static str = "node.invoke";
    type Params = NodeInvokeParams;
    type Output = NodeInvokeResult;
}

/// Params of `node.invoke`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeInvokeParams {
    /// The node.
    pub node_id: NodeRef,
    /// The command, by its exact name.
    pub command: NodeCommand,
    /// What the command takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub params: Option<Value>,
    /// How long to wait for the node. Default 30,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// The same key never invokes twice.
    pub idempotency_key: IdempotencyKey,
    /// Session on whose behalf.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key: Option<SessionKey>,
    /// Channel that the turn came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn_source_channel: Option<String>,
    /// Conversation that the turn came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn_source_to: Option<String>,
    /// Account that the turn came to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn_source_account_id: Option<String>,
}

/// Result of `node.invoke`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeInvokeResult {
    /// Always true; a failure is an error frame.
    pub ok: bool,
    /// The node.
    pub node_id: String,
    /// The command.
    pub command: String,
    /// What the node answered; absent when it answered nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Value>,
    /// The same as the JSON text that the node sent, if it sent one.
    #[serde(rename = "payloadJSON")]
    pub payload_json: Nullable<String>,
}

/// Event `node.invoke.request`: to the node, do this.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeInvokeRequest {
    /// Names this call until it ends.
    pub id: String,
    /// The node it is for.
    pub node_id: String,
    /// The command.
    pub command: String,
    /// What the command takes, as JSON text.
    #[serde(default, rename = "paramsJSON", skip_serializing_if = "Option::is_none")]
    pub params_json: Option<String>,
    /// How long the gateway waits, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// The caller's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// Session on whose behalf.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key: Option<String>,
}

impl Event for NodeInvokeRequest {
    const NAME: &'static str = "node.invoke.request";
    const AUDIENCE: Audience = Audience::Addressee;
    const ON_SLOW: OnSlow = OnSlow::Close;

    /// Old servers said `null` where there are no params.
    fn in_v3(&self) -> Option<Value> {
        let mut old = serde_json::to_value(Self { session_key: None, ..self.clone() }).ok()?;
        old.as_object_mut()?.entry("paramsJSON").or_insert(Value::Null);
        Some(old)
    }
}

/// Event `node.invoke.cancel`: to the node, nobody waits any more.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeInvokeCancel {
    /// The call.
    pub invoke_id: String,
    /// The node it was for.
    pub node_id: String,
}

impl Event for NodeInvokeCancel {
    const NAME: &'static str = "node.invoke.cancel";
    const AUDIENCE: Audience = Audience::Addressee;
    const ON_SLOW: OnSlow = OnSlow::Drop;
}

/// Event `node.invoke.input`: to the node, more for a call under way.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeInvokeInput {
    /// The call.
    pub id: String,
    /// The node it is for.
    pub node_id: String,
    /// Counts from 0.
    pub seq: u64,
    /// What is sent, as JSON text.
    #[serde(rename = "payloadJSON")]
    pub payload_json: String,
}

impl Event for NodeInvokeInput {
    const NAME: &'static str = "node.invoke.input";
    const AUDIENCE: Audience = Audience::Addressee;
    const ON_SLOW: OnSlow = OnSlow::Close;
}

/// `node.invoke.result`: from the node, what came of a call.
pub struct NodeInvokeReport;

impl Call for NodeInvokeReport {
    const NAME: &'static str = "node.invoke.result";
    type Params = NodeInvokeReportParams;
    type Output = NodeInvokeReportResult;
}

/// Params of `node.invoke.result`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeInvokeReportParams {
    /// The call.
    pub id: InvokeId,
    /// The node that answers: the caller.
    pub node_id: NodeRef,
    /// Whether it worked.
    pub ok: bool,
    /// What came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Value>,
    /// The same as JSON text.
    #[serde(default, rename = "payloadJSON", skip_serializing_if = "Option::is_none")]
    pub payload_json: Option<String>,
    /// Why it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<NodeError>,
}

/// A failure in the words of a node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NodeError {
    /// For programs, such as `TIMEOUT`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Result of `node.invoke.result`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NodeInvokeReportResult {
    /// Always true.
    pub ok: bool,
    /// Whether nobody waited for it any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignored: Option<bool>,
}

/// `node.invoke.progress`: from the node, a part of what comes of a call.
pub struct NodeInvokeProgress;

impl Call for NodeInvokeProgress {
    const NAME: &'static str = "node.invoke.progress";
    type Params = NodeInvokeProgressParams;
    type Output = Acknowledged;
}

/// Params of `node.invoke.progress`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeInvokeProgressParams {
    /// The call.
    pub invoke_id: InvokeId,
    /// The node that answers: the caller.
    pub node_id: NodeRef,
    /// Counts from 0.
    pub seq: u64,
    /// The part.
    pub chunk: StreamChunk,
}

/// Event `node.invoke.progress`: to whoever invoked.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeInvokeProgressed {
    /// Key of the caller's `node.invoke`.
    pub idempotency_key: String,
    /// The call.
    pub invoke_id: String,
    /// The node.
    pub node_id: String,
    /// Counts from 0.
    pub seq: u64,
    /// The part.
    pub chunk: String,
}

impl Event for NodeInvokeProgressed {
    const NAME: &'static str = "node.invoke.progress";
    const AUDIENCE: Audience = Audience::Addressee;
    const ON_SLOW: OnSlow = OnSlow::Drop;
}

/// `node.invoke.input`: more for a call under way, from whoever made it.
pub struct NodeInvokeSend;

impl Call for NodeInvokeSend {
    const NAME: &'static str = "node.invoke.input";
    type Params = NodeInvokeSendParams;
    type Output = Acknowledged;
}

/// Params of `node.invoke.input`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeInvokeSendParams {
    /// Key of the caller's `node.invoke`.
    pub idempotency_key: IdempotencyKey,
    /// What is sent, as JSON text.
    #[serde(rename = "payloadJSON")]
    pub payload_json: StreamChunk,
}

/// Scope that a call of a command needs.
#[must_use]
pub fn scope_of_command(command: &str) -> Scope {
    if is_host_command(command) { Scope::Admin } else { Scope::Write }
}

/// Whether a command acts on, or reads from, the node's machine as its user.
#[must_use]
pub fn is_host_command(command: &str) -> bool {
    let begins = |beginning: &str| command.starts_with(beginning);
    begins("system.run")
        || begins("browser.proxy")
        || begins("system.execApprovals")
        || begins("terminal.")
        || begins("mcp.tools.call")
        || begins("agent.cli.")
        || matches!(command, "system.which" | "fs.listDir" | "desktop.stream" | "computer.act")
}
