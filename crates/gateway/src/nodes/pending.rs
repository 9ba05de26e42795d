//! What waits for nodes to come back: written down before it is acknowledged, and
//! handed out until the node says that it has it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use postern_protocol::nodes::{PendingItem, PendingPriority};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{NodeError, Nodes};
use crate::store::rows::{Rows, Ticket};
use crate::store::{Change, Commit, Store, StoreError, Table};

/// Items that may wait for one node.
const MAX_PER_NODE: usize = 100;
/// Items that may wait for all of them.
const MAX_ITEMS: usize = 10_000;
/// Longest payload, in bytes of JSON.
const MAX_PAYLOAD: usize = 64 * 1024;
/// Items handed out at once unless the node asks for fewer.
const MAX_AT_ONCE: usize = 10;

/// What is left for a node.
#[derive(Debug, Clone)]
pub struct NewItem {
    /// What is to be done.
    pub kind: String,
    /// How urgent it is.
    pub priority: PendingPriority,
    /// After how many milliseconds it is forgotten.
    pub expires_in_ms: Option<u64>,
    /// What it is about.
    pub payload: Option<Value>,
}

/// A part of a node's queue.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    /// Grows with every change.
    pub revision: u64,
    /// Most urgent first, then oldest.
    pub items: Vec<PendingItem>,
    /// Whether there are more.
    pub has_more: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    node_id: String,
    item: PendingItem,
    /// In the order of arrival.
    number: u64,
}

/// The queues of all nodes.
#[derive(Debug)]
pub(super) struct Queue(Mutex<Items>);

#[derive(Debug)]
struct Items {
    rows: Rows<Row>,
    revision: u64,
}

impl Queue {
    /// Reads what waits.
    pub(super) async fn read(store: &Store, now_ms: i64) -> Result<Self, StoreError> {
        let mut rows = Rows::default();
        let mut revision = u64::try_from(now_ms).unwrap_or(0);
        for (id, row) in store.rows::<Row>(Table::NodeQueue).await? {
            revision = revision.max(row.number + 1);
            rows.load(id, row);
        }
        Ok(Self(Mutex::new(Items { rows, revision })))
    }

    fn lock(&self) -> MutexGuard<'_, Items> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Items {
    fn next(&mut self) -> u64 {
        self.revision += 1;
        self.revision
    }

    /// What waits for a node, in the order in which it is handed out.
    fn of(&self, node_id: &str, now_ms: i64) -> Vec<Row> {
        let lives = |row: &&Arc<Row>| row.node_id == node_id && !is_over(&row.item, now_ms);
        let mut rows: Vec<Row> = self.rows.values().filter(lives).map(|row| Row::clone(row)).collect();
        rows.sort_by_key(|row| (std::cmp::Reverse(row.item.priority), row.number));
        rows
    }

    fn remove(&mut self, ids: &[String]) -> (Vec<Ticket<Row>>, Vec<Change>) {
        let gone = |id: &String| Change::Delete { table: Table::NodeQueue, key: id.clone() };
        (ids.iter().map(|id| self.rows.set(id, None)).collect(), ids.iter().map(gone).collect())
    }
}

fn is_over(item: &PendingItem, now_ms: i64) -> bool {
    item.expires_at_ms.is_some_and(|at| now_ms >= at)
}

