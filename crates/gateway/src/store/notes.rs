//! Changes that may be lost: the newest per document, written with the next
//! commit or a few seconds later.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::{Change, Table};

/// How long a note waits for a commit to ride on.
const DELAY: Duration = Duration::from_millis(if cfg!(test) { 50 } else { 5_000 });
/// Documents with a waiting note; further ones are dropped, which notes allow.
const CAPACITY: usize = 4096;

#[derive(Debug, Default)]
pub(super) struct Notes {
    waiting: Mutex<HashMap<(Table, String), String>>,
    arrived: Notify,
}

impl Notes {
    /// Keeps the `Put`s and returns what cannot be a note.
    pub(super) fn leave(&self, changes: Vec<Change>) -> Vec<Change> {
        let mut rest = Vec::new();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        for change in changes {
            let Change::Put { table, key, body } = change else {
                rest.push(change);
                continue;
            };
            let key = (table, key);
            if waiting.len() < CAPACITY || waiting.contains_key(&key) {
                waiting.insert(key, body);
            }
        }
        drop(waiting);
        self.arrived.notify_one();
        rest
    }

    /// Drops notes on documents that `changes` writes.
    pub(super) fn forget(&self, changes: &[Change]) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.is_empty() {
            return;
        }
        for change in changes {
            if let Change::Put { table, key, .. } | Change::Delete { table, key } = change {
                waiting.remove(&(*table, key.clone()));
            }
        }
    }

    /// Hands out everything that waits.
    pub(super) fn take(&self) -> Vec<(Table, String, String)> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *waiting).into_iter().map(|((table, key), body)| (table, key, body)).collect()
    }

    /// Resolves when a note has waited long enough. Safe to cancel.
    pub(super) async fn due(&self) {
        loop {
            if !self.is_empty() {
                tokio::time::sleep(DELAY).await;
                return;
            }
            self.arrived.notified().await;
        }
    }

    fn is_empty(&self) -> bool {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}
