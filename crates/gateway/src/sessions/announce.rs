//! Telling subscribers what changes: the list of sessions, and messages of one.
//!
//! A run changes its session many times a second; the list is told at most once
//! per [`PACE`] and session. What is told is read when it is told, so the last
//! word is always right.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use postern_protocol::call::{Event, OnSlow};
use postern_protocol::chat::ChatMessage;
use postern_protocol::sessions::{OperationKind, OperationPhase, SessionMessage, SessionOperation, SessionsChanged};
use serde_json::{Map, Value};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::{Key, RowLook, SessionRecord, Sessions};
use crate::hub::event_head;

/// Least time between two announcements of one session.
const PACE: Duration = Duration::from_millis(200);

/// Reasons that are told at once.
const AT_ONCE: [&str; 5] = ["create", "delete", "reset", "compact", "agent.run.ended"];

/// What was told lately and what waits to be told.
#[derive(Debug, Default)]
pub(super) struct Announcements {
    sessions: Mutex<HashMap<Arc<str>, Told>>,
    wake: Notify,
    /// Held from reading what is told until it is told: what is told last is true, and
    /// nobody is told of a session after its removal.
    telling: Mutex<()>,
}

#[derive(Debug)]
struct Told {
    last: Instant,
    waiting: Option<&'static str>,
}

impl Announcements {
    fn tell(&self) -> MutexGuard<'_, ()> {
        self.telling.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether to tell now; if not, it is told later.
    fn is_due(&self, key: &Key, reason: &'static str, now: Instant) -> bool {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let at_once = AT_ONCE.contains(&reason);
        match sessions.get_mut(key.as_str()) {
            Some(told) if !at_once && now < told.last + PACE => {
                told.waiting = Some(reason);
                self.wake.notify_one();
                return false;
            }
            Some(told) => *told = Told { last: now, waiting: None },
            None => {
                sessions.retain(|_, told| told.waiting.is_some() || now < told.last + PACE);
                sessions.insert(key.text(), Told { last: now, waiting: None });
            }
        }
        true
    }

    /// What is due now, and when the next is.
    fn take_due(&self, now: Instant) -> (Vec<(Arc<str>, &'static str)>, Option<Instant>) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut due, mut next) = (Vec::new(), None::<Instant>);
        for (key, told) in sessions.iter_mut() {
            let Some(reason) = told.waiting else { continue };
            let at = told.last + PACE;
            if at <= now {
                *told = Told { last: now, waiting: None };
                due.push((Arc::clone(key), reason));
            } else {
                next = Some(next.map_or(at, |next| next.min(at)));
            }
        }
        (due, next)
    }
}

impl Sessions {
    /// Tells subscribers of the list that a session changed. `reason` is a word of
    /// `frames-and-events.md §6`.
    pub fn announce(&self, key: &Key, reason: &'static str) {
        if self.0.hub.has_list_subscribers() && self.0.announcements.is_due(key, reason, Instant::now()) {
            self.publish_change(key.as_str(), reason);
        }
    }

    /// Tells subscribers of the list that a session is gone.
    pub fn announce_removed(&self, record: &SessionRecord) {
        if !self.0.hub.has_list_subscribers() {
            return;
        }
        let mut fields = Map::new();
        fields.insert("agentId".to_owned(), record.agent_id.clone().into());
        fields.insert("sessionId".to_owned(), record.session_id.clone().into());
        let telling = self.0.announcements.tell();
        self.publish_list(&SessionsChanged {
            reason: "delete".to_owned(),
            ts: self.0.clock.now_ms(),
            session_key: Some(record.key.clone()),
            session: None,
            fields,
        });
        drop(telling);
        // Somebody may have begun it anew and told so before.
        self.publish_change(&record.key, "create");
    }

    /// Tells subscribers of a session's messages of a new one of the run under way.
    pub fn announce_message(&self, key: &Key, message: &ChatMessage) {
        self.tell_message(key, message, |_| true);
    }

    /// The same where a reset may have come between writing it and telling it: then
    /// it is not a message of the session that is there now.
    pub fn announce_message_of(&self, key: &Key, session_id: &str, message: &ChatMessage) {
        self.tell_message(key, message, |record| record.session_id == session_id);
    }

