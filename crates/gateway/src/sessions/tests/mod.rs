//! The service over a real database.

mod history;
mod life;

use std::sync::Arc;

use postern_protocol::chat::{ChatMessage, MessageRole};

use super::{Key, KeyRules, NewMessage, SessionRecord, Sessions};
use crate::hub::Hub;
use crate::options::Clock;
use crate::store::Store;

/// Sessions with a database of their own.
struct Place {
    sessions: Sessions,
    store: Store,
    writer: tokio::task::JoinHandle<()>,
    folder: tempfile::TempDir,
}

impl Place {
    async fn new() -> Self {
        Self::at(tempfile::tempdir().unwrap()).await
    }

    async fn at(folder: tempfile::TempDir) -> Self {
        let opened = Store::open(&folder.path().join("postern.sqlite")).await.unwrap();
        #[expect(clippy::disallowed_methods, reason = "a test is its own task tracker")]
        let writer = tokio::spawn(opened.writer.run());
        let rules = KeyRules { default_agent: "main".into(), main_key: "main".into(), global: false };
        let clock = Clock::new(|| 1_000);
        let is_agent = Arc::new(|id: &str| matches!(id, "main" | "work"));
        let store = opened.store;
        let sessions = Sessions::open(store.clone(), Hub::default(), clock, rules, is_agent).await.unwrap();
        Self { sessions, store, writer, folder }
    }

    /// The same database in a new process, so to speak.
    async fn again(self) -> Self {
        self.store.close().await;
        self.writer.await.unwrap();
        Self::at(self.folder).await
    }

    fn key(&self, written: &str) -> Key {
        self.sessions.resolve(written, None).unwrap()
    }

    async fn say(&self, key: &Key, texts: &[&str]) {
        let messages = texts.iter().map(|text| ChatMessage::text(MessageRole::User, *text, 5));
        self.add(key, messages.collect()).await;
    }

    async fn add(&self, key: &Key, messages: Vec<ChatMessage>) {
        let new = messages.into_iter().map(|message| NewMessage { message, run_id: None, role: None }).collect();
        let appended = self.sessions.append(key, new, Vec::new(), |_| ());
        self.sessions.settle(key, appended.commit).await.unwrap();
    }

    async fn remove(&self, key: &Key, with_transcript: bool) -> Option<Arc<SessionRecord>> {
        let (record, commit) = self.sessions.remove(key, |_| Ok(()), with_transcript).unwrap()?;
        self.sessions.settle(key, commit).await.unwrap();
        Some(record)
    }
}
