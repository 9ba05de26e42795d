//! What a node tells about its machine: whether somebody works there, what it has
//! and uses. In memory, and told to operators at most once a second for each node.

use postern_protocol::nodes::{NodeHostStats, NodeHostStatsChanged, NodePresence};

use super::arrive::node_id_of;
use super::{Nodes, RunNews};
use crate::hub::Conn;

/// Shortest time between two events about one node.
const PAUSE_MS: i64 = 1_000;

impl Nodes {
    /// Whether something of the node was approved: until then it is merely
    /// connected, and nothing it says starts or reads anything.
    #[must_use]
    pub fn is_trusted(&self, conn: &Conn) -> bool {
        let Some(node_id) = node_id_of(&conn.principal) else { return false };
        self.lock().records.get(node_id).is_some_and(|record| record.approved.is_some())
    }

    /// Figures of the node's machine.
    pub fn note_host_stats(&self, conn: &Conn, mut stats: NodeHostStats) {
        let Some(node_id) = node_id_of(&conn.principal) else { return };
        let now_ms = self.now_ms();
        stats.updated_at_ms = Some(now_ms);
        let event = {
            let mut state = self.lock();
            let Some(live) = state.live.get_mut(node_id).filter(|live| is_of(live, conn)) else { return };
            let may_tell = may_tell(live, now_ms);
            // Kept when it is away: what its machine has does not change with that.
            state.seen.entry(node_id.to_owned()).or_default().host_stats = Some(stats.clone());
            may_tell.then(|| NodeHostStatsChanged { node_id: node_id.to_owned(), host_stats: stats })
        };
        if let Some(event) = event {
            self.0.hub.publish(&event);
        }
    }

    /// How long ago somebody used the node; `None` when it no longer says.
    pub fn note_activity(&self, conn: &Conn, idle_seconds: Option<u64>) {
        let Some(node_id) = node_id_of(&conn.principal) else { return };
        let now_ms = self.now_ms();
        let idle_ms = idle_seconds.map(|idle| i64::try_from(idle.saturating_mul(1_000)).unwrap_or(i64::MAX));
        let event = {
            let mut state = self.lock();
            let was_active = state.most_active();
            let Some(live) = state.live.get_mut(node_id).filter(|live| is_of(live, conn)) else { return };
            let last_active_at_ms = idle_ms.map(|idle| now_ms.saturating_sub(idle));
            let ended = last_active_at_ms.is_none() && live.active_at_ms.is_some();
            live.active_at_ms = last_active_at_ms;
            let may_tell = may_tell(live, now_ms);
            let active = state.most_active();
            let changed = ended || active != was_active;
            (changed || may_tell).then(|| NodePresence {
                node_id: node_id.to_owned(),
                active: active.as_deref() == Some(node_id),
                idle_seconds,
                last_active_at_ms,
            })
        };
        if let Some(event) = event {
            self.0.hub.publish(&event);
        }
    }

    /// The session that news of a run belongs to; `None` when this node was not
    /// asked to run it or has told this already.
    #[must_use]
    pub fn session_for(&self, conn: &Conn, run_id: &str, news: RunNews) -> Option<Option<String>> {
        self.0.calls.session_for(&conn.principal.conn_id, run_id, news)
    }
}

fn is_of(live: &super::Live, conn: &Conn) -> bool {
    live.conn.principal.conn_id == conn.principal.conn_id
}

fn may_tell(live: &mut super::Live, now_ms: i64) -> bool {
    let may = live.told_at_ms.is_none_or(|told| !(0..PAUSE_MS).contains(&(now_ms - told)));
    if may {
        live.told_at_ms = Some(now_ms);
    }
    may
}