impl Nodes {
    /// Leaves an item for a node; the revision and the item once they are durable.
    ///
    /// # Errors
    /// When too much waits already, or it cannot be written down.
    pub async fn enqueue(&self, node_id: &str, new: NewItem) -> Result<(u64, PendingItem), NodeError> {
        let now_ms = self.now_ms();
        let size = new.payload.as_ref().map_or(0, |payload| payload.to_string().len());
        if size > MAX_PAYLOAD {
            return Err(NodeError::PayloadTooLarge);
        }
        let expires = new.expires_in_ms.map(|after| now_ms.saturating_add(i64::try_from(after).unwrap_or(i64::MAX)));
        let item = PendingItem {
            id: uuid::Uuid::new_v4().to_string(),
            kind: new.kind,
            priority: new.priority,
            created_at_ms: now_ms,
            expires_at_ms: expires,
            payload: new.payload,
        };
        let (revision, settled) = {
            let mut table = self.0.queue.lock();
            let over: Vec<String> = table.rows.values().filter(|row| is_over(&row.item, now_ms)).map(id_of).collect();
            if table.of(node_id, now_ms).len() >= MAX_PER_NODE || table.rows.values().count() - over.len() >= MAX_ITEMS
            {
                return Err(NodeError::QueueFull);
            }
            let (mut tickets, mut changes) = table.remove(&over);
            let number = table.next();
            let row = Row { node_id: node_id.to_owned(), item: item.clone(), number };
            let body = serde_json::to_string(&row).unwrap_or_default();
            changes.push(Change::Put { table: Table::NodeQueue, key: item.id.clone(), body });
            tickets.push(table.rows.set(&item.id, Some(Arc::new(row))));
            (number, self.settled(tickets, self.0.store.enqueue(changes)))
        };
        settled.await?;
        Ok((revision, item))
    }

    /// What waits for a node; it stays there.
    #[must_use]
    pub fn pull(&self, node_id: &str, max_items: Option<u32>) -> Waiting {
        let table = self.0.queue.lock();
        let mut rows = table.of(node_id, self.now_ms());
        let most = max_items.map_or(MAX_AT_ONCE, |most| most as usize).clamp(1, MAX_AT_ONCE);
        let has_more = rows.len() > most;
        rows.truncate(most);
        Waiting { revision: table.revision, items: rows.into_iter().map(|row| row.item).collect(), has_more }
    }

    /// What waits for a node, and is gone with the answer.
    ///
    /// # Errors
    /// When that cannot be written down; then everything stays.
    pub async fn drain(&self, node_id: &str, max_items: Option<u32>) -> Result<Waiting, NodeError> {
        let waiting = self.pull(node_id, max_items);
        let ids: Vec<String> = waiting.items.iter().map(|item| item.id.clone()).collect();
        let (revision, taken) = self.acknowledge(node_id, &ids).await?;
        // Of two that drain at once, each item goes to one.
        let items = waiting.items.into_iter().filter(|item| taken.contains(&item.id)).collect();
        Ok(Waiting { revision, items, has_more: waiting.has_more })
    }

    /// Forgets items that a node has; returns those that were its own.
    ///
    /// # Errors
    /// When that cannot be written down; then they stay.
    pub async fn acknowledge(&self, node_id: &str, ids: &[String]) -> Result<(u64, Vec<String>), NodeError> {
        let (revision, own, settled) = {
            let mut table = self.0.queue.lock();
            let is_own = |id: &&String| table.rows.get(id).is_some_and(|row| row.node_id == node_id);
            let own: Vec<String> = ids.iter().filter(is_own).cloned().collect();
            if own.is_empty() {
                return Ok((table.revision, own));
            }
            let (tickets, changes) = table.remove(&own);
            (table.next(), own, self.settled(tickets, self.0.store.enqueue(changes)))
        };
        settled.await?;
        Ok((revision, own))
    }

    /// Forgets everything that waits for a node that is gone.
    pub(super) async fn forget_queue(&self, node_id: &str) -> Result<(), NodeError> {
        let of_node = {
            let table = self.0.queue.lock();
            table.rows.values().filter(|row| row.node_id == node_id).map(id_of).collect::<Vec<_>>()
        };
        self.acknowledge(node_id, &of_node).await.map(drop)
    }

    /// Resolves when memory says what came of the write. For under the lock.
    fn settled(&self, tickets: Vec<Ticket<Row>>, commit: Commit) -> Commit {
        let nodes = self.clone();
        self.0.settler.settled(commit, move |stored| {
            let mut table = nodes.0.queue.lock();
            tickets.iter().for_each(|ticket| table.rows.settle(ticket, stored));
        })
    }
}

fn id_of(row: &Arc<Row>) -> String {
    row.item.id.clone()
}
