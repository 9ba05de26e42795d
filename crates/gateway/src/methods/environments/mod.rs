//! `environments.*`: machines on which something can be done.

mod list;
mod status;

use postern_protocol::environments::{Environment, EnvironmentKind, EnvironmentStatus};
use postern_protocol::nodes::NodeRow;

use crate::rpc::Cx;

/// Id of the gateway's own machine.
const GATEWAY: &str = "gateway";
/// Begins the ids of nodes.
const NODE: &str = "node:";
/// Most commands that are named.
const MAX_COMMANDS: usize = 128;

fn gateway(cx: &Cx) -> Environment {
    let can = ["agents", "sessions", "tools"].map(str::to_owned).to_vec();
    Environment {
        id: GATEWAY.to_owned(),
        kind: EnvironmentKind::Local,
        label: Some(cx.host.clone()),
        status: EnvironmentStatus::Available,
        platform: Some(std::env::consts::OS.to_owned()),
        session_host: Some(true),
        last_connected_at_ms: None,
        last_disconnected_at_ms: None,
        last_seen_at_ms: None,
        last_seen_reason: None,
        capabilities: Some(can),
        invocable_commands: None,
    }
}

fn node(row: NodeRow) -> Environment {
    let status = if row.connected { EnvironmentStatus::Available } else { EnvironmentStatus::Unavailable };
    let some = |text: Option<String>| text.filter(|text| !text.is_empty());
    let mut commands = row.commands;
    commands.truncate(MAX_COMMANDS);
    Environment {
        id: format!("{NODE}{}", row.node_id),
        kind: EnvironmentKind::Node,
        label: some(row.display_name).or(Some(row.node_id)),
        status,
        platform: some(row.platform),
        session_host: Some(false),
        last_connected_at_ms: row.last_connected_at_ms,
        last_disconnected_at_ms: row.last_disconnected_at_ms,
        last_seen_at_ms: row.last_seen_at_ms,
        last_seen_reason: some(row.last_seen_reason),
        capabilities: Some(row.caps),
        invocable_commands: Some(commands),
    }
}
