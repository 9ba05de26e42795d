//! What nodes tell about their machines.

use postern_protocol::nodes::NodeHostStats;
use serde::Deserialize;

use super::Effect;
use crate::devices::clean;
use crate::rpc::{Cx, RpcError, RpcResult};

/// The longest idle time that counts, in seconds.
const MAX_IDLE: u64 = 30 * 24 * 60 * 60;

/// `node.presence.alive`.
#[derive(Deserialize)]
pub(super) struct Alive {
    trigger: Option<String>,
}

/// `node.presence.activity`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Activity {
    idle_seconds: Option<u64>,
    action: Option<String>,
}

pub(super) fn alive(cx: &Cx, alive: &Alive) -> RpcResult<Effect> {
    let trigger = alive.trigger.as_deref().and_then(clean).unwrap_or_else(|| "alive".to_owned());
    cx.nodes.note_alive(cx.principal(), &trigger);
    Ok(Effect::because("persisted"))
}

pub(super) fn activity(cx: &Cx, activity: &Activity) -> RpcResult<Effect> {
    match (activity.action.as_deref(), activity.idle_seconds) {
        (Some("clear"), _) => cx.nodes.note_activity(cx.conn(), None),
        (_, Some(idle)) if idle <= MAX_IDLE => cx.nodes.note_activity(cx.conn(), Some(idle)),
        _ => return Err(RpcError::invalid("payload needs idleSeconds (0 to 2592000) or action \"clear\"")),
    }
    Ok(Effect::because("updated"))
}

pub(super) fn host_stats(cx: &Cx, stats: NodeHostStats) -> RpcResult<Effect> {
    let is_sane = stats.memory_free_bytes <= stats.memory_total_bytes
        && stats.load_average.is_none_or(|load| load.iter().all(|load| load.is_finite() && *load >= 0.0));
    if !is_sane {
        return Err(RpcError::invalid(
            "payload: memoryFreeBytes must not exceed memoryTotalBytes, loadAverage must not be negative",
        ));
    }
    cx.nodes.note_host_stats(cx.conn(), stats);
    Ok(Effect::because("updated"))
}
