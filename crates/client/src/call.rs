//! Calls on their way: what a caller may set, and who waits for which answer.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use postern_protocol::error::ErrorShape;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use crate::error::{CallError, CloseInfo};

/// What a caller may set for one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CallOptions {
    pub(crate) deadline: Deadline,
    pub(crate) answer: Answer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Deadline {
    /// The client's request timeout.
    #[default]
    Usual,
    After(Duration),
    None,
}

/// Which answer ends a call that is answered twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Answer {
    #[default]
    First,
    /// Skip those whose `payload.status` is `accepted` (`frames-and-events.md §1`).
    Final,
}

impl CallOptions {
    /// The client's request timeout, first answer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Another deadline than the client's request timeout. It covers waiting for
    /// a connection and for the answer.
    #[must_use]
    pub fn timeout(mut self, after: Duration) -> Self {
        self.deadline = Deadline::After(after);
        self
    }

    /// No deadline: the call ends with its answer or with the connection.
    #[must_use]
    pub fn no_timeout(mut self) -> Self {
        self.deadline = Deadline::None;
        self
    }

    /// Wait for the final answer of a call that is first answered `accepted`.
    #[must_use]
    pub fn expect_final(mut self) -> Self {
        self.answer = Answer::Final;
        self
    }
}

/// An answer as it came, or why there is none.
pub(crate) type Reply = Result<Option<Box<RawValue>>, CallError>;

/// A call on its way to the connection.
pub(crate) struct CallRequest {
    pub(crate) method: String,
    /// Params as JSON text.
    pub(crate) params: Box<RawValue>,
    pub(crate) answer: Answer,
    pub(crate) reply: oneshot::Sender<Reply>,
}

/// Who waits for an answer.
pub(crate) enum Waiter {
    Caller {
        method: String,
        answer: Answer,
        reply: oneshot::Sender<Reply>,
    },
    /// The client itself, after a gap.
    HealthRefresh,
    PresenceRefresh,
}

impl Waiter {
    fn is_gone(&self) -> bool {
        matches!(self, Self::Caller { reply, .. } if reply.is_closed())
    }

    fn skips(&self, payload: Option<&RawValue>) -> bool {
        matches!(self, Self::Caller { answer: Answer::Final, .. }) && payload.is_some_and(is_accepted)
    }
}

/// The requests of one connection that have no answer yet.
pub(crate) struct PendingCalls {
    waiters: HashMap<u64, Waiter>,
    next_id: u64,
    purge_at: usize,
}

/// Callers that gave up are swept out when this many requests are open.
const PURGE_FLOOR: usize = 64;

impl PendingCalls {
    pub(crate) fn new() -> Self {
        Self { waiters: HashMap::new(), next_id: 1, purge_at: PURGE_FLOOR }
    }

    /// Registers a waiter; the number is the id of its request.
    pub(crate) fn add(&mut self, waiter: Waiter) -> u64 {
        if self.waiters.len() >= self.purge_at {
            self.waiters.retain(|_, waiter| !waiter.is_gone());
            self.purge_at = PURGE_FLOOR.max(self.waiters.len() * 2);
        }
        let id = self.next_id;
        self.next_id += 1;
        self.waiters.insert(id, waiter);
        id
    }

    /// The waiter that this answer ends, or `None` for an unknown id and for an
    /// interim answer.
    pub(crate) fn take(&mut self, id: &str, payload: Option<&RawValue>) -> Option<Waiter> {
        let id: u64 = id.parse().ok()?;
        if self.waiters.get(&id)?.skips(payload) {
            return None;
        }
        self.waiters.remove(&id)
    }

    /// Ends everything that waits.
    pub(crate) fn fail_all(&mut self, close: &CloseInfo) {
        for (_, waiter) in self.waiters.drain() {
            if let Waiter::Caller { reply, .. } = waiter {
                // A caller that gave up needs no answer.
                let _ = reply.send(Err(CallError::Disconnected(close.clone())));
            }
        }
    }
}

/// Turns the parts of a response frame into what its caller receives.
pub(crate) fn reply_of(method: &str, ok: bool, payload: Option<&RawValue>, error: Option<ErrorShape>) -> Reply {
    match (ok, error) {
        (true, _) => Ok(payload.map(ToOwned::to_owned)),
        (false, Some(error)) => Err(CallError::Refused(Box::new(error))),
        (false, None) => {
            Err(CallError::Unreadable { method: method.to_owned(), problem: "ok is false without an error".to_owned() })
        }
    }
}

fn is_accepted(payload: &RawValue) -> bool {
    #[derive(Deserialize)]
    struct Interim {
        status: Option<Arc<str>>,
    }
    serde_json::from_str::<Interim>(payload.get()).is_ok_and(|interim| interim.status.as_deref() == Some("accepted"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(answer: Answer) -> (Waiter, oneshot::Receiver<Reply>) {
        let (reply, receiver) = oneshot::channel();
        (Waiter::Caller { method: "m".to_owned(), answer, reply }, receiver)
    }

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[test]
    fn only_those_who_asked_for_the_final_answer_skip_the_interim_one() {
        let mut pending = PendingCalls::new();
        let (first, _first) = caller(Answer::First);
        let (last, _last) = caller(Answer::Final);
        let (first, last) = (pending.add(first).to_string(), pending.add(last).to_string());
        let accepted = raw(r#"{"runId":"r","status":"accepted"}"#);
        assert!(pending.take(&first, Some(&accepted)).is_some());
        assert!(pending.take(&last, Some(&accepted)).is_none());
        assert!(pending.take(&last, Some(&raw(r#"{"status":"ok"}"#))).is_some());
        assert!(pending.take(&last, None).is_none(), "an answer ends its call once");
        assert!(pending.take("invalid", None).is_none());
    }

    #[test]
    fn callers_that_gave_up_do_not_pile_up() {
        let mut pending = PendingCalls::new();
        for _ in 0..10_000 {
            let (waiter, _) = caller(Answer::First);
            pending.add(waiter);
        }
        assert!(pending.waiters.len() <= PURGE_FLOOR, "{}", pending.waiters.len());
    }

    #[test]
    fn a_lost_connection_ends_every_call_with_its_reason() {
        let mut pending = PendingCalls::new();
        let (waiter, mut receiver) = caller(Answer::First);
        pending.add(waiter);
        let close = CloseInfo::new(1012, "service restart");
        pending.fail_all(&close);
        assert_eq!(receiver.try_recv().unwrap().unwrap_err(), CallError::Disconnected(close));
    }
}
