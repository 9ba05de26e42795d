//! Adding messages: position, id and the session's own facts change in one
//! commit with them.

use std::sync::Arc;

use postern_protocol::chat::{ChatMessage, MessagePlace, MessageRole};
use postern_protocol::hex::hex;

use super::{Index, Key, SessionRecord, Sessions, put};
use crate::store::{Change, Commit, TranscriptRow};

/// Longest text that lists show of a message, characters.
const PREVIEW: usize = 240;

/// A message that is about to be added.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// The message.
    pub message: ChatMessage,
    /// Run it belongs to.
    pub run_id: Option<String>,
    /// Its role in the transcript, when it is more than the message's own:
    /// `compaction` marks a summary, [`NEWS`] what happened meanwhile.
    pub role: Option<&'static str>,
}

impl NewMessage {
    /// A message of a run.
    #[must_use]
    pub fn of_run(run_id: &str, message: ChatMessage) -> Self {
        Self { message, run_id: Some(run_id.to_owned()), role: None }
    }

    /// What happened to a session meanwhile.
    #[must_use]
    pub fn news(text: String, now_ms: i64) -> Self {
        Self { message: ChatMessage::text(MessageRole::System, text, now_ms), run_id: None, role: Some(NEWS) }
    }
}

/// Role in the transcript of what happened to a session without anybody saying
/// it. People see a note; a model reads it with what is said next.
pub const NEWS: &str = "event";

/// Messages that were added.
#[must_use = "nothing is durable until the commit was awaited"]
#[derive(Debug)]
pub struct Appended {
    /// The session with them.
    pub record: Arc<SessionRecord>,
    /// The messages with their places.
    pub messages: Vec<ChatMessage>,
    /// To be passed to [`Sessions::settle`].
    pub commit: Commit,
}

impl Sessions {
    /// Adds messages to a session, creating it when it does not exist, changes
    /// its record by `edit`, and writes `extra`, all in one commit.
    pub fn append(
        &self,
        key: &Key,
        new: Vec<NewMessage>,
        extra: Vec<Change>,
        edit: impl FnOnce(&mut SessionRecord),
    ) -> Appended {
        self.append_to(&mut self.lock(), key, (new, extra), edit)
    }

    /// The same to a session that exists and of which `judge` says yes; else
    /// nothing happens.
    pub fn append_if(
        &self,
        key: &Key,
        judge: impl FnOnce(&SessionRecord) -> bool,
        new: Vec<NewMessage>,
        edit: impl FnOnce(&mut SessionRecord),
    ) -> Option<Appended> {
        let mut index = self.lock();
        index.by_key.get(key.as_str()).filter(|entry| judge(&entry.record))?;
        Some(self.append_to(&mut index, key, (new, Vec::new()), edit))
    }

    fn append_to(
        &self,
        index: &mut Index,
        key: &Key,
        (new, extra): (Vec<NewMessage>, Vec<Change>),
        edit: impl FnOnce(&mut SessionRecord),
    ) -> Appended {
        let now_ms = self.0.clock.now_ms();
        let mut record = index.draft(key, now_ms);
        let mut changes = Vec::with_capacity(new.len() + extra.len() + 1);
        let mut messages = Vec::with_capacity(new.len());
        for new in new {
            record.last_seq += 1;
            record.updated_at = now_ms;
            let text = new.message.words();
            note_words(&mut record, new.message.role, &text);
            let place = MessagePlace {
                id: message_id(),
                seq: record.last_seq,
                record_timestamp_ms: Some(now_ms),
                run_id: new.run_id.clone(),
            };
            changes.push(Change::Append(TranscriptRow {
                session_id: record.session_id.clone(),
                seq: place.seq,
                message_id: place.id.clone(),
                run_id: new.run_id,
                ts_ms: now_ms,
                role: new.role.unwrap_or(new.message.role.as_str()).to_owned(),
                // A message always serialises.
                body: serde_json::to_string(&new.message).unwrap_or_default(),
                text,
            }));
            messages.push(ChatMessage { place: Some(place), ..new.message });
        }
        edit(&mut record);
        changes.push(put(&record));
        changes.extend(extra);
        let record = index.put(record);
        let commit = self.0.store.enqueue(changes);
        Appended { record, messages, commit }
    }
}

/// Eight hex digits are what clients expect; sixteen never collide in a transcript.
fn message_id() -> String {
    hex(&rand::random::<[u8; 8]>())
}

fn note_words(record: &mut SessionRecord, role: MessageRole, text: &str) {
    if text.trim().is_empty() || !matches!(role, MessageRole::User | MessageRole::Assistant) {
        return;
    }
    let words: String = text.trim().chars().take(PREVIEW).collect();
    if role == MessageRole::User && record.first_words.is_none() {
        record.first_words = Some(words.clone());
    }
    record.last_words = Some(words);
}
