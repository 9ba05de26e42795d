//! A side effect happens once per device, method and idempotency key: calls in
//! flight are shared, finished ones answered from here (`handshake.md §11`).

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use super::dispatch::SharedOutcome;

/// How long a finished answer is kept, milliseconds.
const KEEP_MS: i64 = 5 * 60 * 1000;
/// How many answers are kept.
const KEEP_MAX: usize = 1000;

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
    calls: HashMap<CallKey, SharedOutcome>,
    order: VecDeque<(i64, CallKey)>,
}

impl Dedupe {
    /// The running or finished call of this key, or the one that `start` begins.
    pub fn share(&self, key: CallKey, now_ms: i64, start: impl FnOnce() -> SharedOutcome) -> SharedOutcome {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.forget(now_ms);
        if let Some(call) = kept.calls.get(&key) {
            return call.clone();
        }
        let call = start();
        kept.calls.insert(key.clone(), call.clone());
        kept.order.push_back((now_ms, key));
        call
    }
}

impl Kept {
    fn forget(&mut self, now_ms: i64) {
        while let Some((started, _)) = self.order.front() {
            if self.order.len() < KEEP_MAX && now_ms - started < KEEP_MS {
                break;
            }
            if let Some((_, key)) = self.order.pop_front() {
                self.calls.remove(&key);
            }
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
    fn memory_is_bounded() {
        let dedupe = Dedupe::default();
        let count = Arc::new(AtomicUsize::new(0));
        for n in 0..KEEP_MAX * 3 {
            drop(dedupe.share(key(&n.to_string()), 0, || call(&count)));
        }
        assert!(dedupe.0.lock().unwrap().calls.len() <= KEEP_MAX);
    }
}
