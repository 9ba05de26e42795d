//! The requests that wait, and the ends of those that did. In memory, bounded,
//! and without a clock of its own.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use postern_protocol::system::Nullable;
use tokio::sync::watch;
use tokio::time::Instant;

use super::error::ApprovalError;
use super::record::{ApprovalRecord, Origin, Outcome, Times, Waiting};

/// Requests of runs that may wait, and as many of clients: neither can keep the
/// other from asking.
const MAX_WAITING: usize = 128;
/// Requests of one conversation, or of one client.
const MAX_PER_ORIGIN: usize = 16;
/// Ends that are remembered.
const MAX_ENDED: usize = 512;
/// How long an end is remembered.
const ENDED_MS: i64 = 15 * 60 * 1000;

/// The requests.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// By order of arrival.
    waiting: BTreeMap<u64, Entry>,
    by_id: HashMap<Arc<str>, u64>,
    next: u64,
    ended: HashMap<Arc<str>, Ended>,
    ended_order: VecDeque<Arc<str>>,
}

#[derive(Debug)]
struct Entry {
    record: Arc<ApprovalRecord>,
    /// The deadline when the wall clock does not run.
    deadline: Instant,
    /// Somebody has answered; only the rest is still written down.
    claimed: bool,
    outcome: watch::Sender<Option<Outcome>>,
}

#[derive(Debug)]
struct Ended {
    times: Times,
    outcome: Outcome,
    at_ms: i64,
    /// What was decided about, while a node may still be told to run it.
    node_run: Option<Arc<ApprovalRecord>>,
}

/// Why a decision cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unredeemed<E> {
    /// There is none, or it was used.
    Unknown,
    /// Nobody has decided yet.
    Undecided,
    /// It is not for this.
    Refused(E),
}

/// The present, by both clocks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Now {
    pub(super) wall_ms: i64,
    pub(super) steady: Instant,
}

impl Entry {
    /// Either clock is enough: a wall clock that is set back, or stands still
    /// while the machine sleeps, never makes a request live longer.
    fn is_due(&self, now: Now) -> bool {
        !self.claimed && (now.wall_ms >= self.record.event.expires_at_ms || now.steady >= self.deadline)
    }

    fn waiting(&self) -> Waiting {
        let event = &self.record.event;
        let times = Times { created_at_ms: event.created_at_ms, expires_at_ms: event.expires_at_ms };
        Waiting { id: event.id.as_str().into(), times, outcome: self.outcome.subscribe() }
    }
}

fn is_for_node(record: &ApprovalRecord) -> bool {
    matches!(record.event.request.node_id, Nullable::Value(_))
}

impl Queue {
    /// Adds a request, unless its name is taken or too many wait.
    pub(super) fn add(&mut self, record: Arc<ApprovalRecord>, deadline: Instant) -> Result<Waiting, ApprovalError> {
        self.admit(&record)?;
        let id: Arc<str> = record.id().into();
        let entry = Entry { record, deadline, claimed: false, outcome: watch::Sender::new(None) };
        let waiting = entry.waiting();
        self.by_id.insert(id, self.next);
        self.waiting.insert(self.next, entry);
        self.next += 1;
        Ok(waiting)
    }

    /// Whether the request could be added.
    pub(super) fn admit(&self, record: &ApprovalRecord) -> Result<(), ApprovalError> {
        if self.by_id.contains_key(record.id()) || self.ended.contains_key(record.id()) {
            return Err(ApprovalError::IdTaken);
        }
        let of_runs = |origin: &Origin| matches!(origin, Origin::Session(_));
        let origins = || self.waiting.values().map(|entry| &entry.record.origin);
        if origins().filter(|origin| **origin == record.origin).count() >= MAX_PER_ORIGIN {
            return Err(ApprovalError::TooMany("16 of one conversation or client"));
        }
        if origins().filter(|origin| of_runs(origin) == of_runs(&record.origin)).count() >= MAX_WAITING {
            return Err(ApprovalError::TooMany("128 in all"));
        }
        Ok(())
    }

    pub(super) fn waiting(&self) -> impl Iterator<Item = &Arc<ApprovalRecord>> {
        self.waiting.values().filter(|entry| !entry.claimed).map(|entry| &entry.record)
    }

    pub(super) fn get(&self, id: &str) -> Option<Arc<ApprovalRecord>> {
        let entry = self.waiting.get(self.by_id.get(id)?)?;
        Some(Arc::clone(&entry.record))
    }

    /// Somebody more waits for a request, or learns how it ended.
    pub(super) fn wait(&self, id: &str) -> Option<Waiting> {
        if let Some(entry) = self.by_id.get(id).and_then(|number| self.waiting.get(number)) {
            return Some(entry.waiting());
        }
        let (id, ended) = self.ended.get_key_value(id)?;
        let (_, outcome) = watch::channel(Some(ended.outcome.clone()));
        Some(Waiting { id: Arc::clone(id), times: ended.times.clone(), outcome })
    }

