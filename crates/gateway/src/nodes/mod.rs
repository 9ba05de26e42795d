//! Nodes: devices that offer commands, what of that was approved, and calls of
//! their commands (`methods.md §6`, `handshake.md §8`, `storage-and-config.md §3`).
//!
//! What holds:
//! - a command is invoked only when a list has it, the node declares it now, and
//!   somebody approved it; which list counts follows from the platform that was
//!   pinned with the device, not from what a connection says;
//! - what is approved grows only by an approval that passes its caller, or with
//!   the first declaration of a trusted node; never by connecting again;
//! - a node has one connection, one request, and one approved surface;
//! - an answer counts only from the connection that was asked, and once;
//! - a call ends: with an answer, its deadline, or the connection.
//!
//! | file | owns |
//! |---|---|
//! | `platform.rs`, `policy.rs` | which commands a node may offer (pure) |
//! | `surface.rs` | what is declared, and what becomes of it (pure) |
//! | `record.rs` | what is kept |
//! | `arrive.rs` | coming, going, signs of life |
//! | `decide.rs` | approving, rejecting, removing, renaming |
//! | `legacy.rs` | requests and tokens of protocol 3 |
//! | `list.rs` | nodes as they are listed |
//! | `calls.rs`, `invoke.rs` | calls under way; making one |
//! | `pending.rs` | what waits for nodes to come back |
//! | `presence.rs` | what a node tells about its machine |

mod arrive;
mod calls;
mod decide;
mod error;
mod invoke;
mod legacy;
mod list;
mod pending;
mod platform;
mod policy;
mod presence;
mod record;
mod surface;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use postern_protocol::nodes::{NodePairRequested, NodePairResolved};

pub use self::arrive::Origin;
pub use self::calls::{Answer, Caller, RunNews};
pub use self::error::NodeError;
pub use self::invoke::Invocation;
pub(crate) use self::list::in_dialect;
pub use self::pending::{NewItem, Waiting};
pub use self::platform::Platform;
pub use self::policy::CommandRefusal;

use self::calls::Calls;
use self::pending::Queue;
use self::record::{Record, Seen, Stored};
use crate::config::LiveConfig;
use crate::hub::{Conn, Hub};
use crate::options::Clock;
use crate::store::rows::{Rows, Ticket};
use crate::store::settle::Settler;
use crate::store::{Change, Commit, Store, StoreError, Table};
use crate::tasks::Tasks;

/// Most nodes that are known.
const MAX_NODES: usize = 10_000;

/// Handle to the nodes.
#[derive(Clone)]
pub struct Nodes(Arc<Service>);

struct Service {
    state: Mutex<State>,
    calls: Calls,
    queue: Queue,
    store: Store,
    hub: Hub,
    clock: Clock,
    settler: Settler,
    config: LiveConfig,
}

#[derive(Debug, Default)]
struct State {
    /// By node id.
    records: Rows<Record>,
    seen: HashMap<String, Seen>,
    /// Nodes whose `seen` is newer than the store's.
    unwritten: HashSet<String>,
    /// Connected nodes.
    live: HashMap<String, Live>,
}

/// A connected node.
#[derive(Debug, Clone)]
struct Live {
    conn: Arc<Conn>,
    /// Whose list of commands counts.
    platform: Platform,
    connected_at_ms: i64,
    /// Last input of somebody, epoch milliseconds.
    active_at_ms: Option<i64>,
    /// When its machine was last told about, epoch milliseconds.
    told_at_ms: Option<i64>,
}

/// What others are told once a decision is durable.
#[derive(Debug)]
enum Notice {
    Requested(Box<NodePairRequested>),
    Resolved(NodePairResolved),
}

/// What a decision wants: one record changed, an entry in the audit trail, and
/// events.
#[derive(Debug)]
struct Draft {
    node_id: String,
    /// `None` forgets the node.
    record: Option<Record>,
    audit: Option<(&'static str, serde_json::Value)>,
    notices: Vec<Notice>,
}

impl std::fmt::Debug for Nodes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Nodes").finish_non_exhaustive()
    }
}

