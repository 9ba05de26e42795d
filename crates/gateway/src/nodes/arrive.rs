//! Nodes come and go.

use std::sync::Arc;

use postern_protocol::access::Role;
use postern_protocol::close::CloseReason;
use postern_protocol::nodes::{NodeDecision, NodePairResolved};

use super::record::{Record, Request, Seen};
use super::surface::{Arrival, Surface, Verdict, judge};
use super::{Draft, Live, MAX_NODES, Nodes, Notice, Platform, State, put};
use crate::hub::{Conn, Principal};

/// Rows rendered under one lock.
const FLUSH_AT_ONCE: usize = 256;

/// What the device behind a node was approved as. It decides, not what the
/// connection says about itself.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// Pinned operating system.
    pub platform: Option<String>,
    /// Pinned family.
    pub device_family: Option<String>,
    /// Whether its first declaration needs nobody's approval.
    pub is_trusted: bool,
    /// Whether nobody has looked at the device either: then its commands are asked
    /// about in protocol 3 too, where otherwise its own approval is enough.
    pub is_unseen: bool,
}

/// Name of the node behind a connection.
pub(super) fn node_id_of(who: &Principal) -> Option<&str> {
    (who.role == Role::Node).then_some(who.device_id.as_ref()?.as_str())
}

impl Nodes {
    /// A node has connected. An older connection of it is closed: of two, the one
    /// that came last counts.
    pub fn arrive(&self, conn: &Arc<Conn>, origin: &Origin) {
        let who = &conn.principal;
        let Some(node_id) = node_id_of(who) else { return };
        let strict = self.0.config.now().nodes.strict || origin.is_unseen;
        let now_ms = self.now_ms();
        let platform =
            Platform::of(who.dialect, origin.platform.as_deref().unwrap_or_default(), origin.device_family.as_deref());
        let live =
            Live { conn: Arc::clone(conn), platform, connected_at_ms: now_ms, active_at_ms: None, told_at_ms: None };
        let replaced = {
            let mut state = self.lock();
            let replaced = state.live.insert(node_id.to_owned(), live);
            state.seen.entry(node_id.to_owned()).or_default().connected(who, now_ms);
            state.unwritten.insert(node_id.to_owned());
            let arrival = Arrival { dialect: who.dialect, is_trusted: origin.is_trusted, strict };
            if let Some(draft) = on_arrival(&state, node_id, arrival, now_ms) {
                // Nobody waits for it; a failure is taken back and said in the log.
                drop(self.write(&mut state, draft));
            }
            replaced
        };
        if let Some(older) = replaced {
            older.conn.outbox.close(CloseReason::replaced(), false);
        }
    }

    /// A connection has ended.
    pub fn leave(&self, conn: &Conn) {
        let Some(node_id) = node_id_of(&conn.principal) else { return };
        let now_ms = self.now_ms();
        let mut state = self.lock();
        if state.live.get(node_id).is_none_or(|live| live.conn.principal.conn_id != conn.principal.conn_id) {
            return;
        }
        state.live.remove(node_id);
        if state.records.get(node_id).is_none() {
            // Nothing could be written down about it.
            state.seen.remove(node_id);
            state.unwritten.remove(node_id);
        }
        if let Some(seen) = state.seen.get_mut(node_id) {
            seen.disconnected_at_ms = Some(now_ms);
            seen.alive("disconnect", now_ms);
            state.unwritten.insert(node_id.to_owned());
        }
    }

    /// A sign of life of the node behind a connection.
    pub fn note_alive(&self, who: &Principal, trigger: &str) {
        let Some(node_id) = node_id_of(who) else { return };
        let now_ms = self.now_ms();
        let mut state = self.lock();
        if let Some(seen) = state.seen.get_mut(node_id) {
            seen.alive(trigger, now_ms);
            state.unwritten.insert(node_id.to_owned());
        }
    }

    /// Hands what was seen lately to the store, without waiting for it.
    pub fn flush_seen(&self) {
        let mut keys = std::mem::take(&mut self.lock().unwritten).into_iter();
        loop {
            // In parts, so that no handshake waits for all of them.
            let part: Vec<_> = keys.by_ref().take(FLUSH_AT_ONCE).collect();
            if part.is_empty() {
                return;
            }
            self.flush_part(part);
        }
    }

    fn flush_part(&self, keys: Vec<String>) {
        let mut state = self.lock();
        let mut changes = Vec::with_capacity(keys.len());
        for key in keys {
            if let Some(record) = state.records.settled(&key) {
                changes.push(put(record, state.seen.get(&key)));
            } else if state.records.get(&key).is_some() {
                state.unwritten.insert(key);
            }
        }
        // Under the lock: a note must not overtake a later write of the row.
        self.0.store.enqueue_lazy(changes);
    }
}

/// What the arrival of a node changes about its record.
fn on_arrival(state: &State, node_id: &str, arrival: Arrival, now_ms: i64) -> Option<Draft> {
    let known = state.records.get(node_id);
    let seen = state.seen.get(node_id)?;
    let declared = &seen.declared;
    if known.is_none() && state.records.values().count() >= MAX_NODES {
        tracing::warn!(limit = MAX_NODES, "Too many nodes are known; a new one is not remembered.");
        return None;
    }
    let before = known.map_or_else(|| Record::new(node_id, now_ms), |record| Record::clone(record));
    let mut next = before.clone();
    let mut notices = Vec::new();
    let mut audit = None;
    match judge(declared, before.approved.as_ref(), before.is_untouched(), arrival) {
        Verdict::Covered => supersede(&mut next, &mut notices, now_ms),
        Verdict::ApproveSilently => {
            next.approved = Some(declared.clone());
            next.approved_at_ms = Some(now_ms);
            let commands = &declared.commands;
            audit =
                Some(("node.approved", serde_json::json!({ "nodeId": node_id, "silent": true, "commands": commands })));
        }
        Verdict::Ask => ask(&mut next, seen, declared, &mut notices, now_ms),
    }
    let is_new = known.is_none();
    (is_new || next != before).then_some(Draft { node_id: node_id.to_owned(), record: Some(next), audit, notices })
}

/// A request for the same is the same request, however often the node comes.
fn ask(next: &mut Record, seen: &Seen, declared: &Surface, notices: &mut Vec<Notice>, now_ms: i64) {
    if next.request.as_ref().is_some_and(|request| request.surface.asks_like(declared)) {
        return;
    }
    supersede(next, notices, now_ms);
    let id = uuid::Uuid::new_v4().to_string();
    next.request = Some(Request { id, surface: declared.clone(), ts: now_ms, wants_token: false });
    notices.extend(next.requested(seen).map(|event| Notice::Requested(Box::new(event))));
}

/// Ends a request that nobody has decided.
pub(super) fn supersede(next: &mut Record, notices: &mut Vec<Notice>, now_ms: i64) {
    if let Some(request) = next.request.take() {
        let (request_id, node_id) = (request.id, next.node_id.clone());
        notices.push(Notice::Resolved(NodePairResolved {
            request_id,
            node_id,
            decision: NodeDecision::Rejected,
            ts: now_ms,
        }));
    }
}
