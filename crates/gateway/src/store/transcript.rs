//! Messages and pictures: how they are written, paged through and found.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::{Store, StoreError};

/// One message as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranscriptRow {
    /// The session's id.
    pub session_id: String,
    /// Position, from 1, without gaps.
    pub seq: i64,
    /// The message's id, unique in its session.
    pub message_id: String,
    /// Run it belongs to.
    pub run_id: Option<String>,
    /// Epoch milliseconds.
    pub ts_ms: i64,
    /// `user`, `assistant`, `toolResult`, `system`, `compaction` or `event`.
    pub role: String,
    /// The message, JSON.
    pub body: String,
    /// Its words, for search and previews.
    pub text: String,
}

impl TranscriptRow {
    pub(super) async fn insert(&self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let sql = "INSERT INTO transcript (session_id, seq, message_id, run_id, ts_ms, role, body, text) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let query = sqlx::query(sql).bind(&self.session_id).bind(self.seq).bind(&self.message_id).bind(&self.run_id);
        let query = query.bind(self.ts_ms).bind(&self.role).bind(&self.body).bind(&self.text);
        query.execute(connection).await.map(drop)
    }

    fn read(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            session_id: row.try_get("session_id")?,
            seq: row.try_get("seq")?,
            message_id: row.try_get("message_id")?,
            run_id: row.try_get("run_id")?,
            ts_ms: row.try_get("ts_ms")?,
            role: row.try_get("role")?,
            body: row.try_get("body")?,
            text: row.try_get("text")?,
        })
    }
}

/// Removes a session's messages, also from search.
pub(super) async fn remove(connection: &mut SqliteConnection, session_id: &str) -> Result<(), sqlx::Error> {
    let steps = [
        "INSERT OR IGNORE INTO removed_sessions (session_id) VALUES ($1)",
        "DELETE FROM transcript WHERE session_id = $1",
    ];
    for sql in steps {
        sqlx::query(sql).bind(session_id).execute(&mut *connection).await?;
    }
    Ok(())
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaRow {
    /// Hex SHA-256 of its bytes.
    pub id: String,
    /// Session it was sent in, by canonical key.
    pub session_key: String,
    /// Its MIME type.
    pub mime: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl MediaRow {
    pub(super) async fn insert(&self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let sql = "INSERT OR IGNORE INTO media (id, session_key, mime, bytes) VALUES ($1, $2, $3, $4)";
        let query = sqlx::query(sql).bind(&self.id).bind(&self.session_key).bind(&self.mime).bind(&self.bytes);
        query.execute(connection).await.map(drop)
    }
}

/// Which messages of a session are wanted: the newest `limit` with
/// `after < seq < before`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Only later ones than this.
    pub after: i64,
    /// Only earlier ones than this.
    pub before: i64,
    /// Most rows.
    pub limit: u32,
}

/// A message that a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The message.
    pub row: TranscriptRow,
    /// The words around the hit.
    pub snippet: String,
    /// How well it fits; higher is better.
    pub score: f64,
}

impl Store {
    /// A page of a transcript, oldest first. The time does not depend on how long
    /// the transcript is.
    pub async fn transcript_page(&self, session_id: &str, page: Page) -> Result<Vec<TranscriptRow>, StoreError> {
        let sql = "SELECT session_id, seq, message_id, run_id, ts_ms, role, body, text FROM transcript \
                   WHERE session_id = $1 AND seq > $2 AND seq < $3 ORDER BY seq DESC LIMIT $4";
        let query = sqlx::query(sql).bind(session_id).bind(page.after).bind(page.before).bind(i64::from(page.limit));
        let rows = query.fetch_all(&self.shared.reader).await.map_err(|error| self.failed(&error))?;
        let rows = rows.iter().rev().map(TranscriptRow::read).collect::<Result<_, _>>();
        rows.map_err(|error| self.failed(&error))
    }

    /// One message by its id.
    pub async fn transcript_message(&self, session_id: &str, id: &str) -> Result<Option<TranscriptRow>, StoreError> {
        let sql = "SELECT session_id, seq, message_id, run_id, ts_ms, role, body, text FROM transcript \
                   WHERE session_id = $1 AND message_id = $2";
        let row = sqlx::query(sql).bind(session_id).bind(id).fetch_optional(&self.shared.reader).await;
        let row = row.and_then(|row| row.as_ref().map(TranscriptRow::read).transpose());
        row.map_err(|error| self.failed(&error))
    }

    /// Messages of `session_ids` that contain all `words`, best first.
    pub async fn transcript_search(
        &self,
        words: &str,
        session_ids: &[String],
        limit: u32,
    ) -> Result<Vec<Found>, StoreError> {
        // Quoted words are never operators of the query language.
        let words: Vec<String> =
            words.split_whitespace().map(|word| format!("\"{}\"", word.replace('"', "\"\""))).collect();
        if words.is_empty() || session_ids.is_empty() {
            return Ok(Vec::new());
        }
        let sql = "SELECT t.session_id, t.seq, t.message_id, t.run_id, t.ts_ms, t.role, t.body, t.text, \
                   snippet(transcript_search, 0, '', '', '…', 16) AS snippet, -bm25(transcript_search) AS score \
                   FROM transcript_search JOIN transcript t ON t.id = transcript_search.rowid \
                   WHERE transcript_search MATCH $1 AND t.session_id IN (SELECT value FROM json_each($2)) \
                   ORDER BY score DESC LIMIT $3";
        let ids = serde_json::Value::from(session_ids.to_vec()).to_string();
        let query = sqlx::query(sql).bind(words.join(" ")).bind(ids).bind(i64::from(limit));
        let rows = query.fetch_all(&self.shared.reader).await.map_err(|error| self.failed(&error))?;
        let read = |row: &SqliteRow| {
            let (snippet, score) = (row.try_get("snippet")?, row.try_get("score")?);
            Ok(Found { row: TranscriptRow::read(row)?, snippet, score })
        };
        rows.iter().map(read).collect::<Result<_, sqlx::Error>>().map_err(|error| self.failed(&error))
    }

    /// A picture of a session.
    pub async fn media(&self, session_key: &str, id: &str) -> Result<Option<MediaRow>, StoreError> {
        let sql = "SELECT mime, bytes FROM media WHERE id = $1 AND session_key = $2";
        let query = sqlx::query_as::<_, (String, Vec<u8>)>(sql).bind(id).bind(session_key);
        let found = query.fetch_optional(&self.shared.reader).await.map_err(|error| self.failed(&error))?;
        let row = |(mime, bytes)| MediaRow { id: id.to_owned(), session_key: session_key.to_owned(), mime, bytes };
        Ok(found.map(row))
    }
}
