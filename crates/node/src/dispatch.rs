//! Calls under way. Each runs once: a call that is repeated under the same key gets the answer of the first. Each has a
//! deadline and an end: when nobody waits any more, everything it started is ended.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
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
/// How long an answer is remembered, how many, and how many bytes of them: pictures are forgotten sooner.
const REMEMBERED: Duration = Duration::from_secs(10 * 60);
const MOST_REMEMBERED: usize = 1_000;
const MOST_BYTES: usize = 32 * 1024 * 1024;

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
    known: HashMap<Key, Known>,
    hasher: RandomState,
}

/// What makes two calls the same one. The caller's key alone does not: a gateway passes on the keys of many callers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    given: String,
    command: String,
    params: u64,
}

/// A call that was made under a key.
struct Known {
    at: Instant,
    outcome: watch::Receiver<Option<Arc<Outcome>>>,
    /// Bytes of its answer; none while it runs.
    bytes: usize,
}

/// What becomes of a call that has just come in.
enum Entry {
    /// It is under way.
    Twice,
    Full,
    /// It was made before.
    Again(CancellationToken, watch::Receiver<Option<Arc<Outcome>>>),
    New(Begun),
}

/// A call that begins.
struct Begun {
    cancel: CancellationToken,
    key: Option<Key>,
    settled: watch::Sender<Option<Arc<Outcome>>>,
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
        let entry = self.calls().enter(&request, &link.gone);
        let dispatcher = self.clone();
        match entry {
            Entry::Twice => {}
            Entry::Full => {
                let refusal = Refusal::new("BUSY", "this node has too many calls under way: try again in a moment");
                self.start(async move { link.report(&request.id, &Err(refusal)).await });
            }
            Entry::Again(cancel, outcome) => {
                self.start(async move { dispatcher.repeat(request, link, (cancel, outcome)).await });
            }
            Entry::New(begun) => self.start(async move { dispatcher.run(request, link, begun).await }),
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

    async fn run(&self, request: NodeInvokeRequest, link: Link, begun: Begun) {
        let Begun { cancel, key, settled } = begun;
        let id = request.id.clone();
        tracing::debug!(id, command = request.command, "call");
        let outcome = Arc::new(self.outcome(request, &link, &cancel).await);
        // Nobody may have asked again.
        settled.send_replace(Some(Arc::clone(&outcome)));
        self.calls().ended(&id, key.as_ref(), &outcome);
        if !cancel.is_cancelled() {
            link.report(&id, &outcome).await;
        }
    }

    /// Answers a repeated call with what came of the first.
    async fn repeat(
        &self,
        request: NodeInvokeRequest,
        link: Link,
        (cancel, mut outcome): (CancellationToken, watch::Receiver<Option<Arc<Outcome>>>),
    ) {
        let first = timeout(limit_of(&request), outcome.wait_for(Option::is_some));
        let settled = tokio::select! {
            biased;
            () = cancel.cancelled() => None,
            first = first => Some(match first {
                Ok(outcome) => outcome.ok().and_then(|outcome| outcome.clone()).unwrap_or_else(|| {
                    Arc::new(Err(Refusal::failed("the first call under this key came to nothing")))
                }),
                Err(_) => Arc::new(Err(Refusal::new("TIMEOUT", "the first call under this key is still under way"))),
            }),
        };
        self.calls().running.remove(&request.id);
        if let Some(outcome) = settled {
            link.report(&request.id, &outcome).await;
        }
    }

    async fn outcome(&self, request: NodeInvokeRequest, link: &Link, cancel: &CancellationToken) -> Outcome {
        let begun = Instant::now();
        let limit = limit_of(&request);
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

/// How long whoever called waits.
fn limit_of(request: &NodeInvokeRequest) -> Duration {
    request.timeout_ms.filter(|ms| *ms > 0).map_or(USUAL_LIMIT, Duration::from_millis).min(LONGEST_LIMIT)
}

impl Calls {
    fn enter(&mut self, request: &NodeInvokeRequest, gone: &CancellationToken) -> Entry {
        if self.running.contains_key(&request.id) {
            return Entry::Twice;
        }
        if self.running.len() >= MOST {
            return Entry::Full;
        }
        let (key, cancel) = (self.key(request), gone.child_token());
        self.running.insert(request.id.clone(), cancel.clone());
        if let Some(known) = key.as_ref().and_then(|key| self.known.get(key)) {
            return Entry::Again(cancel, known.outcome.clone());
        }
        let (settled, outcome) = watch::channel(None);
        if let Some(key) = &key {
            self.forget_old();
            self.known.insert(key.clone(), Known { at: Instant::now(), outcome, bytes: 0 });
        }
        Entry::New(Begun { cancel, key, settled })
    }

    fn key(&self, request: &NodeInvokeRequest) -> Option<Key> {
        let given = request.idempotency_key.clone().filter(|key| !key.is_empty())?;
        let params = self.hasher.hash_one(request.params_json.as_deref());
        Some(Key { given, command: request.command.clone(), params })
    }

    /// A call has ended; its answer is remembered as long as there is room.
    fn ended(&mut self, id: &str, key: Option<&Key>, outcome: &Outcome) {
        self.running.remove(id);
        if let Some(known) = key.and_then(|key| self.known.get_mut(key)) {
            known.bytes = outcome.as_ref().map_or(0, weight);
        }
        while self.known.values().map(|known| known.bytes).sum::<usize>() > MOST_BYTES && self.forget_oldest() {}
    }

    fn forget_old(&mut self) {
        let now = Instant::now();
        self.known.retain(|_, known| !known.is_over() || now.duration_since(known.at) < REMEMBERED);
        while self.known.len() >= MOST_REMEMBERED && self.forget_oldest() {}
    }

    /// Whether there was one that could be forgotten.
    fn forget_oldest(&mut self) -> bool {
        let over = self.known.iter().filter(|(_, known)| known.is_over());
        let oldest = over.min_by_key(|(_, known)| known.at).map(|(key, _)| key.clone());
        oldest.is_some_and(|key| self.known.remove(&key).is_some())
    }
}

impl Known {
    fn is_over(&self) -> bool {
        self.outcome.borrow().is_some()
    }
}

/// About how many bytes a value takes.
fn weight(value: &Value) -> usize {
    const EACH: usize = 32;
    EACH + match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(fields) => fields.iter().map(|(name, value)| name.len() + weight(value)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(id: &str, command: &str, params: Option<&str>) -> NodeInvokeRequest {
        NodeInvokeRequest {
            id: id.to_owned(),
            node_id: "n".to_owned(),
            command: command.to_owned(),
            params_json: params.map(str::to_owned),
            timeout_ms: None,
            idempotency_key: Some("key".to_owned()),
            session_key: None,
        }
    }

    fn word(entry: &Entry) -> &'static str {
        match entry {
            Entry::Twice => "twice",
            Entry::Full => "full",
            Entry::Again(..) => "again",
            Entry::New(_) => "new",
        }
    }

    #[test]
    fn only_the_same_call_is_a_repetition() {
        let (mut calls, gone) = (Calls::default(), CancellationToken::new());
        let mut enter = |id, command, params| word(&calls.enter(&request(id, command, params), &gone));
        assert_eq!(enter("1", "camera.snap", Some("{}")), "new");
        assert_eq!(enter("1", "camera.snap", Some("{}")), "twice");
        assert_eq!(enter("2", "camera.snap", Some("{}")), "again");
        assert_eq!(enter("3", "camera.snap", None), "new", "another call of somebody who chose the same key");
        assert_eq!(enter("4", "camera.clip", Some("{}")), "new");
    }

    #[test]
    fn calls_are_bounded_repeated_ones_too() {
        let (mut calls, gone) = (Calls::default(), CancellationToken::new());
        let all: Vec<_> = (0..=MOST)
            .map(|number| word(&calls.enter(&request(&number.to_string(), "system.which", None), &gone)))
            .collect();
        assert_eq!((all[0], all[1], all[MOST - 1], all[MOST]), ("new", "again", "again", "full"));
    }

    #[test]
    fn large_answers_are_forgotten_sooner() {
        let (mut calls, gone) = (Calls::default(), CancellationToken::new());
        let picture = Ok(Value::String("x".repeat(MOST_BYTES / 4)));
        for number in 0..8 {
            let (id, params) = (number.to_string(), format!("[{number}]"));
            let Entry::New(begun) = calls.enter(&request(&id, "camera.snap", Some(&params)), &gone) else {
                panic!("not new: {number}");
            };
            begun.settled.send_replace(Some(Arc::new(picture.clone())));
            calls.ended(&id, begun.key.as_ref(), &picture);
        }
        assert!(calls.running.is_empty());
        assert_eq!(calls.known.len(), 3);
        assert_eq!(word(&calls.enter(&request("again", "camera.snap", Some("[7]")), &gone)), "again");
    }
}
