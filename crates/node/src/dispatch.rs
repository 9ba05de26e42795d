//! Calls under way. Each runs once: a call that is repeated under the same key gets the answer of the first. Each has a
//! deadline and an end: when nobody waits any more, everything it started is ended.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use postern_protocol::nodes::NodeInvokeRequest;
use serde_json::Value;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::commands::{Host, Invoke};
use crate::link::Link;
use crate::refusal::{Outcome, Refusal};

/// Calls that run at the same time; others wait their turn.
const AT_ONCE: usize = 32;
/// Calls that run or wait; more are refused.
const MOST: usize = 512;
/// How long whoever called waits unless told otherwise, and at most.
const USUAL_LIMIT: Duration = Duration::from_secs(30);
const LONGEST_LIMIT: Duration = Duration::from_secs(24 * 60 * 60);
/// What a call gets to end by itself when nobody waits any more: programs are asked before they are killed.
const TO_END: Duration = Duration::from_secs(8);
/// How long a key is remembered, and how many.
const REMEMBERED: Duration = Duration::from_secs(10 * 60);
const MOST_REMEMBERED: usize = 1_000;

/// Takes calls and answers them.
#[derive(Clone)]
pub(crate) struct Dispatcher(Arc<Inner>);

struct Inner {
    host: Arc<Host>,
    slots: Semaphore,
    tasks: TaskTracker,
    calls: Mutex<Calls>,
}

#[derive(Default)]
struct Calls {
    /// By the id of the call.
    running: HashMap<String, CancellationToken>,
    /// By the caller's key.
    known: HashMap<String, Known>,
}

/// A call that was made under a key.
struct Known {
    at: Instant,
    outcome: watch::Receiver<Option<Arc<Outcome>>>,
}

/// What becomes of a call that has just come in.
enum Entry {
    /// It is under way.
    Twice,
    Full,
    /// It was made before.
    Again(watch::Receiver<Option<Arc<Outcome>>>),
    New(CancellationToken, watch::Sender<Option<Arc<Outcome>>>),
}

