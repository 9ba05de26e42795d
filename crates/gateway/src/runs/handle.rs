//! One run as others see it: its state, its text so far, and how to stop it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::record::{RunRecord, RunState};
use crate::sessions::Key;

/// Why a run was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopWhy {
    /// A client called for it (`chat.abort`).
    Rpc,
    /// Somebody wrote `/stop`.
    Stop,
    /// It took too long.
    Timeout,
    /// A newer message takes its place.
    Interrupt,
    /// The gateway stops.
    Shutdown,
    /// It was never acknowledged: it must not be answered.
    Withdrawn,
}

impl StopWhy {
    /// The wire word (`frames-and-events.md §5`).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rpc => "rpc",
            Self::Stop => "stop",
            Self::Timeout => "timeout",
            Self::Interrupt => "interrupt",
            Self::Shutdown => "shutdown",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Where it leaves the run.
    #[must_use]
    pub const fn state(self) -> RunState {
        match self {
            Self::Timeout => RunState::Timeout,
            Self::Shutdown => RunState::Interrupted,
            Self::Rpc | Self::Stop | Self::Interrupt | Self::Withdrawn => RunState::Aborted,
        }
    }
}

/// A run. Whoever holds it can watch it and stop it.
#[derive(Debug)]
pub struct RunHandle {
    /// Its id.
    pub run_id: Arc<str>,
    /// Its session.
    pub key: Key,
    /// Device or connection that asked for it.
    pub caller: String,
    /// Connection that asked for it; gets tool events without having to follow.
    pub conn_id: Option<Arc<str>>,
    cancel: CancellationToken,
    why: Mutex<Option<StopWhy>>,
    text: Mutex<String>,
    record: watch::Sender<RunRecord>,
}

impl RunHandle {
    /// A run that waits.
    #[must_use]
    pub fn new(record: RunRecord, key: Key, conn_id: Option<Arc<str>>) -> Self {
        Self {
            run_id: record.run_id.as_str().into(),
            key,
            caller: record.caller.clone(),
            conn_id,
            cancel: CancellationToken::new(),
            why: Mutex::default(),
            text: Mutex::default(),
            record: watch::Sender::new(record),
        }
    }

    /// What is known about it at this moment.
    #[must_use]
    pub fn record(&self) -> RunRecord {
        self.record.borrow().clone()
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> RunState {
        self.record.borrow().state
    }

    /// Waits for its end.
    pub async fn ended(&self) -> RunRecord {
        let mut changes = self.record.subscribe();
        match changes.wait_for(|record| record.state.is_over()).await {
            Ok(record) => record.clone(),
            // The sender is a field of `self`.
            Err(_) => self.record(),
        }
    }

    pub(super) fn update(&self, edit: impl FnOnce(&mut RunRecord)) -> RunRecord {
        self.record.send_modify(edit);
        self.record()
    }

    pub(super) fn set(&self, record: RunRecord) {
        self.record.send_replace(record);
    }

    /// Stops it; the first reason stays. False when it ended before.
    pub fn stop(&self, why: StopWhy) -> bool {
        if self.state().is_over() {
            return false;
        }
        self.locked(&self.why).get_or_insert(why);
        self.cancel.cancel();
        true
    }

    /// Why it was stopped, once it was.
    #[must_use]
    pub fn why(&self) -> Option<StopWhy> {
        *self.locked(&self.why)
    }

    pub(super) fn cancel(&self) -> &CancellationToken {
        &self.cancel
    }

    /// What was told of the answer so far.
    #[must_use]
    pub fn text(&self) -> String {
        self.locked(&self.text).clone()
    }

    pub(super) fn add_text(&self, more: &str) {
        self.locked(&self.text).push_str(more);
    }

    pub(super) fn clear_text(&self) {
        self.locked(&self.text).clear();
    }

    #[expect(clippy::unused_self, reason = "reads as a method beside its callers")]
    fn locked<'a, T>(&self, mutex: &'a Mutex<T>) -> MutexGuard<'a, T> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
