//! A node as it is listed, and the methods that list, describe and rename.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Scope;
use crate::call::{Audience, Call, Event, NoParams, OnSlow};
use crate::ids::{NodeName, NodeRef};

/// How far the commands of a node are approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NodeApproval {
    /// Everything it declares.
    Approved,
    /// Nothing yet; a request waits.
    PendingApproval,
    /// It declares more than was approved; what was approved works on.
    PendingReapproval,
    /// Nothing, and nothing waits.
    Unapproved,
}

/// What the machine of a node has and uses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeHostStats {
    /// Processors.
    pub cpu_count: u32,
    /// Load over the last 1, 5 and 15 minutes, as its system counts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load_average: Option<[f64; 3]>,
    /// Bytes.
    pub memory_total_bytes: u64,
    /// Bytes.
    pub memory_free_bytes: u64,
    /// Bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk_total_bytes: Option<u64>,
    /// Bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk_available_bytes: Option<u64>,
    /// When the gateway heard of it; the gateway sets it, whatever the node says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at_ms: Option<i64>,
}

/// Event `node.hostStats`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeHostStatsChanged {
    /// The node.
    pub node_id: String,
    /// Its figures.
    pub host_stats: NodeHostStats,
}

impl Event for NodeHostStatsChanged {
    const NAME: &'static str = "node.hostStats";
    const AUDIENCE: Audience = Audience::Scope(Scope::Read);
    const ON_SLOW: OnSlow = OnSlow::Drop;
}

/// Event `node.presence`: whether somebody works at the node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodePresence {
    /// The node.
    pub node_id: String,
    /// Whether it is the computer that was used last.
    pub active: bool,
    /// Seconds since the last input; absent when the node no longer says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_seconds: Option<u64>,
    /// Last input, epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_active_at_ms: Option<i64>,
}

impl Event for NodePresence {
    const NAME: &'static str = "node.presence";
    const AUDIENCE: Audience = Audience::Scope(Scope::Read);
    const ON_SLOW: OnSlow = OnSlow::Drop;
}

/// A node, connected or known. Protocol 3 gets the part it knows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeRow {
    /// Its device id.
    pub node_id: String,
    /// What it is called: by its owner, else by itself.
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
    /// Address it came from last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote_ip: Option<String>,
    /// Which client it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// How that client is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_mode: Option<String>,
    /// Capabilities that are approved.
    pub caps: Vec<String>,
    /// Commands that can be invoked: listed, declared and approved.
    pub commands: Vec<String>,
    /// `PATH` of its commands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_env: Option<String>,
    /// What its system permits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<BTreeMap<String, bool>>,
    /// Whether it is paired.
    pub paired: bool,
    /// Whether it is connected.
    pub connected: bool,
    /// Epoch milliseconds; only while it is connected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connected_at_ms: Option<i64>,
    /// How far its commands are approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_state: Option<NodeApproval>,
    /// The request that waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_request_id: Option<String>,
    /// What it asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_declared_caps: Option<Vec<String>>,
    /// What it asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_declared_commands: Option<Vec<String>>,
    /// What it asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_declared_permissions: Option<BTreeMap<String, bool>>,
    /// When its commands were approved, epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_at_ms: Option<i64>,
    /// Epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_connected_at_ms: Option<i64>,
    /// Epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_disconnected_at_ms: Option<i64>,
    /// When it last gave a sign of life, epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_at_ms: Option<i64>,
    /// Which sign: `connect`, `disconnect`, or the trigger it named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_reason: Option<String>,
    /// Whether sessions can run on it; not with this gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_host: Option<bool>,
    /// What its machine has and uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_stats: Option<NodeHostStats>,
    /// Whether it is the computer that was used last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
}

/// `node.list`: connected nodes first, then by name.
pub struct NodeList;

impl Call for NodeList {
    const NAME: &'static str = "node.list";
    type Params = NoParams;
    type Output = NodeListResult;
}

/// Result of `node.list`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct NodeListResult {
    /// Epoch milliseconds.
    pub ts: i64,
    /// The nodes.
    pub nodes: Vec<NodeRow>,
}

/// Params of methods about one node.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeIdParams {
    /// The node.
    pub node_id: NodeRef,
}

/// `node.describe`: one node.
pub struct NodeDescribe;

impl Call for NodeDescribe {
    const NAME: &'static str = "node.describe";
    type Params = NodeIdParams;
    type Output = NodeDescribeResult;
}

/// Result of `node.describe`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct NodeDescribeResult {
    /// Epoch milliseconds.
    pub ts: i64,
    /// The node.
    #[serde(flatten)]
    pub node: NodeRow,
}

/// `node.rename`: gives a node a name.
pub struct NodeRename;

impl Call for NodeRename {
    const NAME: &'static str = "node.rename";
    type Params = NodeRenameParams;
    type Output = NodeRenameResult;
}

/// Params of `node.rename`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeRenameParams {
    /// The node.
    pub node_id: NodeRef,
    /// Its new name.
    pub display_name: NodeName,
}

/// Result of `node.rename`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeRenameResult {
    /// The node.
    pub node_id: String,
    /// Its name as it is kept.
    pub display_name: String,
}
