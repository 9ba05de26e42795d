//! Pages of a transcript as the JSON that travels: rows are copied, not read,
//! newest first until the budget is used up.

use postern_protocol::call::Rendered;
use postern_protocol::chat::ChatMessage;
use serde_json::json;
use serde_json::value::RawValue;

use super::{Budget, SessionError, SessionRecord, Sessions, StoredMessage};
use crate::store::{Page, TranscriptRow};

/// Rows that are read at once: what they hold is in memory together.
const CHUNK: u32 = 100;

/// A part of a transcript.
#[derive(Debug, Clone)]
pub struct Excerpt {
    /// The messages, oldest first.
    pub messages: Rendered<Vec<ChatMessage>>,
    /// Position of the first one.
    pub first: Option<i64>,
    /// Position of the last one.
    pub last: Option<i64>,
    /// Whether older messages were left out because they would not fit; a note
    /// stands in their place.
    pub omitted: bool,
}

impl Sessions {
    /// The newest messages of a page that fit into the budget.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn excerpt(&self, record: &SessionRecord, page: Page, budget: &Budget) -> Result<Excerpt, SessionError> {
        let mut collected = Collected { pictures: budget.pictures, used: 2, ..Collected::default() };
        let (mut before, mut left) = (page.before, page.limit);
        while left > 0 && collected.left_out.is_none() {
            let limit = left.min(CHUNK);
            let rows = self.page(record, Page { after: page.after, before, limit }).await?;
            self.collect(&rows, budget, &mut collected).await?;
            match rows.first() {
                Some(first) if rows.len() == limit as usize => before = first.0.seq,
                _ => break,
            }
            left -= limit;
        }
        collected.render(record)
    }

    /// Takes rows, newest first, until there is no room.
    async fn collect(
        &self,
        rows: &[StoredMessage],
        budget: &Budget,
        collected: &mut Collected,
    ) -> Result<(), SessionError> {
        for row in rows.iter().rev() {
            let json = self.fit(row, budget, &mut collected.pictures).await?;
            if !collected.take(row, json, budget.total) {
                break;
            }
        }
        Ok(())
    }

    /// One message within the budget.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn one(&self, row: TranscriptRow, budget: &Budget) -> Result<Rendered<ChatMessage>, SessionError> {
        let json = self.fit(&StoredMessage(row), budget, &mut { budget.pictures }).await?;
        let json = RawValue::from_string(json).map_err(|error| {
            tracing::error!(%error, "A transcript holds something that is no JSON.");
            SessionError::Unreadable("this session".to_owned())
        })?;
        Ok(Rendered::from_raw(json.into()))
    }
}

#[derive(Default)]
struct Collected {
    newest_first: Vec<String>,
    used: usize,
    /// What is left for pictures.
    pictures: usize,
    first: Option<i64>,
    last: Option<i64>,
    left_out: Option<(i64, i64)>,
}

impl Collected {
    /// False when there is no room; the newest message always gets in.
    fn take(&mut self, row: &StoredMessage, json: String, total: usize) -> bool {
        let used = self.used + json.len() + 1;
        if used > total && !self.newest_first.is_empty() {
            self.left_out = Some((row.0.seq, row.0.ts_ms));
            return false;
        }
        self.used = used;
        self.first = Some(row.0.seq);
        self.last = self.last.or(Some(row.0.seq));
        self.newest_first.push(json);
        true
    }

    fn render(mut self, record: &SessionRecord) -> Result<Excerpt, SessionError> {
        if let Some((seq, ts)) = self.left_out {
            self.newest_first.push(note(seq, ts));
        }
        let mut text = String::with_capacity(self.used + 512);
        text.push('[');
        for json in self.newest_first.iter().rev() {
            if text.len() > 1 {
                text.push(',');
            }
            text.push_str(json);
        }
        text.push(']');
        let messages = RawValue::from_string(text).map_err(|error| {
            tracing::error!(session = record.key, %error, "A transcript holds something that is no JSON.");
            SessionError::Unreadable(record.key.clone())
        })?;
        Ok(Excerpt {
            messages: Rendered::from_raw(messages.into()),
            first: self.first,
            last: self.last,
            omitted: self.left_out.is_some(),
        })
    }
}

/// What stands in the place of messages that did not fit.
fn note(seq: i64, ts_ms: i64) -> String {
    let text = "[Earlier messages are left out here to keep this answer small.]";
    json!({
        "role": "system", "content": [{"type": "text", "text": text}], "timestamp": ts_ms,
        "__openclaw": {"id": format!("omitted-{seq}"), "seq": seq, "recordTimestampMs": ts_ms},
    })
    .to_string()
}
