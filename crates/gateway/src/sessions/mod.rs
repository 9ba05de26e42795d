//! Sessions: which there are, how they are set up, and what was said in them.
//!
//! A mutex for facts. The index is in memory and written through; a transcript
//! is only in the store. Messages of one session are appended by one writer at
//! a time: the session's run.
//!
//! | file | owns |
//! |---|---|
//! | `key.rs` | every way to write a key, and the canonical one |
//! | `record.rs` | what is kept about a session |
//! | `append.rs` | adding messages |
//! | `settings.rs` | what can be set for a session |
//! | `change.rs` | beginning anew, shortening |
//! | `read.rs` | pages of a transcript |
//! | `excerpt.rs`, `fit.rs` | pages as JSON, within limits |
//! | `row.rs` | a session as lists show it |
//! | `announce.rs` | telling subscribers |
//! | `error.rs` | failures |

mod announce;
mod append;
mod change;
mod error;
mod excerpt;
mod fit;
mod key;
mod read;
mod record;
mod row;
mod settings;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use crate::hub::Hub;
use crate::options::Clock;
use crate::store::{Change, Commit, Store, StoreError, Table};

pub use append::{Appended, NEWS, NewMessage};
pub use error::SessionError;
pub use excerpt::Excerpt;
pub use fit::Budget;
pub use key::{Key, KeyRules};
pub use read::StoredMessage;
pub use record::{LastRun, RunEnd, SessionRecord};
pub use row::{ModelFacts, ModelOf, RowLook, thinking_option};
pub use settings::PatchedSession;

/// Times that a session is read again that a write failed of, and the pause while the
/// store takes nothing.
const RELOADS: u32 = 50;
const RELOAD_PAUSE: Duration = Duration::from_millis(20);

/// Says whether an agent exists.
pub type IsAgent = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// Handle to the sessions.
#[derive(Clone)]
pub struct Sessions(Arc<Shared>);

struct Shared {
    index: Mutex<Index>,
    rules: Mutex<Arc<KeyRules>>,
    is_agent: IsAgent,
    store: Store,
    hub: Hub,
    clock: Clock,
    announcements: announce::Announcements,
    model_of: OnceLock<ModelOf>,
}

#[derive(Default)]
struct Index {
    by_key: HashMap<Arc<str>, Entry>,
    by_id: HashMap<String, Arc<str>>,
    /// Number of the last change in memory.
    last_change: u64,
}

struct Entry {
    record: Arc<SessionRecord>,
    /// Runs under way or waiting, oldest first.
    active: Vec<Arc<str>>,
    /// Number of its last change.
    change: u64,
}

/// A session as it is at this moment.
#[derive(Debug, Clone)]
pub struct Session {
    /// What is kept about it.
    pub record: Arc<SessionRecord>,
    /// Runs under way or waiting, oldest first.
    pub active: Vec<Arc<str>>,
}