    fn tell_message(&self, key: &Key, message: &ChatMessage, is_of: impl FnOnce(&SessionRecord) -> bool) {
        if !self.0.hub.has_message_subscribers(key.as_str()) {
            return;
        }
        // Before the lock: it may be long, and all sessions share that.
        let message = message.clone();
        let _telling = self.0.announcements.tell();
        let Some(session) = self.get(key.as_str()).filter(|session| is_of(&session.record)) else { return };
        let Some(place) = &message.place else { return };
        let event = SessionMessage {
            session_key: key.as_str().to_owned(),
            session_id: session.record.session_id.clone(),
            agent_id: key.agent_id().to_owned(),
            message_id: place.id.clone(),
            message_seq: place.seq,
            updated_at: session.record.updated_at,
            session: Box::new(self.row(&session, RowLook::default())),
            message,
        };
        if let Some(head) = event_head(&event) {
            self.0.hub.publish_messages(key.as_str(), &head, SessionMessage::ON_SLOW);
        }
    }

    /// Tells whoever watches that compacting begins; the id is for its end.
    pub fn announce_compaction(&self, key: &Key) -> String {
        let id = uuid::Uuid::new_v4().to_string();
        self.publish_operation(key, &id, OperationPhase::Start, (None, None));
        id
    }

    /// Tells whoever watches how compacting ended: whether anything was done, else
    /// why not.
    pub fn announce_compacted(&self, key: &Key, id: &str, outcome: Result<(), &str>) {
        let reason = outcome.err().map(str::to_owned);
        self.publish_operation(key, id, OperationPhase::End, (Some(outcome.is_ok()), reason));
    }

    fn publish_operation(&self, key: &Key, id: &str, phase: OperationPhase, end: (Option<bool>, Option<String>)) {
        let event = SessionOperation {
            operation_id: id.to_owned(),
            operation: OperationKind::Compact,
            phase,
            session_key: key.as_str().to_owned(),
            agent_id: Some(key.agent_id().to_owned()),
            ts: self.0.clock.now_ms(),
            completed: end.0,
            reason: end.1,
        };
        if let Some(head) = event_head(&event) {
            self.0.hub.publish_watchers(key.as_str(), &head, SessionOperation::ON_SLOW);
        }
    }

    /// Tells what had to wait. Runs until it is dropped; exactly one task does.
    pub async fn announce_later(self) {
        loop {
            let (due, next) = self.0.announcements.take_due(Instant::now());
            for (key, reason) in due {
                self.publish_change(&key, reason);
            }
            let woken = self.0.announcements.wake.notified();
            match next {
                Some(at) => drop(tokio::time::timeout_at(at, woken).await),
                None => woken.await,
            }
        }
    }

    fn publish_change(&self, key: &str, reason: &'static str) {
        let _telling = self.0.announcements.tell();
        let Some(session) = self.get(key) else { return };
        let row = self.row(&session, RowLook { derived_title: true, last_message: true });
        let fields = match serde_json::to_value(&row) {
            Ok(Value::Object(fields)) => fields,
            _ => Map::new(),
        };
        self.publish_list(&SessionsChanged {
            reason: reason.to_owned(),
            ts: self.0.clock.now_ms(),
            session_key: Some(key.to_owned()),
            session: Some(Box::new(row)),
            fields,
        });
    }

    fn publish_list(&self, event: &SessionsChanged) {
        if let Some(head) = event_head(event) {
            self.0.hub.publish_list(&head, OnSlow::Drop);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Key {
        Key::stored(text, "main")
    }

    #[test]
    fn changes_in_a_row_are_told_together() {
        let told = Announcements::default();
        let start = Instant::now();
        assert!(told.is_due(&key("a"), "send", start));
        for ms in [1, 50, 199] {
            assert!(!told.is_due(&key("a"), "patch", start + Duration::from_millis(ms)), "{ms}");
        }
        assert!(told.is_due(&key("b"), "patch", start));
        let (due, next) = told.take_due(start + Duration::from_millis(100));
        assert!(due.is_empty());
        assert_eq!(next, Some(start + PACE));
        let (due, next) = told.take_due(start + PACE);
        assert_eq!((due, next), (vec![(Arc::from("a"), "patch")], None));
        assert!(!told.is_due(&key("a"), "patch", start + PACE + Duration::from_millis(1)));
    }

    #[test]
    fn what_matters_is_told_at_once_and_replaces_what_waits() {
        let told = Announcements::default();
        let start = Instant::now();
        assert!(told.is_due(&key("a"), "send", start));
        assert!(!told.is_due(&key("a"), "patch", start));
        for reason in AT_ONCE {
            assert!(told.is_due(&key("a"), reason, start), "{reason}");
        }
        assert!(told.take_due(start + PACE).0.is_empty());
    }

    #[test]
    fn sessions_that_are_quiet_are_forgotten() {
        let told = Announcements::default();
        let start = Instant::now();
        for n in 0..1_000_u64 {
            assert!(told.is_due(&key(&format!("s{n}")), "send", start + PACE * u32::try_from(n).unwrap()));
        }
        assert!(told.sessions.lock().unwrap().len() <= 2);
    }
}
