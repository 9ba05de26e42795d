//! The one task that writes: drains the queue, commits many batches at once and
//! acknowledges after the commit.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use metrics::Histogram;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};

use super::notes::Notes;
use super::{Change, StoreError, Table};

/// Batches that share one flush. More would make the first wait for the last.
const GROUP: usize = 256;

/// Changes that commit together, and who waits for them.
pub(super) struct Batch {
    changes: Vec<Change>,
    ack: oneshot::Sender<Result<(), StoreError>>,
    /// Room in the queue, given back when the batch is done.
    _room: OwnedSemaphorePermit,
}

impl Batch {
    pub(super) const fn new(
        changes: Vec<Change>,
        ack: oneshot::Sender<Result<(), StoreError>>,
        room: OwnedSemaphorePermit,
    ) -> Self {
        Self { changes, ack, _room: room }
    }

    fn answer(self, outcome: Result<(), StoreError>) {
        // Nobody waiting is fine: the batch is written either way.
        drop(self.ack.send(outcome));
    }
}

/// Owner of the writing connection. Ends when the store is closed.
pub struct Writer {
    path: PathBuf,
    connection: SqliteConnection,
    queue: mpsc::Receiver<Batch>,
    notes: Arc<Notes>,
    /// Seconds that each commit took.
    times: Histogram,
    /// Falls with the writer, which is what [`super::Store::close`] waits for.
    _alive: watch::Sender<()>,
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Writer {
    pub(super) const fn new(
        path: PathBuf,
        connection: SqliteConnection,
        queue: mpsc::Receiver<Batch>,
        notes: Arc<Notes>,
        alive: watch::Sender<()>,
    ) -> Self {
        Self { path, connection, queue, notes, times: Histogram::noop(), _alive: alive }
    }

    /// Has the time of each commit recorded.
    #[must_use]
    pub fn timed_by(self, times: Histogram) -> Self {
        Self { times, ..self }
    }

    /// Writes until the store is closed and everything queued is on disk.
    pub async fn run(mut self) {
        let mut group = Vec::new();
        loop {
            tokio::select! {
                biased;
                received = self.queue.recv_many(&mut group, GROUP) => {
                    if received == 0 {
                        break;
                    }
                }
                () = self.notes.due() => {}
            }
            self.write(&mut group).await;
        }
        self.write(&mut group).await;
        self.finish().await;
    }

    async fn write(&mut self, group: &mut Vec<Batch>) {
        // Taken after the batches were drained: a note that is still here was
        // left after every batch of the group that touches the same document.
        let notes = self.notes.take();
        if group.is_empty() && notes.is_empty() {
            return;
        }
        let started = Instant::now();
        self.write_group(group, &notes).await;
        self.times.record(started.elapsed().as_secs_f64());
    }

    async fn write_group(&mut self, group: &mut Vec<Batch>, notes: &[(Table, String, String)]) {
        // Alone it needs no savepoint to be undone alone.
        if let ([_], true) = (group.as_slice(), notes.is_empty()) {
            for batch in group.drain(..) {
                let outcome = self.commit_alone(&batch.changes).await;
                batch.answer(outcome);
            }
            return;
        }
        match self.commit_together(group, notes).await {
            Ok(outcomes) => {
                for (batch, outcome) in group.drain(..).zip(outcomes) {
                    batch.answer(outcome);
                }
            }
            // The transaction as a whole is gone. A batch alone may be small
            // enough for a full disk, and one that is not fails alone.
            Err(error) => {
                tracing::warn!(error = %error, batches = group.len(), "a commit failed, trying its batches one by one");
                for batch in group.drain(..) {
                    let outcome = self.commit_alone(&batch.changes).await;
                    batch.answer(outcome);
                }
            }
        }
    }

    /// One transaction for all; a batch that fails is undone alone.
    async fn commit_together(
        &mut self,
        group: &[Batch],
        notes: &[(Table, String, String)],
    ) -> Result<Vec<Result<(), StoreError>>, StoreError> {
        self.run_or_roll_back("BEGIN IMMEDIATE").await?;
        let mut outcomes = Vec::with_capacity(group.len());
        for batch in group {
            self.run_or_roll_back("SAVEPOINT batch").await?;
            let outcome = self.apply(&batch.changes).await;
            self.end_savepoint(outcome.is_ok()).await?;
            outcomes.push(outcome);
        }
        if !notes.is_empty() {
            self.run_or_roll_back("SAVEPOINT batch").await?;
            let noted = self.apply_notes(notes).await;
            self.end_savepoint(noted.is_ok()).await?;
        }
        self.run_or_roll_back("COMMIT").await?;
        Ok(outcomes)
    }

    async fn commit_alone(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        self.run_or_roll_back("BEGIN IMMEDIATE").await?;
        if let Err(error) = self.apply(changes).await {
            self.roll_back().await;
            return Err(error);
        }
        self.run_or_roll_back("COMMIT").await
    }

    async fn end_savepoint(&mut self, keep: bool) -> Result<(), StoreError> {
        if !keep {
            // Fails when SQLite already rolled the whole transaction back.
            self.run_or_roll_back("ROLLBACK TO batch").await?;
        }
        self.run_or_roll_back("RELEASE batch").await
    }

    async fn apply(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        for change in changes {
            self.apply_one(change).await.map_err(|error| StoreError::from_sqlx(&self.path, &error))?;
        }
        Ok(())
    }

    async fn apply_one(&mut self, change: &Change) -> Result<(), sqlx::Error> {
        let query = match change {
            Change::Put { table, key, body } => sqlx::query(AssertSqlSafe(format!(
                "INSERT INTO {} (key, body) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET body = excluded.body",
                table.name()
            )))
            .bind(key)
            .bind(body),
            Change::Delete { table, key } => {
                sqlx::query(AssertSqlSafe(format!("DELETE FROM {} WHERE key = $1", table.name()))).bind(key)
            }
            Change::Audit { ts_ms, kind, detail } => {
                sqlx::query("INSERT INTO audit (ts_ms, kind, detail) VALUES ($1, $2, $3)")
                    .bind(ts_ms)
                    .bind(kind)
                    .bind(detail)
            }
            Change::Append(row) => return row.insert(&mut self.connection).await,
            Change::RemoveTranscript { session_id } => {
                return super::transcript::remove(&mut self.connection, session_id).await;
            }
            Change::RemoveMedia { session_key } => {
                sqlx::query("DELETE FROM media WHERE session_key = $1").bind(session_key)
            }
            Change::Media(row) => return row.insert(&mut self.connection).await,
            Change::Usage(row) => return row.insert(&mut self.connection).await,
            Change::ForgetRuns { before_ms } => {
                sqlx::query("DELETE FROM runs WHERE json_extract(body, '$.endedAt') < $1").bind(before_ms)
            }
        };
        query.execute(&mut self.connection).await?;
        Ok(())
    }

    async fn apply_notes(&mut self, notes: &[(Table, String, String)]) -> Result<(), sqlx::Error> {
        for (table, key, body) in notes {
            let sql = AssertSqlSafe(format!("UPDATE {} SET body = $2 WHERE key = $1", table.name()));
            sqlx::query(sql).bind(key).bind(body).execute(&mut self.connection).await?;
        }
        Ok(())
    }

    async fn run_or_roll_back(&mut self, sql: &'static str) -> Result<(), StoreError> {
        let ran = sqlx::query(sql).execute(&mut self.connection).await;
        if let Err(error) = ran {
            self.roll_back().await;
            return Err(StoreError::from_sqlx(&self.path, &error));
        }
        Ok(())
    }

    /// Leaves no transaction open. An error here means there is none.
    async fn roll_back(&mut self) {
        drop(sqlx::query("ROLLBACK").execute(&mut self.connection).await);
    }

    /// Moves the log into the database, so that one file is the whole state.
    async fn finish(mut self) {
        let folded = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut self.connection).await;
        if let Err(error) = folded {
            tracing::warn!(error = %StoreError::from_sqlx(&self.path, &error), "could not fold the log into the database");
        }
        if let Err(error) = self.connection.close().await {
            tracing::warn!(error = %error, "the database did not close cleanly");
        }
    }

    /// Makes the database full at `pages` pages, for the real error of SQLite.
    #[cfg(test)]
    pub(super) async fn limit_pages(&mut self, pages: u32) {
        let sql = AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
        sqlx::query(sql).execute(&mut self.connection).await.unwrap();
    }
}
