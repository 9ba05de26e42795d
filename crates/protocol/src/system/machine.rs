//! The machine, the gateway's identity, and the last heartbeat.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Nullable;
use crate::call::{Call, NoParams};

/// `system.info`: the machine.
pub struct SystemInfo;

impl Call for SystemInfo {
    const NAME: &'static str = "system.info";
    type Params = NoParams;
    type Output = SystemInfoResult;
}

/// Result of `system.info`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemInfoResult {
    /// Name of the machine for people.
    pub machine_name: String,
    /// Host name.
    pub hostname: String,
    /// `linux`, `macos`, `windows`.
    pub platform: String,
    /// Kernel or system release.
    pub release: String,
    /// Processor architecture.
    pub arch: String,
    /// Operating system for people.
    pub os_label: String,
    /// Address in the local network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lan_address: Option<String>,
    /// Port of the gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Runtime version; clients expect the key, ours names the gateway.
    pub node_version: String,
    /// Process id.
    pub pid: u32,
    /// Milliseconds since the gateway started.
    pub uptime_ms: u64,
    /// Logical processors.
    pub cpu_count: usize,
    /// Bytes.
    pub memory_total_bytes: u64,
    /// Bytes.
    pub memory_free_bytes: u64,
    /// Bytes of the file system with the state folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk_total_bytes: Option<u64>,
    /// Bytes free there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk_available_bytes: Option<u64>,
    /// Where that file system is mounted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk_path: Option<String>,
}

/// `gateway.identity.get`: the gateway's own device identity.
pub struct GatewayIdentityGet;

impl Call for GatewayIdentityGet {
    const NAME: &'static str = "gateway.identity.get";
    type Params = NoParams;
    type Output = GatewayIdentity;
}

/// Result of `gateway.identity.get`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayIdentity {
    /// Hex SHA-256 of the key.
    pub device_id: String,
    /// Base64url of the raw key.
    pub public_key: String,
}

/// `last-heartbeat`: the last heartbeat event, or `null`.
pub struct LastHeartbeat;

impl Call for LastHeartbeat {
    const NAME: &'static str = "last-heartbeat";
    type Params = NoParams;
    type Output = Nullable<Heartbeat>;
}

/// Event `heartbeat`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Heartbeat {
    /// When it ran, epoch milliseconds.
    pub ts: i64,
    /// `sent`, `ok-empty`, `ok-token`, `skipped` or `failed`.
    pub status: String,
    /// Receiver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Start of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<String>,
    /// Milliseconds it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// Why it was skipped or failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Channel used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
}