    /// Takes the right to answer: the first caller gets the request, later ones
    /// are told that they are late.
    pub(super) fn claim(
        &mut self,
        id: &str,
        check: impl FnOnce(&ApprovalRecord) -> Result<(), ApprovalError>,
    ) -> Result<Arc<ApprovalRecord>, ApprovalError> {
        if let Some(ended) = self.ended.get(id) {
            let answered = matches!(ended.outcome, Outcome::Answered(_));
            return Err(if answered { ApprovalError::AlreadyResolved } else { ApprovalError::Unknown });
        }
        let entry = self.by_id.get(id).and_then(|number| self.waiting.get_mut(number)).ok_or(ApprovalError::Unknown)?;
        if entry.claimed {
            return Err(ApprovalError::AlreadyResolved);
        }
        check(&entry.record)?;
        entry.claimed = true;
        Ok(Arc::clone(&entry.record))
    }

    /// Ends a request and tells everybody who waits; `None` when it has ended.
    pub(super) fn end(&mut self, id: &str, outcome: Outcome, at_ms: i64) -> Option<Arc<ApprovalRecord>> {
        let (id, number) = self.by_id.remove_entry(id)?;
        let entry = self.waiting.remove(&number)?;
        let times = entry.waiting().times;
        let node_run = is_for_node(&entry.record).then(|| Arc::clone(&entry.record));
        self.keep(id, Ended { times, outcome: outcome.clone(), at_ms, node_run });
        entry.outcome.send_replace(Some(outcome));
        Some(entry.record)
    }

    /// Uses a decision about a command of a node, once. `check` sees the request, how
    /// and when it ended; a refusal leaves it as it is.
    pub(super) fn redeem<T, E>(
        &mut self,
        id: &str,
        check: impl FnOnce(&ApprovalRecord, &Outcome, i64) -> Result<T, E>,
    ) -> Result<T, Unredeemed<E>> {
        if self.by_id.contains_key(id) {
            return Err(Unredeemed::Undecided);
        }
        let ended = self.ended.get_mut(id).ok_or(Unredeemed::Unknown)?;
        let record = ended.node_run.as_ref().ok_or(Unredeemed::Unknown)?;
        let used = check(record, &ended.outcome, ended.at_ms).map_err(Unredeemed::Refused)?;
        ended.node_run = None;
        Ok(used)
    }

    /// Notes a request that ended before anybody could be asked.
    pub(super) fn note(&mut self, record: &ApprovalRecord, outcome: Outcome) -> Result<Waiting, ApprovalError> {
        self.admit(record)?;
        let event = &record.event;
        let times = Times { created_at_ms: event.created_at_ms, expires_at_ms: event.expires_at_ms };
        let ended = Ended { times, outcome, at_ms: event.created_at_ms, node_run: None };
        self.keep(event.id.as_str().into(), ended);
        self.wait(&event.id).ok_or(ApprovalError::Unknown)
    }

    fn keep(&mut self, id: Arc<str>, ended: Ended) {
        let now_ms = ended.at_ms;
        self.ended.insert(Arc::clone(&id), ended);
        self.ended_order.push_back(id);
        while let Some(oldest) = self.ended_order.front() {
            let is_old = self.ended.get(oldest).is_none_or(|ended| now_ms - ended.at_ms > ENDED_MS);
            if !is_old && self.ended_order.len() <= MAX_ENDED {
                break;
            }
            if let Some(oldest) = self.ended_order.pop_front() {
                self.ended.remove(&oldest);
            }
        }
    }

    /// Names of unanswered requests whose time is over.
    pub(super) fn due(&self, now: Now) -> Vec<String> {
        self.names(|entry| entry.is_due(now))
    }

    /// Names of unanswered requests that a run made.
    pub(super) fn of_run(&self, run_id: &str) -> Vec<String> {
        let is_of_run = |entry: &Entry| {
            matches!(&entry.record.event.request.run_id, Nullable::Value(own) if own == run_id)
                && matches!(entry.record.origin, Origin::Session(_))
        };
        self.names(|entry| !entry.claimed && is_of_run(entry))
    }

    /// Whether nobody has answered yet.
    pub(super) fn is_open(&self, id: &str) -> bool {
        self.by_id.get(id).and_then(|number| self.waiting.get(number)).is_some_and(|entry| !entry.claimed)
    }

    fn names(&self, wanted: impl Fn(&Entry) -> bool) -> Vec<String> {
        self.waiting.values().filter(|entry| wanted(entry)).map(|entry| entry.record.id().to_owned()).collect()
    }

    /// The steady deadline of a request that nobody has answered.
    pub(super) fn deadline(&self, id: &str) -> Option<Instant> {
        let entry = self.by_id.get(id).and_then(|number| self.waiting.get(number))?;
        (!entry.claimed).then_some(entry.deadline)
    }
}
