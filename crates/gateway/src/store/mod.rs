//! Durable facts: one SQLite file, one writer, acknowledged after commit.
//!
//! Services hand over [`Change`]s and get a [`Commit`] to await. One [`Writer`]
//! task drains the queue and commits many batches at once, because the disk
//! flush is what a commit costs. Nothing of SQLite shows through this border: a
//! document is a key and a JSON text.
//!
//! | file | owns |
//! |---|---|
//! | `open.rs` | file modes, connection settings, migrations |
//! | `examine.rs` | a look from outside |
//! | `writer.rs` | group commit |
//! | `notes.rs` | changes that may be lost |
//! | `rows.rs` | a table in memory whose failed writes take themselves back |
//! | `settle.rs` | taking in what came of writes, in their order |
//! | `transcript.rs` | messages and pictures: pages, look-up, search |
//! | `usage.rs` | sums over what models took |
//! | `snapshot.rs` | copies of the file, and what they hold |
//! | `error.rs` | failures in the operator's words |

mod error;
mod examine;
mod notes;
mod open;
pub(crate) mod rows;
pub(crate) mod settle;
mod snapshot;
#[cfg(test)]
mod tests;
mod transcript;
mod usage;
mod writer;

use std::fmt;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use serde::de::DeserializeOwned;
use sqlx::SqlitePool;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

pub use self::error::StoreError;
pub use self::examine::{DatabaseFacts, examine};
use self::notes::Notes;
pub use self::snapshot::{Holdings, documents, inspect, move_workspace, snapshot};
pub use self::transcript::{Found, MediaRow, Page, TranscriptRow};
pub use self::usage::{UsageFilter, UsageRow, UsageSum, UsageTotals};
use self::writer::Batch;
pub use self::writer::Writer;

/// Batches that may wait; beyond it `enqueue` answers [`StoreError::Busy`].
const QUEUE_BATCHES: usize = 4096;
/// Bytes that may wait, for the same reason.
const QUEUE_BYTES: usize = 16 * 1024 * 1024;

/// A kind of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Table {
    /// Paired devices.
    Devices,
    /// Pairing requests that wait for a decision.
    PairingRequests,
    /// Setup codes that were issued and not yet used.
    SetupCodes,
    /// Facts about the gateway itself.
    Meta,
    /// Conversations, by canonical session key.
    Sessions,
    /// Runs that are under way or ended lately, by run id.
    Runs,
    /// Agents that were made at run time, by id.
    Agents,
    /// Nodes: what is approved of them and what is known, by node id.
    Nodes,
    /// What waits for nodes, by the id of the item.
    NodeQueue,
}

impl Table {
    const fn name(self) -> &'static str {
        match self {
            Self::Devices => "devices",
            Self::PairingRequests => "pairing_requests",
            Self::SetupCodes => "setup_codes",
            Self::Meta => "meta",
            Self::Sessions => "sessions",
            Self::Runs => "runs",
            Self::Agents => "agents",
            Self::Nodes => "nodes",
            Self::NodeQueue => "node_queue",
        }
    }
}

/// One change. A batch of them is committed as a whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Writes a document, replacing the one with the same key.
    Put {
        /// Its kind.
        table: Table,
        /// Its key.
        key: String,
        /// JSON; a batch with anything else fails.
        body: String,
    },
    /// Removes a document; removing one that does not exist is fine.
    Delete {
        /// Its kind.
        table: Table,
        /// Its key.
        key: String,
    },
    /// Records what happened.
    Audit {
        /// Epoch milliseconds.
        ts_ms: i64,
        /// What happened, a stable word.
        kind: String,
        /// JSON without secrets.
        detail: String,
    },
    /// Adds a message to a transcript; fails when its position is taken.
    Append(TranscriptRow),
    /// Removes the transcript of a session that is gone.
    RemoveTranscript {
        /// The session's id.
        session_id: String,
    },
    /// Removes the pictures of a session that is gone.
    RemoveMedia {
        /// The session's canonical key.
        session_key: String,
    },
    /// Keeps a picture; one that is there already stays.
    Media(MediaRow),
    /// Records what an answer of a model took.
    Usage(UsageRow),
    /// Forgets runs that ended before this time, epoch milliseconds.
    ForgetRuns {
        /// The time.
        before_ms: i64,
    },
}

