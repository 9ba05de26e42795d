//! The actor of a session: messages are answered one after the other, in the
//! order in which they came.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use postern_protocol::chat::QueueMode;
use tokio::sync::oneshot;

use super::error::RunError;
use super::handle::{RunHandle, StopWhy};
use super::record::Input;
use crate::sessions::Key;

/// Messages that may wait in one session.
pub(super) const MOST_WAITING: usize = 32;

/// A run that was accepted and has not begun.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) run: Arc<RunHandle>,
    pub(super) input: Input,
    pub(super) mode: QueueMode,
    /// Told once the message is durable; `None` when it was before.
    pub(super) durable: Option<oneshot::Sender<Result<(), RunError>>>,
    /// Ends when whoever asks has its answer.
    pub(super) answered: Option<oneshot::Receiver<()>>,
}

impl Waiting {
    /// Whether it is to be treated so; one that was stopped is only told its end, and
    /// one that says nothing new is judged alone.
    fn is_to(&self, mode: QueueMode) -> bool {
        self.mode == mode && self.run.why().is_none() && !self.input.resumed
    }
}

/// What waits in one session, and what is under way.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) key: Key,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    waiting: VecDeque<Waiting>,
    running: Vec<Arc<RunHandle>>,
}

impl Lane {
    pub(super) fn new(key: Key) -> Self {
        Self { key, inner: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_busy(&self) -> bool {
        let inner = self.lock();
        !inner.waiting.is_empty() || !inner.running.is_empty()
    }

    pub(super) fn waiting(&self) -> usize {
        self.lock().waiting.len()
    }

    pub(super) fn push(&self, waiting: Waiting) {
        self.lock().waiting.push_back(waiting);
    }

    /// The next run; it counts as under way at once. Messages that are to be
    /// answered together come together; one that was stopped meanwhile comes alone.
    pub(super) fn next(&self) -> Option<Vec<Waiting>> {
        let mut inner = self.lock();
        inner.waiting.retain(|one| one.run.why() != Some(StopWhy::Withdrawn));
        let first = inner.waiting.pop_front()?;
        let collects = first.is_to(QueueMode::Collect);
        let mut together = vec![first];
        while collects && inner.waiting.front().is_some_and(|next| next.is_to(QueueMode::Collect)) {
            together.extend(inner.waiting.pop_front());
        }
        inner.running = together.iter().map(|one| Arc::clone(&one.run)).collect();
        Some(together)
    }

    /// Messages that the running answer is to be told of, at the front of the
    /// queue; they belong to it from now on.
    pub(super) fn steering(&self) -> Vec<Waiting> {
        let mut inner = self.lock();
        let mut taken = Vec::new();
        while inner.waiting.front().is_some_and(|next| next.is_to(QueueMode::Steer)) {
            taken.extend(inner.waiting.pop_front());
        }
        inner.running.extend(taken.iter().map(|one| Arc::clone(&one.run)));
        taken
    }

    /// The run is over. True when nothing waits.
    pub(super) fn finished(&self) -> bool {
        let mut inner = self.lock();
        inner.running.clear();
        inner.waiting.is_empty()
    }

    /// Runs under way, then those that wait.
    pub(super) fn runs(&self) -> Vec<Arc<RunHandle>> {
        let inner = self.lock();
        inner.running.iter().cloned().chain(inner.waiting.iter().map(|one| Arc::clone(&one.run))).collect()
    }

    /// Stops a run. Those that share its answer end with it. Gives the ids of all
    /// that were stopped.
    pub(super) fn stop(&self, run: &Arc<RunHandle>, why: StopWhy) -> Vec<String> {
        let running = self.lock().running.clone();
        let is_it = |other: &Arc<RunHandle>| Arc::ptr_eq(other, run);
        let shared = if running.iter().any(is_it) { running.as_slice() } else { &[] };
        let all = std::iter::once(run).chain(shared.iter().filter(|other| !is_it(other)));
        all.filter(|run| run.stop(why)).map(|run| run.run_id.to_string()).collect()
    }

    /// Stops every run.
    pub(super) fn stop_all(&self, why: StopWhy) {
        for run in self.runs() {
            run.stop(why);
        }
    }

    /// What waits and is still to be answered, in its order.
    pub(super) fn pending(&self) -> Vec<(Arc<RunHandle>, Input)> {
        let inner = self.lock();
        let waits = inner.waiting.iter().filter(|one| one.run.why().is_none());
        waits.map(|one| (Arc::clone(&one.run), one.input.clone())).collect()
    }

    /// The run under way.
    pub(super) fn running(&self) -> Option<Arc<RunHandle>> {
        self.lock().running.first().cloned()
    }
}
