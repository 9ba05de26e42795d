//! Beginning anew, and shortening what is remembered.

use std::sync::Arc;

use postern_protocol::chat::{ChatMessage, MessageRole};

use super::{Appended, Key, NewMessage, SessionRecord, Sessions, put};
use crate::store::{Change, Commit};

/// Former transcripts that a session keeps; older ones go.
const FORMER: usize = 20;

impl Sessions {
    /// Begins a session anew under a new session id. What is set stays, what was
    /// said can still be found under its former ids. Creates a missing session.
    /// Pass the commit to [`Sessions::settle`].
    pub fn reset(&self, key: &Key) -> (Arc<SessionRecord>, Commit) {
        let now_ms = self.0.clock.now_ms();
        let mut index = self.lock();
        let mut record = index.draft(key, now_ms);
        let mut changes = Vec::new();
        if index.by_key.contains_key(key.as_str()) {
            record.former_ids.push(std::mem::replace(&mut record.session_id, uuid::Uuid::new_v4().to_string()));
            let surplus = record.former_ids.len().saturating_sub(FORMER);
            for session_id in record.former_ids.drain(..surplus) {
                changes.push(Change::RemoveTranscript { session_id });
            }
            forget_conversation(&mut record);
            record.updated_at = now_ms;
        }
        changes.push(put(&record));
        let record = index.put(record);
        let commit = self.0.store.enqueue(changes);
        (record, commit)
    }

    /// Hides all but the last `keep` messages; the others stay in the store. `None`
    /// when there are no more. Pass the commit to [`Sessions::settle`].
    pub fn cut(&self, key: &Key, keep: i64) -> Option<(Arc<SessionRecord>, Commit)> {
        let cut = self.append_if(
            key,
            |record| record.visible_messages() > keep,
            Vec::new(),
            |record| {
                record.hidden_to = record.last_seq.saturating_sub(keep);
                record.compactions += 1;
            },
        );
        cut.map(|cut| (cut.record, cut.commit))
    }

    /// Hides everything up to `upto` and says in its place what it came to. Pass
    /// the commit to [`Sessions::settle`].
    ///
    /// A summary takes a model minutes. `None` when the session is not the one any
    /// more that it was made of, or was shortened as far without it.
    pub fn replace_by_summary(&self, key: &Key, session_id: &str, upto: i64, summary: String) -> Option<Appended> {
        let message = ChatMessage::text(MessageRole::System, summary, self.0.clock.now_ms());
        let new = NewMessage { message, run_id: None, role: Some("compaction") };
        self.append_if(
            key,
            |record| record.session_id == session_id && record.hidden_to < upto,
            vec![new],
            |record| {
                record.hidden_to = upto;
                record.compactions += 1;
                record.total_tokens = 0;
            },
        )
    }
}

fn forget_conversation(record: &mut SessionRecord) {
    *record = SessionRecord {
        last_seq: 0,
        hidden_to: 0,
        first_words: None,
        last_words: None,
        input_tokens: 0,
        output_tokens: 0,
        total_tokens: 0,
        last_run: None,
        compactions: 0,
        unread: false,
        ..std::mem::take(record)
    };
}