impl Sessions {
    /// Reads the index.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn open(
        store: Store,
        hub: Hub,
        clock: Clock,
        rules: KeyRules,
        is_agent: IsAgent,
    ) -> Result<Self, StoreError> {
        let mut index = Index::default();
        for (_, record) in store.rows(Table::Sessions).await? {
            index.put(record);
        }
        let (index, rules) = (Mutex::new(index), Mutex::new(Arc::new(rules)));
        let (announcements, model_of) = (announce::Announcements::default(), OnceLock::new());
        Ok(Self(Arc::new(Shared { index, rules, is_agent, store, hub, clock, announcements, model_of })))
    }

    /// Changes how keys are read from now on.
    pub fn set_rules(&self, rules: KeyRules) {
        *self.0.rules.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
    }

    fn rules(&self) -> Arc<KeyRules> {
        Arc::clone(&self.0.rules.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn lock(&self) -> MutexGuard<'_, Index> {
        self.0.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a key as a client wrote it; `agent` is the one it names beside it.
    ///
    /// # Errors
    /// When it cannot be a key or names an agent that does not exist.
    pub fn resolve(&self, written: &str, agent: Option<&str>) -> Result<Key, SessionError> {
        self.rules().read(written, agent, |id| (self.0.is_agent)(id))
    }

    /// The main session of an agent.
    #[must_use]
    pub fn main(&self, agent: &str) -> Key {
        self.rules().main(agent)
    }

    /// Whether this is an agent's main session.
    #[must_use]
    pub fn is_main(&self, key: &str, agent: &str) -> bool {
        self.rules().main(agent).as_str() == key
    }

    /// The key of a session that exists.
    #[must_use]
    pub fn key_of(&self, record: &SessionRecord) -> Key {
        Key::stored(&record.key, &record.agent_id)
    }

    /// A session, if it exists.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Session> {
        self.lock().by_key.get(key).map(Entry::session)
    }

    /// A session by its session id.
    #[must_use]
    pub fn by_session_id(&self, session_id: &str) -> Option<Session> {
        let index = self.lock();
        index.by_id.get(session_id).and_then(|key| index.by_key.get(key)).map(Entry::session)
    }

    /// Every session, last used first.
    #[must_use]
    pub fn all(&self) -> Vec<Session> {
        let mut all: Vec<Session> = self.lock().by_key.values().map(Entry::session).collect();
        all.sort_by(|a, b| b.record.updated_at.cmp(&a.record.updated_at).then_with(|| a.record.key.cmp(&b.record.key)));
        all
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().by_key.len()
    }

    /// How many an agent has.
    #[must_use]
    pub fn count_of(&self, agent_id: &str) -> usize {
        self.lock().by_key.values().filter(|entry| entry.record.agent_id == agent_id).count()
    }

    /// Changes a session, creating it when it does not exist, together with
    /// `extra` in one commit. In memory the change counts at once; pass the
    /// commit to [`Sessions::settle`].
    pub fn change<R>(
        &self,
        key: &Key,
        extra: Vec<Change>,
        edit: impl FnOnce(&mut SessionRecord) -> R,
    ) -> (R, Arc<SessionRecord>, Commit) {
        let mut index = self.lock();
        let mut record = index.draft(key, self.0.clock.now_ms());
        let result = edit(&mut record);
        let mut changes = vec![put(&record)];
        changes.extend(extra);
        let record = index.put(record);
        // Queued under the lock, so that commits of one session keep their order.
        let commit = self.0.store.enqueue(changes);
        (result, record, commit)
    }

    /// Waits until a change is durable. When it is not, memory goes back to what
    /// is on disk.
    ///
    /// # Errors
    /// When the store could not write.
    pub async fn settle(&self, key: &Key, commit: Commit) -> Result<(), SessionError> {
        let Err(error) = commit.await else { return Ok(()) };
        self.reload(key).await;
        Err(error.into())
    }

    /// Takes from the disk what memory should say. What changes meanwhile is newer than
    /// what is read: then it is read again.
    async fn reload(&self, key: &Key) {
        for _ in 0..RELOADS {
            let change = self.lock().change_of(key.as_str());
            // Behind all that was written of it so far.
            if self.0.store.enqueue(Vec::new()).await == Err(StoreError::Busy) {
                tokio::time::sleep(RELOAD_PAUSE).await;
                continue;
            }
            let stored = match self.0.store.get(Table::Sessions, key.as_str()).await {
                Ok(stored) => stored,
                Err(error) => return tracing::error!(%key, %error, "A session could not be read again."),
            };
            let mut index = self.lock();
            if index.change_of(key.as_str()) != change {
                continue;
            }
            match stored.and_then(|body| serde_json::from_str::<SessionRecord>(&body).ok()) {
                Some(record) => drop(index.put(record)),
                None => index.remove(key.as_str()),
            }
            return;
        }
        tracing::error!(%key, "A session could not be read again: it changes all the time, or too much waits to be written.");
    }

    /// Forgets a session and, if wanted, everything that was said in it; gives it as
    /// it was. Pass the commit to [`Sessions::settle`]: when it fails, the session is
    /// still there.
    ///
    /// # Errors
    /// What `judge` says against it.
    pub fn remove(
        &self,
        key: &Key,
        judge: impl FnOnce(&SessionRecord) -> Result<(), SessionError>,
        with_transcript: bool,
    ) -> Result<Option<(Arc<SessionRecord>, Commit)>, SessionError> {
        let mut index = self.lock();
        let Some(entry) = index.by_key.get(key.as_str()) else { return Ok(None) };
        judge(&entry.record)?;
        let record = Arc::clone(&entry.record);
        let mut changes = vec![Change::Delete { table: Table::Sessions, key: key.as_str().to_owned() }];
        if with_transcript {
            let ids = record.former_ids.iter().chain([&record.session_id]);
            changes.extend(ids.map(|id| Change::RemoveTranscript { session_id: id.clone() }));
            changes.push(Change::RemoveMedia { session_key: record.key.clone() });
        }
        index.remove(key.as_str());
        // Queued under the lock, so that commits of one session keep their order.
        let commit = self.0.store.enqueue(changes);
        Ok(Some((record, commit)))
    }

    /// Notes which runs of a session are under way or waiting.
    pub fn set_active(&self, key: &str, runs: Vec<Arc<str>>) {
        if let Some(entry) = self.lock().by_key.get_mut(key) {
            entry.active = runs;
        }
    }
}

fn put(record: &SessionRecord) -> Change {
    // A record always serialises: it holds no maps with foreign keys.
    let body = serde_json::to_string(record).unwrap_or_default();
    Change::Put { table: Table::Sessions, key: record.key.clone(), body }
}

impl Entry {
    fn session(&self) -> Session {
        Session { record: Arc::clone(&self.record), active: self.active.clone() }
    }
}

impl Index {
    /// A copy to be changed, or a new session.
    fn draft(&self, key: &Key, now_ms: i64) -> SessionRecord {
        if let Some(entry) = self.by_key.get(key.as_str()) {
            return SessionRecord::clone(&entry.record);
        }
        SessionRecord {
            key: key.as_str().to_owned(),
            session_id: uuid::Uuid::new_v4().to_string(),
            agent_id: key.agent_id().to_owned(),
            created_at: now_ms,
            updated_at: now_ms,
            ..SessionRecord::default()
        }
    }

    /// Number of the last change of a session; nothing of one that is not there.
    fn change_of(&self, key: &str) -> Option<u64> {
        self.by_key.get(key).map(|entry| entry.change)
    }

    fn put(&mut self, record: SessionRecord) -> Arc<SessionRecord> {
        let record = Arc::new(record);
        self.last_change += 1;
        let change = self.last_change;
        let key: Arc<str> = match self.by_key.get_key_value(record.key.as_str()) {
            Some((known, entry)) => {
                let (known, old) = (Arc::clone(known), &entry.record.session_id);
                if *old != record.session_id {
                    self.by_id.remove(old);
                }
                known
            }
            None => record.key.as_str().into(),
        };
        self.by_id.insert(record.session_id.clone(), Arc::clone(&key));
        match self.by_key.get_mut(&key) {
            Some(entry) => (entry.record, entry.change) = (Arc::clone(&record), change),
            None => {
                let entry = Entry { record: Arc::clone(&record), active: Vec::new(), change };
                self.by_key.insert(key, entry);
            }
        }
        record
    }

    fn remove(&mut self, key: &str) {
        if let Some(entry) = self.by_key.remove(key) {
            self.by_id.remove(&entry.record.session_id);
        }
    }
}
