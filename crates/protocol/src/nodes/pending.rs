//! Work that waits for a node to come back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::call::Call;
use crate::ids::{NodeRef, PendingItemId, PendingKind};

/// How urgent an item is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PendingPriority {
    /// After everything else.
    Low,
    /// As usual.
    #[default]
    Normal,
    /// Before everything else.
    High,
}

/// One item that waits for a node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PendingItem {
    /// Names it until it is acknowledged.
    pub id: String,
    /// What is to be done.
    #[serde(rename = "type")]
    pub kind: String,
    /// How urgent it is.
    pub priority: PendingPriority,
    /// Epoch milliseconds.
    pub created_at_ms: i64,
    /// Epoch milliseconds; without it, it waits until the node comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at_ms: Option<i64>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Value>,
}

/// `node.pending.enqueue`: leaves an item for a node.
pub struct NodePendingEnqueue;

impl Call for NodePendingEnqueue {
    const NAME: &'static str = "node.pending.enqueue";
    type Params = NodePendingEnqueueParams;
    type Output = NodePendingEnqueueResult;
}

/// Params of `node.pending.enqueue`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodePendingEnqueueParams {
    /// The node.
    pub node_id: NodeRef,
    /// What is to be done.
    #[serde(rename = "type")]
    pub kind: PendingKind,
    /// How urgent it is. Default `normal`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<PendingPriority>,
    /// After how many milliseconds it is forgotten: 1,000 to 86,400,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1_000, max = 86_400_000))]
    pub expires_in_ms: Option<u64>,
    /// Whether to wake the node up. Default true; this gateway has no way to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wake: Option<bool>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Value>,
}

/// Result of `node.pending.enqueue`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodePendingEnqueueResult {
    /// The node.
    pub node_id: String,
    /// Grows with every change of the node's queue.
    pub revision: u64,
    /// The item.
    pub queued: PendingItem,
    /// Whether the node was woken up.
    pub wake_triggered: bool,
}

/// `node.pending.pull`: from a node, what waits for it; it stays until it is
/// acknowledged.
pub struct NodePendingPull;

impl Call for NodePendingPull {
    const NAME: &'static str = "node.pending.pull";
    type Params = NodePendingPullParams;
    type Output = NodePendingPullResult;
}

/// Params of `node.pending.pull` and `node.pending.drain`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodePendingPullParams {
    /// At most so many, 1 to 10. Default 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10))]
    pub max_items: Option<u32>,
}

/// Result of `node.pending.pull` and `node.pending.drain`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodePendingPullResult {
    /// The node.
    pub node_id: String,
    /// Grows with every change of the node's queue.
    pub revision: u64,
    /// The items, most urgent first, then oldest.
    pub items: Vec<PendingItem>,
    /// Whether there are more.
    pub has_more: bool,
}

/// `node.pending.drain`: from a node, what waits for it; it is gone with the
/// answer.
pub struct NodePendingDrain;

impl Call for NodePendingDrain {
    const NAME: &'static str = "node.pending.drain";
    type Params = NodePendingPullParams;
    type Output = NodePendingPullResult;
}

/// `node.pending.ack`: from a node, these are done.
pub struct NodePendingAck;

impl Call for NodePendingAck {
    const NAME: &'static str = "node.pending.ack";
    type Params = NodePendingAckParams;
    type Output = NodePendingAckResult;
}

/// Params of `node.pending.ack`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct NodePendingAckParams {
    /// The items.
    #[schemars(length(min = 1, max = 100))]
    pub ids: Vec<PendingItemId>,
}

/// Result of `node.pending.ack`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodePendingAckResult {
    /// The node.
    pub node_id: String,
    /// Grows with every change of the node's queue.
    pub revision: u64,
    /// Items that were there.
    pub acked: Vec<String>,
}
