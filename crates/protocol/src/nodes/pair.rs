//! Approving what a node declares.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NodeIdParams;
use crate::access::{Scope, ScopeSet};
use crate::call::{Audience, Call, Event, NoParams, OnSlow};
use crate::ids::{NodeRef, NodeTokenText, RequestId};

/// A request that waits; also event `node.pair.requested`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodePairRequested {
    /// Names the request until it is decided.
    pub request_id: String,
    /// Node that asks.
    pub node_id: String,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Operating system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Version of the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The same, for clients that read it here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub core_version: Option<String>,
    /// Version of its user interface.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ui_version: Option<String>,
    /// Family of the device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_family: Option<String>,
    /// Model of the device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_identifier: Option<String>,
    /// Capabilities it declares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caps: Option<Vec<String>>,
    /// Commands it declares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commands: Option<Vec<String>>,
    /// What its system permits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<BTreeMap<String, bool>>,
    /// Where it connected from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote_ip: Option<String>,
    /// Whether it may be approved without asking anybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silent: Option<bool>,
    /// Whether something of it was approved before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_repair: Option<bool>,
    /// Which client it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// How that client is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_mode: Option<String>,
    /// Scopes that an approver needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required_approve_scopes: Option<ScopeSet>,
    /// First asked, epoch milliseconds.
    pub ts: i64,
}

impl Event for NodePairRequested {
    const NAME: &'static str = "node.pair.requested";
    const AUDIENCE: Audience = Audience::Scope(Scope::Pairing);
    const ON_SLOW: OnSlow = OnSlow::Drop;

    /// Old clients do not know the newer keys.
    fn in_v3(&self) -> Option<serde_json::Value> {
        let known = Self { client_id: None, client_mode: None, required_approve_scopes: None, ..self.clone() };
        serde_json::to_value(known).ok()
    }
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NodeDecision {
    /// Its commands may be invoked.
    Approved,
    /// They may not; a superseded request counts as rejected.
    Rejected,
    /// What was approved is no longer.
    Removed,
}

/// Event `node.pair.resolved`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodePairResolved {
    /// The request.
    pub request_id: String,
    /// Its node.
    pub node_id: String,
    /// The outcome.
    pub decision: NodeDecision,
    /// When, epoch milliseconds.
    pub ts: i64,
}

impl Event for NodePairResolved {
    const NAME: &'static str = "node.pair.resolved";
    const AUDIENCE: Audience = Audience::Scope(Scope::Pairing);
    const ON_SLOW: OnSlow = OnSlow::Drop;
}

/// A node of which something was approved.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PairedNode {
    /// The node.
    pub node_id: String,
    /// Its token, once: in the answer to the approval of a `node.pair.request`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Operating system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Version of the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Family of the device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_family: Option<String>,
    /// Approved capabilities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caps: Option<Vec<String>>,
    /// Approved commands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commands: Option<Vec<String>>,
    /// Where it connected from last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote_ip: Option<String>,
    /// Epoch milliseconds.
    pub created_at_ms: i64,
    /// Epoch milliseconds.
    pub approved_at_ms: i64,
    /// Epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_connected_at_ms: Option<i64>,
}

/// `node.pair.list`: who waits and who is approved.
pub struct NodePairList;

impl Call for NodePairList {
    const NAME: &'static str = "node.pair.list";
    type Params = NoParams;
    type Output = NodePairListResult;
}

/// Result of `node.pair.list`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct NodePairListResult {
    /// Requests, first asked first.
    pub pending: Vec<NodePairRequested>,
    /// Nodes, last approved first.
    pub paired: Vec<PairedNode>,
}

/// Params of `node.pair.approve` and `node.pair.reject`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodePairDecisionParams {
    /// The request.
    pub request_id: RequestId,
    /// Node that the approver saw; refused when it is not the request's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_id: Option<NodeRef>,
}

/// `node.pair.approve`: what the node declared may be invoked.
pub struct NodePairApprove;

impl Call for NodePairApprove {
    const NAME: &'static str = "node.pair.approve";
    type Params = NodePairDecisionParams;
    type Output = NodePairApproveResult;
}

/// Result of `node.pair.approve`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodePairApproveResult {
    /// The request.
    pub request_id: String,
    /// The node as it now stands.
    pub node: PairedNode,
}

/// `node.pair.reject`: drop the request.
pub struct NodePairReject;

impl Call for NodePairReject {
    const NAME: &'static str = "node.pair.reject";
    type Params = NodePairDecisionParams;
    type Output = NodePairRejectResult;
}

/// Result of `node.pair.reject`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodePairRejectResult {
    /// The request.
    pub request_id: String,
    /// Its node.
    pub node_id: String,
}

/// `node.pair.remove`: nothing of the node is approved any more.
pub struct NodePairRemove;

impl Call for NodePairRemove {
    const NAME: &'static str = "node.pair.remove";
    type Params = NodeIdParams;
    type Output = NodePairRemoveResult;
}

/// Result of `node.pair.remove`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodePairRemoveResult {
    /// The node.
    pub node_id: String,
}

/// `node.pair.request` of protocol 3: asks for an approval on behalf of a node.
pub struct NodePairRequest;

impl Call for NodePairRequest {
    const NAME: &'static str = "node.pair.request";
    type Params = NodePairRequestParams;
    type Output = NodePairRequestResult;
}

/// Params of `node.pair.request`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodePairRequestParams {
    /// The node.
    pub node_id: NodeRef,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Operating system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Version of the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Family of the device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_family: Option<String>,
    /// Capabilities it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caps: Option<Vec<String>>,
    /// Commands it offers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commands: Option<Vec<String>>,
}

/// Result of `node.pair.request`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct NodePairRequestResult {
    /// `pending`.
    pub status: String,
    /// The request.
    pub request: NodePairRequested,
    /// Whether it is new.
    pub created: bool,
}

/// `node.pair.verify` of protocol 3: whether a token is that of the node.
pub struct NodePairVerify;

impl Call for NodePairVerify {
    const NAME: &'static str = "node.pair.verify";
    type Params = NodePairVerifyParams;
    type Output = NodePairVerifyResult;
}

/// Params of `node.pair.verify`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodePairVerifyParams {
    /// The node.
    pub node_id: NodeRef,
    /// What it showed.
    pub token: NodeTokenText,
}

/// Result of `node.pair.verify`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct NodePairVerifyResult {
    /// Whether it is.
    pub ok: bool,
    /// The node, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<PairedNode>,
}
