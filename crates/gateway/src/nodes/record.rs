//! What is kept about a node: decisions, which are durable before they are
//! answered, and what it showed last, which is written lazily.

use std::collections::BTreeMap;

use postern_protocol::nodes::{NodeHostStats, NodePairRequested, PairedNode};
use serde::{Deserialize, Serialize};

use super::surface::Surface;
use crate::devices::{clean, clean_option};
use crate::hub::Principal;

/// Longest `PATH` that is kept.
const MAX_PATH: usize = 4_096;

/// What was decided about a node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Record {
    pub(super) node_id: String,
    /// A person's name for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// What may be invoked of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) approved: Option<Surface>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) approved_at_ms: Option<i64>,
    pub(super) created_at_ms: i64,
    /// The request that waits; a node has one or none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request: Option<Request>,
    /// Whether somebody has ever decided about it: then nothing more is approved
    /// without asking.
    pub(super) decided: bool,
    /// Base64url SHA-256 of the token that `node.pair.request` led to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) token_hash: Option<String>,
}

/// A declared surface that waits for a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request {
    pub(super) id: String,
    pub(super) surface: Surface,
    /// First asked, epoch milliseconds.
    pub(super) ts: i64,
    /// Whether it was made by `node.pair.request`, whose approval gives a token.
    #[serde(default)]
    pub(super) wants_token: bool,
}

/// What a node showed last. Never decides anything.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Seen {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) platform: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) device_family: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) model_identifier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) client_mode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) remote_ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) path_env: Option<String>,
    pub(super) declared: Surface,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) connected_at_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) disconnected_at_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) host_stats: Option<NodeHostStats>,
}

/// A row of the store.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Stored<R, S> {
    pub(super) record: R,
    pub(super) seen: S,
}

impl Seen {
    /// What a connection says about itself, cleaned for people to read.
    pub(super) fn connected(&mut self, who: &Principal, now_ms: i64) {
        let client = &who.client;
        // Clients need not send a name each time; the one they gave stays.
        self.display_name = clean_option(client.display_name.as_deref()).or_else(|| self.display_name.take());
        self.platform = clean(&client.platform);
        self.device_family = clean_option(client.device_family.as_deref());
        self.model_identifier = clean_option(client.model_identifier.as_deref());
        self.version = clean(&client.version);
        self.client_id = clean(&client.id);
        self.client_mode = Some(client.mode.as_str().to_owned());
        self.remote_ip = Some(who.remote_ip.to_string());
        let path = who.declared.as_ref().and_then(|declared| declared.path_env.clone());
        self.path_env = path.filter(|path| path.len() <= MAX_PATH && !path.contains(char::is_control));
        self.declared = Surface::of(who.declared.as_deref());
        self.connected_at_ms = Some(now_ms);
        self.alive("connect", now_ms);
    }

    /// A sign of life.
    pub(super) fn alive(&mut self, reason: &str, now_ms: i64) {
        self.at_ms = Some(now_ms);
        self.reason = Some(reason.to_owned());
    }
}

impl Record {
    /// A node of which nothing is known.
    pub(super) fn new(node_id: &str, now_ms: i64) -> Self {
        Self { node_id: node_id.to_owned(), created_at_ms: now_ms, ..Self::default() }
    }

    /// Whether nobody was asked yet.
    pub(super) const fn is_untouched(&self) -> bool {
        !self.decided && self.request.is_none() && self.approved.is_none()
    }

    /// The node as it is listed once something of it is approved.
    pub(super) fn paired(&self, seen: &Seen) -> Option<PairedNode> {
        let approved = self.approved.as_ref()?;
        Some(PairedNode {
            node_id: self.node_id.clone(),
            token: None,
            display_name: self.name.clone().or_else(|| seen.display_name.clone()),
            platform: seen.platform.clone(),
            version: seen.version.clone(),
            device_family: seen.device_family.clone(),
            caps: Some(approved.caps.clone()),
            commands: Some(approved.commands.clone()),
            remote_ip: seen.remote_ip.clone(),
            created_at_ms: self.created_at_ms,
            approved_at_ms: self.approved_at_ms.unwrap_or(self.created_at_ms),
            last_connected_at_ms: seen.connected_at_ms,
        })
    }

    /// The request that waits, as approvers see it.
    pub(super) fn requested(&self, seen: &Seen) -> Option<NodePairRequested> {
        let request = self.request.as_ref()?;
        let permissions: BTreeMap<_, _> = request.surface.permissions.clone();
        Some(NodePairRequested {
            request_id: request.id.clone(),
            node_id: self.node_id.clone(),
            display_name: self.name.clone().or_else(|| seen.display_name.clone()),
            platform: seen.platform.clone(),
            version: seen.version.clone(),
            core_version: seen.version.clone(),
            device_family: seen.device_family.clone(),
            model_identifier: seen.model_identifier.clone(),
            caps: Some(request.surface.caps.clone()),
            commands: Some(request.surface.commands.clone()),
            permissions: (!permissions.is_empty()).then_some(permissions),
            remote_ip: seen.remote_ip.clone(),
            silent: Some(false),
            is_repair: Some(self.approved.is_some()),
            client_id: seen.client_id.clone(),
            client_mode: seen.client_mode.clone(),
            required_approve_scopes: Some(request.surface.approve_scopes()),
            ts: request.ts,
            ..NodePairRequested::default()
        })
    }
}