impl Change {
    fn bytes(&self) -> usize {
        let text = match self {
            Self::Put { key, body, .. } => key.len() + body.len(),
            Self::Delete { key, .. } => key.len(),
            Self::Audit { kind, detail, .. } => kind.len() + detail.len(),
            Self::Append(row) => row.body.len() + row.text.len() + 256,
            Self::RemoveTranscript { session_id } => session_id.len(),
            Self::RemoveMedia { session_key } => session_key.len(),
            Self::Media(row) => row.bytes.len(),
            Self::Usage(_) | Self::ForgetRuns { .. } => 256,
        };
        text + size_of::<Self>()
    }
}

/// One line of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Epoch milliseconds.
    pub ts_ms: i64,
    /// What happened.
    pub kind: String,
    /// JSON.
    pub detail: String,
}

/// The newest schema this release knows.
#[must_use]
pub fn newest_schema() -> i64 {
    open::newest_schema()
}

/// The schema of a database that nobody has open; 0 when there is none.
///
/// # Errors
/// [`StoreError`] when it is no database.
pub async fn schema_of(path: &Path) -> Result<i64, StoreError> {
    open::schema_of(path).await
}

/// What [`Store::open`] returns.
#[derive(Debug)]
pub struct Opened {
    /// The handle for everybody.
    pub store: Store,
    /// To be run by exactly one task.
    pub writer: Writer,
}