impl Nodes {
    /// Reads what is known.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn open(
        store: Store,
        hub: Hub,
        clock: Clock,
        (tasks, config): (Tasks, LiveConfig),
    ) -> Result<Self, StoreError> {
        let mut state = State::default();
        for (id, row) in store.rows_and_damage::<Stored<Record, Seen>>(Table::Nodes).await? {
            let Some(row) = row else {
                // It may have held a refusal.
                let record = Record { decided: true, ..Record::new(&id, clock.now_ms()) };
                state.records.load(id, record);
                continue;
            };
            state.seen.insert(id.clone(), row.seen);
            state.records.load(id, row.record);
        }
        let queue = Queue::read(&store, clock.now_ms()).await?;
        let (state, calls, settler) = (Mutex::new(state), Calls::default(), Settler::new(tasks, "nodes"));
        Ok(Self(Arc::new(Service { state, calls, queue, store, hub, clock, settler, config })))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now_ms(&self) -> i64 {
        self.0.clock.now_ms()
    }

    /// Runs one decision: `decide` reads the state and says what it wants; memory
    /// and store take it under the same lock; the answer comes after the commit. A
    /// write that fails is taken back.
    async fn change<T>(
        &self,
        decide: impl FnOnce(&State, i64) -> Result<(T, Option<Draft>), NodeError>,
    ) -> Result<T, NodeError> {
        let (value, written) = {
            let mut state = self.lock();
            let (value, draft) = decide(&state, self.now_ms())?;
            let Some(draft) = draft else { return Ok(value) };
            (value, self.write(&mut state, draft))
        };
        written.await?;
        Ok(value)
    }

    /// Applies a draft, under the lock of the state; what comes back resolves when it is durable.
    fn write(&self, state: &mut State, draft: Draft) -> Commit {
        let Draft { node_id, record, audit, notices } = draft;
        let mut changes = vec![match &record {
            Some(record) => put(record, state.seen.get(&node_id)),
            None => Change::Delete { table: Table::Nodes, key: node_id.clone() },
        }];
        if let Some((kind, detail)) = audit {
            let (ts_ms, kind) = (self.now_ms(), kind.to_owned());
            changes.push(Change::Audit { ts_ms, kind, detail: detail.to_string() });
        }
        let ticket = state.records.set(&node_id, record.map(Arc::new));
        let commit = self.0.store.enqueue(changes);
        let nodes = self.clone();
        self.0.settler.settled(commit, move |stored| {
            nodes.lock().settle(&ticket, stored);
            if stored {
                nodes.publish(notices);
            }
        })
    }

    fn publish(&self, notices: Vec<Notice>) {
        for notice in notices {
            match notice {
                Notice::Requested(event) => self.0.hub.publish(&*event),
                Notice::Resolved(event) => self.0.hub.publish(&event),
            }
        }
    }
}

impl State {
    /// Takes in how a write ended. A node that is connected is known also when
    /// nothing could be written down about it.
    fn settle(&mut self, ticket: &Ticket<Record>, stored: bool) {
        self.records.settle(ticket, stored);
        let node_id = ticket.key();
        if self.records.get(node_id).is_none() && !self.live.contains_key(node_id) {
            self.seen.remove(node_id);
            self.unwritten.remove(node_id);
        }
    }

    /// What was decided about a node; nothing yet of one that is merely connected.
    fn record(&self, node_id: &str) -> Option<Arc<Record>> {
        let merely_connected = || {
            let live = self.live.get(node_id)?;
            Some(Arc::new(Record::new(node_id, live.connected_at_ms)))
        };
        self.records.get(node_id).cloned().or_else(merely_connected)
    }
}

/// A node's row with what is known about it now.
fn put(record: &Record, seen: Option<&Seen>) -> Change {
    let row = Stored { record, seen: seen.cloned().unwrap_or_default() };
    // Texts, numbers and lists always serialise; the store refuses the empty text.
    let body = serde_json::to_string(&row).unwrap_or_default();
    Change::Put { table: Table::Nodes, key: record.node_id.clone(), body }
}
