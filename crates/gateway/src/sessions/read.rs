//! Pages of a transcript.

use postern_protocol::chat::{ChatMessage, MessagePlace};

use super::{SessionError, SessionRecord, Sessions};
use crate::store::{MediaRow, Page, TranscriptRow};

/// A message as it is kept, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMessage(pub TranscriptRow);

impl StoredMessage {
    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> MessagePlace {
        let row = &self.0;
        MessagePlace {
            id: row.message_id.clone(),
            seq: row.seq,
            record_timestamp_ms: Some(row.ts_ms),
            run_id: row.run_id.clone(),
        }
    }

    /// The message with its place; `None` when it cannot be read.
    #[must_use]
    pub fn read(&self) -> Option<ChatMessage> {
        let message: ChatMessage = serde_json::from_str(&self.0.body).ok()?;
        Some(ChatMessage { place: Some(self.place()), ..message })
    }

    /// The message with its place as JSON text, without reading it.
    #[must_use]
    pub fn json(&self) -> String {
        let body = self.0.body.trim_end();
        let Some(open) = body.strip_suffix('}') else { return body.to_owned() };
        // A place always serialises.
        let place = serde_json::to_string(&self.place()).unwrap_or_default();
        format!("{open},\"__openclaw\":{place}}}")
    }
}

impl Sessions {
    /// The newest messages with `after < seq < before` that are not compacted
    /// away, oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn page(&self, record: &SessionRecord, page: Page) -> Result<Vec<StoredMessage>, SessionError> {
        let page = Page { after: page.after.max(record.hidden_to), ..page };
        let rows = self.0.store.transcript_page(&record.session_id, page).await?;
        Ok(rows.into_iter().map(StoredMessage).collect())
    }

    /// The newest `limit` messages, oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn tail(&self, record: &SessionRecord, limit: u32) -> Result<Vec<StoredMessage>, SessionError> {
        self.page(record, Page { after: 0, before: i64::MAX, limit }).await
    }

    /// One message by its id.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn message(&self, record: &SessionRecord, id: &str) -> Result<Option<StoredMessage>, SessionError> {
        let row = self.0.store.transcript_message(&record.session_id, id).await?;
        Ok(row.filter(|row| row.seq > record.hidden_to).map(StoredMessage))
    }

    /// A picture of a message.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn media(&self, session_key: &str, id: &str) -> Result<Option<MediaRow>, SessionError> {
        Ok(self.0.store.media(session_key, id).await?)
    }
}