/// Cheap handle to the database.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    /// `None` once closed: the writer ends when the last sender is gone.
    queue: Mutex<Option<mpsc::Sender<Batch>>>,
    room: Arc<Semaphore>,
    notes: Arc<Notes>,
    reader: SqlitePool,
    /// Its sender lives in the writer and falls with it.
    writer_alive: watch::Receiver<()>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("path", &self.shared.path).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the database at `path`, creating it (0600, folder 0700) and
    /// bringing its schema up to date.
    pub async fn open(path: &Path) -> Result<Opened, StoreError> {
        open::prepare_file(path)?;
        let connection = open::connect_writer(path).await?;
        let (sender, receiver) = mpsc::channel(QUEUE_BATCHES);
        let (alive, writer_alive) = watch::channel(());
        let notes = Arc::new(Notes::default());
        let writer = Writer::new(path.to_owned(), connection, receiver, Arc::clone(&notes), alive);
        let shared = Shared {
            path: path.to_owned(),
            queue: Mutex::new(Some(sender)),
            room: Arc::new(Semaphore::new(QUEUE_BYTES)),
            notes,
            reader: open::lazy_reader(path),
            writer_alive,
        };
        Ok(Opened { store: Self { shared: Arc::new(shared) }, writer })
    }

    /// Queues one atomic batch without blocking. Batches commit in the order of
    /// these calls; the [`Commit`] resolves when the batch is on disk. A full
    /// queue resolves to [`StoreError::Busy`]. The batch is written whether or
    /// not the `Commit` is awaited.
    pub fn enqueue(&self, changes: Vec<Change>) -> Commit {
        let shared = &*self.shared;
        let bytes = changes.iter().map(Change::bytes).sum::<usize>().min(QUEUE_BYTES);
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let Ok(room) = Arc::clone(&shared.room).try_acquire_many_owned(bytes) else {
            return Commit::refused(StoreError::Busy);
        };
        let (ack, done) = oneshot::channel();
        let queue = shared.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(sender) = queue.as_ref() else { return Commit::refused(StoreError::Closed) };
        // Before the send: a note older than this batch must not follow it.
        shared.notes.forget(&changes);
        match sender.try_send(Batch::new(changes, ack, room)) {
            Ok(()) => Commit(Pending::Waiting(done)),
            Err(TrySendError::Full(_)) => Commit::refused(StoreError::Busy),
            Err(TrySendError::Closed(_)) => Commit::refused(StoreError::Closed),
        }
    }

    /// Leaves changes that may be lost when the process is killed and that
    /// replace each other per key, such as "last seen". A `Put` updates a
    /// document only if it still exists, so a note never brings back what was
    /// removed.
    pub fn enqueue_lazy(&self, changes: Vec<Change>) {
        let rest = self.shared.notes.leave(changes);
        if !rest.is_empty() {
            drop(self.enqueue(rest));
        }
    }

    /// All documents of one kind, by key.
    pub async fn load(&self, table: Table) -> Result<Vec<(String, String)>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!("SELECT key, body FROM {} ORDER BY key", table.name()));
        let rows = sqlx::query_as(sql).fetch_all(&self.shared.reader).await;
        rows.map_err(|error| self.failed(&error))
    }

    /// The same, read. One bad row must not take the others with it: it is left
    /// alone and reported.
    pub async fn rows<T: DeserializeOwned>(&self, table: Table) -> Result<Vec<(String, T)>, StoreError> {
        let rows = self.rows_and_damage(table).await?.into_iter();
        Ok(rows.filter_map(|(key, row)| Some((key, row?))).collect())
    }

    /// The same with the keys of bad rows, for those to whom they mean something.
    pub async fn rows_and_damage<T: DeserializeOwned>(
        &self,
        table: Table,
    ) -> Result<Vec<(String, Option<T>)>, StoreError> {
        let read = |(key, body): (String, String)| match serde_json::from_str(&body) {
            Ok(row) => (key, Some(row)),
            Err(error) => {
                tracing::error!(?table, key, %error, "A stored row cannot be read and is left out.");
                (key, None)
            }
        };
        Ok(self.load(table).await?.into_iter().map(read).collect())
    }

    /// One document.
    pub async fn get(&self, table: Table, key: &str) -> Result<Option<String>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!("SELECT body FROM {} WHERE key = $1", table.name()));
        let body = sqlx::query_scalar(sql).bind(key).fetch_optional(&self.shared.reader).await;
        body.map_err(|error| self.failed(&error))
    }

    /// Runs that have not ended, as they were written down last.
    pub async fn unfinished_runs(&self) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT body FROM runs WHERE json_extract(body, '$.state') IN ('queued', 'running')";
        let rows = sqlx::query_scalar(sql).fetch_all(&self.shared.reader).await;
        rows.map_err(|error| self.failed(&error))
    }

    /// The newest `limit` audit entries, oldest of them first.
    pub async fn audit_tail(&self, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        let rows: Result<Vec<(i64, String, String)>, sqlx::Error> =
            sqlx::query_as("SELECT ts_ms, kind, detail FROM audit ORDER BY id DESC LIMIT $1")
                .bind(i64::from(limit))
                .fetch_all(&self.shared.reader)
                .await;
        let rows = rows.map_err(|error| self.failed(&error))?;
        Ok(rows.into_iter().rev().map(|(ts_ms, kind, detail)| AuditEntry { ts_ms, kind, detail }).collect())
    }

    /// Refuses new work, waits until everything queued is committed and the
    /// writer has ended. Idempotent. Needs the [`Writer`] to be running or
    /// dropped, else it waits for it.
    pub async fn close(&self) {
        self.shared.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.shared.reader.close().await;
        let mut alive = self.shared.writer_alive.clone();
        // Nothing is ever sent: the wait ends when the writer drops its end.
        while alive.changed().await.is_ok() {}
    }

    /// Where the database is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    fn failed(&self, error: &sqlx::Error) -> StoreError {
        StoreError::from_sqlx(&self.shared.path, error)
    }
}

/// Resolves when the batch is durable, or says why it is not.
#[must_use = "nothing is known to be durable until this resolves"]
#[derive(Debug)]
pub struct Commit(Pending);

#[derive(Debug)]
enum Pending {
    Waiting(oneshot::Receiver<Result<(), StoreError>>),
    Refused(StoreError),
}

impl Commit {
    const fn refused(error: StoreError) -> Self {
        Self(Pending::Refused(error))
    }
}

impl Future for Commit {
    type Output = Result<(), StoreError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Pending::Refused(error) => Poll::Ready(Err(error.clone())),
            // A writer that went away without an answer may or may not have written.
            Pending::Waiting(done) => {
                Pin::new(done).poll(context).map(|answer| answer.unwrap_or(Err(StoreError::Closed)))
            }
        }
    }
}
