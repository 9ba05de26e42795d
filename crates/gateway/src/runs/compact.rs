//! Shortening a conversation: a model sums up its beginning; without a model
//! what people said is listed instead.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::StreamExt as _;
use postern_models::{ChatRequest, Message, Part, StreamEvent, Thinking};
use postern_protocol::chat::MessageRole;

use super::{RunError, Runs};
use crate::sessions::{Key, SessionRecord, StoredMessage};
use crate::store::Page;

/// Messages that a summary is made from at most.
const MOST: u32 = 1_000;
/// Characters of one message that a summary is made from.
const EACH: usize = 2_000;
/// Characters that a summary is made from.
const ALL: usize = 200_000;
/// Characters of one message in a list without a model.
const LISTED: usize = 160;
/// Longest summary, characters.
const SUMMARY: usize = 20_000;
/// Longest time for a model to sum up.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(120);

const TASK: &str = "Sum up the conversation below so that it can be continued without it: what was asked, decided and \
                    done, names, numbers, file paths, open questions, and what the user wants to be kept in mind. \
                    Write in the language of the conversation. Answer with the summary only.";

/// What became of shortening a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compaction {
    /// So many messages are left.
    Left(i64),
    /// There was nothing to shorten.
    Short,
    /// It was reset, deleted or shortened while it was summed up.
    Changed,
}

impl Compaction {
    /// Why nothing was done.
    #[must_use]
    pub const fn problem(self) -> Option<&'static str> {
        match self {
            Self::Left(_) => None,
            Self::Short => Some("there is nothing to shorten"),
            Self::Changed => Some("it was begun anew or shortened meanwhile"),
        }
    }
}

/// Sessions that are being shortened.
#[derive(Debug, Default)]
pub(super) struct Compacting(Mutex<HashSet<Arc<str>>>);

/// A session that nobody else shortens while this lives.
#[derive(Debug)]
pub struct Alone<'a>(&'a Compacting, Arc<str>);

impl Compacting {
    fn lock(&self) -> MutexGuard<'_, HashSet<Arc<str>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn alone(&self, key: Arc<str>) -> Option<Alone<'_>> {
        self.lock().insert(Arc::clone(&key)).then(|| Alone(self, key))
    }
}

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        self.0.lock().remove(&self.1);
    }
}

impl Runs {
    /// Has a session to oneself for shortening it.
    ///
    /// # Errors
    /// [`RunError::Compacting`] while somebody else shortens it.
    pub fn alone(&self, key: &Key) -> Result<Alone<'_>, RunError> {
        self.0.compacting.alone(key.text()).ok_or(RunError::Compacting)
    }

    /// Replaces all but the last `keep` messages by a summary.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn compact(&self, _alone: &Alone<'_>, key: &Key, keep: i64) -> Result<Compaction, RunError> {
        let sessions = self.services().sessions.clone();
        let Some(session) = sessions.get(key.as_str()) else { return Ok(Compaction::Short) };
        let upto = session.record.last_seq - keep;
        if upto <= session.record.hidden_to + 1 {
            return Ok(Compaction::Short);
        }
        let page = Page { after: 0, before: upto + 1, limit: MOST };
        let rows = sessions.page(&session.record, page).await?;
        let summary = self.sum_up(&session.record, &rows).await;
        let replaced = sessions.replace_by_summary(key, &session.record.session_id, upto, summary);
        let Some(appended) = replaced else { return Ok(Compaction::Changed) };
        let left = appended.record.visible_messages();
        sessions.settle(key, appended.commit).await?;
        sessions.announce(key, "compact");
        Ok(Compaction::Left(left))
    }

    async fn sum_up(&self, record: &SessionRecord, rows: &[StoredMessage]) -> String {
        let agent = self.services().agents.get(&record.agent_id);
        let choice = agent.as_ref().and_then(|agent| agent.model.as_ref());
        let resolved = self.services().models.resolve(record.model_override.as_deref(), choice);
        if resolved.is_builtin() {
            return listed(rows);
        }
        let request = ChatRequest {
            model: resolved.primary,
            fallbacks: resolved.fallbacks,
            system: vec![TASK.to_owned()],
            messages: vec![Message::User(vec![Part::Text(script(rows))])],
            tools: Arc::from([]),
            thinking: Thinking::Off,
            max_tokens: None,
            cache_key: None,
        };
        let asked = tokio::time::timeout(PATIENCE, self.ask(request, record)).await;
        asked.ok().flatten().unwrap_or_else(|| listed(rows))
    }

    async fn ask(&self, request: ChatRequest, record: &SessionRecord) -> Option<String> {
        let mut model = request.model.clone();
        let mut stream = self.services().models.stream(request);
        let mut text = String::new();
        while let Some(item) = stream.next().await {
            match item {
                Ok(StreamEvent::Model(now)) => model = now,
                Ok(StreamEvent::Text(more)) if text.len() < SUMMARY * 4 => text.push_str(&more),
                Ok(StreamEvent::Finished(finish)) => {
                    let cost_usd = self.services().models.cost(&model, &finish.usage);
                    let change = self.services().usage.record(crate::usage::UsageEntry {
                        agent_id: record.agent_id.clone(),
                        session_key: record.key.clone(),
                        session_id: record.session_id.clone(),
                        run_id: "compact".to_owned(),
                        model,
                        tokens: finish.usage,
                        cost_usd,
                    });
                    drop(self.services().store.enqueue(vec![change]));
                    let summary: String = text.trim().chars().take(SUMMARY).collect();
                    return (!summary.is_empty()).then_some(summary);
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "A conversation could not be summed up; it is listed instead.");
                    return None;
                }
            }
        }
        None
    }
}

/// The conversation as one text.
fn script(rows: &[StoredMessage]) -> String {
    let mut text = String::new();
    for row in rows.iter().map(|row| &row.0).filter(|row| !row.text.trim().is_empty()) {
        let words: String = row.text.chars().take(EACH).collect();
        // Writing to a string cannot fail.
        let _ = write!(text, "{}: {words}\n\n", row.role);
    }
    let surplus = text.chars().count().saturating_sub(ALL);
    text.chars().skip(surplus).collect()
}

/// What people said, for want of a model that sums up.
fn listed(rows: &[StoredMessage]) -> String {
    let mut text = "Earlier messages of this conversation, shortened:".to_owned();
    let said = |row: &&StoredMessage| row.0.role == MessageRole::User.as_str() && !row.0.text.trim().is_empty();
    for row in rows.iter().filter(said) {
        let words: String = row.0.text.trim().chars().take(LISTED).collect();
        let _ = write!(text, "\n- {}", words.replace('\n', " "));
    }
    text.chars().take(SUMMARY).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_is_shortened_by_one_at_a_time() {
        let compacting = Compacting::default();
        let alone = |key: &str| compacting.alone(key.into());
        let first = alone("a");
        assert!(first.is_some() && alone("a").is_none() && alone("b").is_some());
        drop(first);
        assert!(alone("a").is_some());
    }
}
