//! A side effect happens once per device, method and idempotency key: calls in
//! flight are shared, finished ones answered from here (`handshake.md §11`).

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use super::dispatch::{Final, SharedOutcome};

/// How long a finished answer is kept, milliseconds.
const KEEP_MS: i64 = 5 * 60 * 1000;
/// How many answers are kept.
const KEEP_MAX: usize = 1000;
/// How many bytes of answers are kept.
const KEEP_BYTES: usize = 32 * 1024 * 1024;

/// Who called what under which key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CallKey {
    /// Device id, or connection id of a client without device.
    pub caller: String,
    /// Wire name.
    pub method: String,
    /// The client's key.
    pub key: String,
}

/// Answers by key, oldest forgotten first.
#[derive(Default)]
pub struct Dedupe(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    calls: HashMap<CallKey, Call>,
    order: VecDeque<(i64, CallKey, u64)>,
    next: u64,
    /// Bytes of the answers that are kept.
    bytes: usize,
}

struct Call {
    number: u64,
    outcome: SharedOutcome,
    /// Bytes of its answer; `None` while it runs.
    bytes: Option<usize>,
}

impl Dedupe {
    /// The running or finished call of this key, or the one that `start` begins.
    pub fn share(&self, key: CallKey, now_ms: i64, start: impl FnOnce() -> SharedOutcome) -> SharedOutcome {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.forget(now_ms);
        if let Some(call) = kept.calls.get(&key) {
            return call.outcome.clone();
        }
        let (number, outcome) = (kept.next, start());
        kept.next += 1;
        kept.calls.insert(key.clone(), Call { number, outcome: outcome.clone(), bytes: None });
        kept.order.push_back((now_ms, key, number));
        outcome
    }

    /// Takes in how a call ended. One that may succeed later is not kept: a
    /// repetition is what the client was told to try.
    pub fn finished(&self, key: &CallKey, answer: &Final) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = match answer {
            Ok(text) => text.len(),
            Err(shape) if shape.retryable == Some(true) => return kept.drop_call(key, None),
            Err(_) => 0,
        };
        let Some(call) = kept.calls.get_mut(key).filter(|call| call.bytes.is_none()) else { return };
        call.bytes = Some(bytes);
        kept.bytes += bytes;
        kept.make_room();
    }
}

impl Kept {
    fn forget(&mut self, now_ms: i64) {
        while let Some((started, ..)) = self.order.front() {
            if self.order.len() < KEEP_MAX && now_ms - started < KEEP_MS {
                break;
            }
            self.drop_oldest();
        }
    }

    /// Large answers, such as pictures, are forgotten sooner; the newest stays.
    fn make_room(&mut self) {
        while self.bytes > KEEP_BYTES && self.order.len() > 1 {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        if let Some((_, key, number)) = self.order.pop_front() {
            self.drop_call(&key, Some(number));
        }
    }

    /// Forgets the call of a key, or only that with this number: the key may have
    /// come again since.
    fn drop_call(&mut self, key: &CallKey, number: Option<u64>) {
        let is_meant = |call: &Call| number.is_none_or(|number| number == call.number);
        if self.calls.get(key).is_some_and(is_meant)
            && let Some(call) = self.calls.remove(key)
        {
            self.bytes -= call.bytes.unwrap_or(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::dispatch::Outcome;
    use super::*;
    use futures_util::FutureExt as _;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn key(name: &str) -> CallKey {
        CallKey { caller: "d".into(), method: "m".into(), key: name.into() }
    }

    fn call(count: &Arc<AtomicUsize>) -> SharedOutcome {
        let count = Arc::clone(count);
        async move {
            let n = count.fetch_add(1, Ordering::SeqCst);
            Outcome { first: Ok(n.to_string().into()), later: None }
        }
        .boxed()
        .shared()
    }

    #[test]
    fn one_key_acts_once_until_it_is_forgotten() {
        let dedupe = Dedupe::default();
        let count = Arc::new(AtomicUsize::new(0));
        let run =
            |name: &str, now| dedupe.share(key(name), now, || call(&count)).now_or_never().unwrap().first.unwrap();
        assert_eq!(&*run("a", 0), "0");
        assert_eq!(&*run("a", KEEP_MS - 1), "0");
        assert_eq!(&*run("b", KEEP_MS - 1), "1");
        assert_eq!(&*run("a", KEEP_MS), "2");
    }

    #[test]
    fn an_error_that_may_pass_is_not_kept() {
        use postern_protocol::error::{ErrorCode, ErrorShape};
        let dedupe = Dedupe::default();
        let count = Arc::new(AtomicUsize::new(0));
        let run = |now| dedupe.share(key("a"), now, || call(&count)).now_or_never().unwrap().first.unwrap();
        assert_eq!(&*run(0), "0");
        dedupe.finished(&key("a"), &Err(ErrorShape::new(ErrorCode::Unavailable, "for good")));
        assert_eq!(&*run(0), "0");
        dedupe.finished(&key("a"), &Err(ErrorShape::new(ErrorCode::Unavailable, "later").retry_after(1)));
        assert_eq!(&*run(1), "1");
        // The first call's time is over, not that of the second.
        assert_eq!(&*run(KEEP_MS), "1");
    }

    #[test]
    fn large_answers_are_forgotten_sooner() {
        let dedupe = Dedupe::default();
        let count = Arc::new(AtomicUsize::new(0));
        let large: Final = Ok("x".repeat(KEEP_BYTES / 2 + 1).into());
        for name in ["a", "b"] {
            drop(dedupe.share(key(name), 0, || call(&count)));
            dedupe.finished(&key(name), &large);
            dedupe.finished(&key(name), &large);
        }
        let kept = dedupe.0.lock().unwrap();
        assert_eq!((kept.calls.len(), kept.bytes), (1, KEEP_BYTES / 2 + 1));
        assert!(kept.calls.contains_key(&key("b")));
    }

    #[test]
    fn memory_is_bounded() {
        let dedupe = Dedupe::default();
        let count = Arc::new(AtomicUsize::new(0));
        for n in 0..KEEP_MAX * 3 {
            drop(dedupe.share(key(&n.to_string()), 0, || call(&count)));
        }
        assert!(dedupe.0.lock().unwrap().calls.len() <= KEEP_MAX);
    }
}
