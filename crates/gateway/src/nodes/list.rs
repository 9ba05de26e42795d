//! Nodes as they are listed.

use postern_protocol::Dialect;
use postern_protocol::access::Role;
use postern_protocol::nodes::{NodeApproval, NodeRow};
use postern_protocol::pairing::PairedDevice;

use super::policy::Offer;
use super::record::{Record, Seen};
use super::surface::{Surface, approval};
use super::{Live, NodeError, Nodes, State};
use crate::config::NodeRules;

impl Nodes {
    /// Every node that is connected or known, connected first, then by name.
    /// `paired` are the devices: one that may be a node is listed though it never
    /// came.
    #[must_use]
    pub fn list(&self, paired: &[PairedDevice]) -> Vec<NodeRow> {
        let config = self.0.config.now();
        let state = self.lock();
        let is_node = |device: &&PairedDevice| device.roles.contains(&Role::Node);
        let strangers = paired.iter().filter(is_node).filter(|device| state.record(&device.device_id).is_none());
        let merely_connected = state.live.keys().filter(|id| state.records.get(id).is_none());
        let active = state.most_active();
        let mut rows: Vec<NodeRow> = strangers.map(never_seen).collect();
        let listed = |record: &Record| row(&state, record, &config.nodes, active.as_deref());
        rows.extend(state.records.values().map(|record| listed(record)));
        rows.extend(merely_connected.filter_map(|id| state.record(id)).map(|record| listed(&record)));
        drop(state);
        rows.sort_by_cached_key(|row| {
            let name = row.display_name.as_ref().unwrap_or(&row.node_id).to_lowercase();
            (!row.connected, name, row.node_id.clone())
        });
        rows
    }

    /// One node.
    ///
    /// # Errors
    /// When nothing is known of it.
    pub fn describe(&self, node_id: &str, paired: &[PairedDevice]) -> Result<NodeRow, NodeError> {
        let config = self.0.config.now();
        let state = self.lock();
        if let Some(record) = state.record(node_id) {
            return Ok(row(&state, &record, &config.nodes, state.most_active().as_deref()));
        }
        let device = paired.iter().find(|device| device.device_id == node_id && device.roles.contains(&Role::Node));
        device.map(never_seen).ok_or(NodeError::UnknownNode)
    }
}

impl State {
    /// The computer that somebody used last, among those that say.
    pub(super) fn most_active(&self) -> Option<String> {
        let told = self.live.iter().filter_map(|(id, live)| Some((live.active_at_ms?, id)));
        told.max().map(|(_, id)| id.clone())
    }
}

/// A paired device that may be a node and never was.
fn never_seen(device: &PairedDevice) -> NodeRow {
    NodeRow {
        node_id: device.device_id.clone(),
        display_name: device.label.clone().or_else(|| device.display_name.clone()),
        platform: device.platform.clone(),
        device_family: device.device_family.clone(),
        client_id: device.client_id.clone(),
        client_mode: device.client_mode.clone(),
        remote_ip: device.remote_ip.clone(),
        paired: true,
        approval_state: Some(NodeApproval::Unapproved),
        session_host: Some(false),
        ..NodeRow::default()
    }
}

/// What a node may be asked at this moment.
pub(super) fn offered(live: &Live, record: &Record, seen: &Seen, rules: &NodeRules) -> Surface {
    let Some(approved) = &record.approved else {
        return Surface { permissions: seen.declared.permissions.clone(), ..Surface::default() };
    };
    let mut surface = seen.declared.within(approved);
    let offer = offer(live, &seen.declared);
    surface.commands.retain(|command| rules.lists(&offer, command));
    surface
}

pub(super) fn offer<'a>(live: &Live, declared: &'a Surface) -> Offer<'a> {
    let dialect = live.conn.principal.dialect;
    Offer { dialect, platform: live.platform, caps: &declared.caps, commands: &declared.commands }
}

fn row(state: &State, record: &Record, rules: &NodeRules, active: Option<&str>) -> NodeRow {
    let seen = state.seen.get(&record.node_id).cloned().unwrap_or_default();
    let live = state.live.get(&record.node_id);
    let surface = live.map_or_else(Surface::default, |live| offered(live, record, &seen, rules));
    let request = record.request.as_ref();
    let permissions = |surface: &Surface| (!surface.permissions.is_empty()).then(|| surface.permissions.clone());
    NodeRow {
        node_id: record.node_id.clone(),
        display_name: record.name.clone().or(seen.display_name),
        platform: seen.platform,
        core_version: seen.version.clone(),
        version: seen.version,
        ui_version: None,
        device_family: seen.device_family,
        model_identifier: seen.model_identifier,
        remote_ip: seen.remote_ip,
        client_id: seen.client_id,
        client_mode: seen.client_mode,
        permissions: permissions(&surface),
        caps: surface.caps,
        commands: surface.commands,
        path_env: seen.path_env,
        paired: true,
        connected: live.is_some(),
        connected_at_ms: live.map(|live| live.connected_at_ms),
        approval_state: Some(approval(&seen.declared, record.approved.as_ref(), request.is_some())),
        pending_request_id: request.map(|request| request.id.clone()),
        pending_declared_caps: request.map(|request| request.surface.caps.clone()),
        pending_declared_commands: request.map(|request| request.surface.commands.clone()),
        pending_declared_permissions: request.and_then(|request| permissions(&request.surface)),
        approved_at_ms: record.approved_at_ms,
        last_connected_at_ms: seen.connected_at_ms,
        last_disconnected_at_ms: seen.disconnected_at_ms,
        last_seen_at_ms: seen.at_ms,
        last_seen_reason: seen.reason,
        session_host: Some(false),
        host_stats: seen.host_stats,
        active: live.and_then(|live| live.active_at_ms).map(|_| active == Some(record.node_id.as_str())),
    }
}

/// A row as a generation knows it.
#[must_use]
pub(crate) fn in_dialect(row: NodeRow, dialect: Dialect) -> NodeRow {
    if dialect == Dialect::V4 {
        return row;
    }
    NodeRow {
        client_id: None,
        client_mode: None,
        approval_state: None,
        pending_request_id: None,
        pending_declared_caps: None,
        pending_declared_commands: None,
        pending_declared_permissions: None,
        approved_at_ms: None,
        last_connected_at_ms: None,
        last_disconnected_at_ms: None,
        last_seen_at_ms: None,
        last_seen_reason: None,
        session_host: None,
        host_stats: None,
        active: None,
        ..row
    }
}