impl Dispatcher {
    pub(crate) fn new(host: Arc<Host>) -> Self {
        let (slots, tasks) = (Semaphore::new(AT_ONCE), TaskTracker::new());
        Self(Arc::new(Inner { host, slots, tasks, calls: Mutex::default() }))
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.0.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a call; it is answered through `link`.
    pub(crate) fn take(&self, request: NodeInvokeRequest, link: Link) {
        if request.node_id != link.node_id() {
            tracing::debug!(id = request.id, "a call for another node was left out");
            return;
        }
        match self.calls().enter(&request, &link) {
            Entry::Twice => {}
            Entry::Full => {
                let refusal = Refusal::new("BUSY", "this node has too many calls under way: try again in a moment");
                self.start(async move { link.report(&request.id, &Err(refusal)).await });
            }
            Entry::Again(mut outcome) => self.start(async move {
                let settled = outcome.wait_for(Option::is_some).await.ok().and_then(|outcome| outcome.clone());
                let lost = || Arc::new(Err(Refusal::failed("the first call under this key came to nothing")));
                link.report(&request.id, &settled.unwrap_or_else(lost)).await;
            }),
            Entry::New(cancel, outcome) => {
                let dispatcher = self.clone();
                self.start(async move { dispatcher.run(request, link, cancel, outcome).await });
            }
        }
    }

    /// Runs something of the node's own beside the calls.
    #[expect(clippy::disallowed_methods, reason = "every call belongs to the tracker, which the end waits for")]
    pub(crate) fn start(&self, task: impl Future<Output = ()> + Send + 'static) {
        drop(tokio::spawn(self.0.tasks.track_future(task)));
    }

    /// Nobody waits for this call any more.
    pub(crate) fn cancel(&self, id: &str) {
        if let Some(cancel) = self.calls().running.get(id) {
            cancel.cancel();
        }
    }

    /// Waits until everything has ended; the connections are gone by then, and so is whoever waited.
    pub(crate) async fn ended(&self) {
        for cancel in self.calls().running.values() {
            cancel.cancel();
        }
        self.0.tasks.close();
        if timeout(TO_END + Duration::from_secs(2), self.0.tasks.wait()).await.is_err() {
            tracing::warn!("calls are still under way while the node host ends");
        }
    }

    async fn run(
        &self,
        request: NodeInvokeRequest,
        link: Link,
        cancel: CancellationToken,
        settled: watch::Sender<Option<Arc<Outcome>>>,
    ) {
        let id = request.id.clone();
        tracing::debug!(id, command = request.command, "call");
        let outcome = self.outcome(request, &link, &cancel).await;
        self.calls().running.remove(&id);
        let outcome = Arc::new(outcome);
        // Nobody may have asked again.
        settled.send_replace(Some(Arc::clone(&outcome)));
        if !cancel.is_cancelled() {
            link.report(&id, &outcome).await;
        }
    }

    async fn outcome(&self, request: NodeInvokeRequest, link: &Link, cancel: &CancellationToken) -> Outcome {
        let begun = Instant::now();
        let limit = request.timeout_ms.filter(|ms| *ms > 0).map_or(USUAL_LIMIT, Duration::from_millis);
        let limit = limit.min(LONGEST_LIMIT);
        let cancelled = || Refusal::new("CANCELLED", "nobody waited for it any more, so it was ended");
        let overdue = || Refusal::new("TIMEOUT", format!("it took longer than {} ms", limit.as_millis()));
        let slot = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(cancelled()),
            slot = timeout(limit, self.0.slots.acquire()) => slot.map_err(|_| overdue())?,
        };
        let params = match request.params_json.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            None => Value::Null,
            Some(text) => serde_json::from_str(text)
                .map_err(|error| Refusal::invalid(format!("paramsJSON is no JSON: {error}")))?,
        };
        let call = Invoke {
            id: request.id,
            command: request.command,
            params,
            session_key: request.session_key,
            link: link.clone(),
            cancel: cancel.clone(),
            limit: limit.saturating_sub(begun.elapsed()),
        };
        let performing = AssertUnwindSafe(Box::pin(self.0.host.perform(&call))).catch_unwind();
        tokio::pin!(performing);
        let outcome = tokio::select! {
            biased;
            outcome = &mut performing => outcome,
            () = tokio::time::sleep(call.limit) => return Err(overdue()),
            () = cancel.cancelled() => {
                // Dropped after that, it is killed.
                drop(timeout(TO_END, &mut performing).await);
                return Err(cancelled());
            }
        };
        drop(slot);
        outcome.unwrap_or_else(|_| Err(Refusal::failed("the command failed inside; the log of the node says how")))
    }
}

impl Calls {
    fn enter(&mut self, request: &NodeInvokeRequest, link: &Link) -> Entry {
        if self.running.contains_key(&request.id) {
            return Entry::Twice;
        }
        let now = Instant::now();
        let key = request.idempotency_key.as_deref().filter(|key| !key.is_empty());
        if let Some(known) = key.and_then(|key| self.known.get(key)) {
            return Entry::Again(known.outcome.clone());
        }
        if self.running.len() >= MOST {
            return Entry::Full;
        }
        let (sender, outcome) = watch::channel(None);
        if let Some(key) = key {
            self.forget_old(now);
            self.known.insert(key.to_owned(), Known { at: now, outcome });
        }
        let cancel = link.gone.child_token();
        self.running.insert(request.id.clone(), cancel.clone());
        Entry::New(cancel, sender)
    }

    fn forget_old(&mut self, now: Instant) {
        let is_over = |known: &Known| known.outcome.borrow().is_some();
        self.known.retain(|_, known| !is_over(known) || now.duration_since(known.at) < REMEMBERED);
        while self.known.len() >= MOST_REMEMBERED {
            let over = self.known.iter().filter(|(_, known)| is_over(known));
            let Some(oldest) = over.min_by_key(|(_, known)| known.at).map(|(key, _)| key.clone()) else { return };
            self.known.remove(&oldest);
        }
    }
}
