//! The ceiling as agents meet it: counting, setting aside, midnight, a clock that
//! is moved, restarts.

use std::sync::atomic::{AtomicI64, Ordering};

use super::*;
use crate::store::{Opened, Table};

/// 2026-11-21 12:00 UTC.
const NOON: i64 = 1_795_262_400_000;
const HOUR: i64 = 3_600_000;

/// A store in a folder of its own, and a clock that the test moves.
struct World {
    folder: tempfile::TempDir,
    now: Arc<AtomicI64>,
    tasks: Tasks,
}

impl World {
    fn new() -> Self {
        let now = Arc::new(AtomicI64::new(NOON));
        Self { folder: tempfile::tempdir().unwrap(), now, tasks: Tasks::default() }
    }

    fn clock(&self) -> Clock {
        let now = Arc::clone(&self.now);
        Clock::new(move || now.load(Ordering::SeqCst))
    }

    fn set(&self, ms: i64) {
        self.now.store(ms, Ordering::SeqCst);
    }

    async fn open(&self, shared: SpendLimits) -> (Usage, Store) {
        let Opened { store, writer } = Store::open(&self.folder.path().join("db")).await.unwrap();
        self.tasks.spawn("store", writer.run());
        let usage = Usage::open(store.clone(), shared, self.clock(), self.tasks.clone()).await.unwrap();
        (usage, store)
    }
}

fn limits(daily_micro_usd: Option<u64>, daily_tokens: Option<u64>) -> SpendLimits {
    SpendLimits { daily_micro_usd, daily_tokens }
}

const FREE: SpendLimits = SpendLimits { daily_micro_usd: None, daily_tokens: None };

fn entry(agent: &str, tokens: u64, cost_usd: Option<f64>) -> UsageEntry {
    UsageEntry {
        agent_id: agent.into(),
        session_key: format!("agent:{agent}:main"),
        session_id: "s".into(),
        run_id: "r".into(),
        model: ModelRef::new("fake", "echo-1"),
        tokens: postern_models::Usage { input: tokens, ..Default::default() },
        cost_usd,
    }
}

fn whose(outcome: Result<(), Box<Blocked>>) -> Option<Option<String>> {
    outcome.err().map(|blocked| blocked.limit.agent_id)
}

#[tokio::test]
async fn what_is_recorded_counts_at_once_and_after_a_restart() {
    let world = World::new();
    let shared = limits(Some(3_000_000), None);
    let (usage, store) = world.open(shared).await;
    let own = limits(None, Some(100));
    assert_eq!(usage.check("a", &own), Ok(()));
    let change = usage.record(entry("a", 100, Some(1.0)));
    assert_eq!(whose(usage.check("a", &own)), Some(Some("a".to_owned())));
    assert_eq!(usage.check("b", &own), Ok(()));
    let more = usage.record(entry("b", 1, Some(2.0)));
    assert_eq!(whose(usage.check("b", &FREE)), Some(None), "the limit that both share");
    store.enqueue(vec![change, more]).await.unwrap();
    store.close().await;
    let (usage, store) = world.open(shared).await;
    assert_eq!(whose(usage.check("c", &FREE)), Some(None));
    let standing = usage.standing(&[("a".to_owned(), own)]);
    assert_eq!(standing.iter().map(|row| row.spent).collect::<Vec<_>>(), [3_000_000, 100]);
    store.close().await;
}

#[tokio::test]
async fn requests_that_run_at_once_exceed_a_limit_by_one_at_most() {
    let world = World::new();
    let (usage, store) = world.open(FREE).await;
    let own = limits(None, Some(1_000));
    let held: Vec<_> = (0..50).map_while(|_| usage.reserve("a", &own, 300).ok()).collect();
    assert_eq!(held.len(), 4, "300, 600, 900 are below 1000; 1200 is not");
    let blocked = usage.reserve("a", &own, 300).unwrap_err();
    assert!(blocked.message.contains("0 tokens of 1000 tokens spent, 1200 tokens set aside"), "{blocked}");
    assert_eq!(usage.check("a", &own), Ok(()), "nothing is spent yet");
    assert_eq!(usage.reserve("b", &own, 1).map(drop).map_err(|blocked| blocked.message), Ok(()));
    drop(held);
    assert!(usage.reserve("a", &own, 300).is_ok());
    assert_eq!(usage.lock().ledger.reserved_by_all(), Estimate::default());
    store.close().await;
}

#[tokio::test]
async fn midnight_starts_anew_and_a_clock_set_back_does_not() {
    let world = World::new();
    let (usage, store) = world.open(FREE).await;
    let own = limits(None, Some(10));
    drop(usage.record(entry("a", 10, None)));
    world.set(NOON + 12 * HOUR - 1);
    assert!(usage.check("a", &own).is_err());
    world.set(NOON + 12 * HOUR);
    assert_eq!(usage.check("a", &own), Ok(()));
    let Change::Usage(row) = usage.record(entry("a", 3, None)) else { panic!() };
    assert_eq!((row.day.as_str(), row.ts_ms), ("2026-11-22", NOON + 12 * HOUR));
    world.set(NOON);
    assert!(usage.check("a", &own).is_err(), "what was spent on that day is still known");
    world.set(NOON + 12 * HOUR);
    drop(usage.record(entry("a", 7, None)));
    assert!(usage.check("a", &own).is_err());
    store.close().await;
}

#[tokio::test]
async fn a_clock_that_was_wrong_at_start_finds_its_day_when_it_is_mended() {
    let world = World::new();
    let own = limits(None, Some(10));
    let (usage, store) = world.open(FREE).await;
    store.enqueue(vec![usage.record(entry("a", 10, None))]).await.unwrap();
    store.close().await;
    // Far behind: everything since then is read at start.
    world.set(0);
    let (usage, store) = world.open(FREE).await;
    assert_eq!(usage.check("a", &own), Ok(()));
    world.set(NOON);
    assert!(usage.check("a", &own).is_err());
    store.close().await;
    // Far ahead: what lies before is read when the clock goes back there.
    world.set(NOON + 1_000 * 24 * HOUR);
    let (usage, store) = world.open(FREE).await;
    world.set(NOON);
    let blocked = async {
        while usage.check("a", &own).is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), blocked).await.unwrap();
    let spent = usage.lock().ledger.spent_by_all(Day::of_ms(NOON));
    assert_eq!(spent.tokens, 10, "counted once");
    store.close().await;
}

#[tokio::test]
async fn a_limit_of_nothing_lets_nothing_through_and_unpriced_answers_are_told() {
    let world = World::new();
    let (usage, store) = world.open(limits(Some(0), None)).await;
    let blocked = usage.check("a", &FREE).unwrap_err();
    assert!(blocked.message.contains("0.00 USD of 0.00 USD spent"), "{blocked}");
    assert!(usage.reserve("a", &FREE, 1).is_err());
    drop(usage.record(entry("a", 5, None)));
    let blocked = usage.check("a", &FREE).unwrap_err();
    assert!(blocked.message.contains("1 answers of models without a known price are not in this sum"), "{blocked}");
    drop(usage.record(entry("a", 5, Some(f64::NAN))));
    drop(usage.record(entry("a", 5, Some(-4.0))));
    assert_eq!(usage.check("a", &FREE).unwrap_err().limit.spent, 0);
    drop(usage.record(entry("a", u64::MAX, Some(f64::INFINITY))));
    assert_eq!(usage.check("a", &FREE).unwrap_err().limit.spent, u64::MAX);
    store.close().await;
}

fn lift(agent: Option<&str>, until: Option<i64>) -> OverrideRequest {
    let until = until.map(|until_ms| (until_ms, "release day".to_owned()));
    OverrideRequest { agent_id: agent.map(str::to_owned), until, by: "ada".to_owned() }
}

#[tokio::test]
async fn a_lifted_limit_outlives_a_restart_and_ends_by_itself() {
    let world = World::new();
    let shared = limits(None, Some(0));
    let (usage, store) = world.open(shared).await;
    let lifted = usage.override_limits(lift(Some("a"), Some(NOON + HOUR))).await.unwrap();
    assert_eq!((lifted.len(), lifted[0].by.as_str()), (1, "ada"));
    assert_eq!(usage.check("a", &FREE), Ok(()));
    assert!(usage.check("b", &FREE).is_err());
    let audit = store.audit_tail(10).await.unwrap();
    assert_eq!(audit[0].kind, "usage.limits.lifted");
    assert!(audit[0].detail.contains("release day"), "{}", audit[0].detail);
    store.close().await;
    let (usage, store) = world.open(shared).await;
    assert_eq!(usage.check("a", &FREE), Ok(()));
    world.set(NOON + HOUR);
    assert!(usage.check("a", &FREE).is_err());
    assert_eq!(usage.overrides(), []);
    world.set(NOON);
    usage.override_limits(lift(None, None)).await.unwrap();
    assert!(usage.check("a", &FREE).is_err());
    assert_eq!(store.load(Table::Meta).await.unwrap(), []);
    store.close().await;
}

#[tokio::test]
async fn a_decision_that_cannot_be_stored_changes_nothing() {
    let world = World::new();
    let (usage, store) = world.open(limits(None, Some(0))).await;
    store.close().await;
    let refused = usage.override_limits(lift(None, Some(NOON + HOUR))).await;
    assert_eq!(refused, Err(UsageError::Store(StoreError::Closed)));
    assert!(usage.check("a", &FREE).is_err());
    assert_eq!(usage.overrides(), []);
}

#[tokio::test]
async fn reports_are_what_was_recorded() {
    let world = World::new();
    let (usage, store) = world.open(FREE).await;
    store.enqueue(vec![usage.record(entry("a", 10, Some(0.5)))]).await.unwrap();
    world.set(NOON + 24 * HOUR);
    let changes = vec![usage.record(entry("a", 5, None)), usage.record(entry("b", 7, Some(0.25)))];
    store.enqueue(changes).await.unwrap();
    let span = Span::read(usage.today(), None, None, 30).unwrap();
    let report = usage.report(&span, None, &|_| None).await.unwrap();
    assert_eq!(report.daily.iter().map(|day| day.date.as_str()).collect::<Vec<_>>(), ["2026-11-21", "2026-11-22"]);
    assert_eq!((report.totals.total_tokens, report.totals.missing_cost_entries), (22, 1));
    let sessions = usage.session_report(&span, (None, None), &|_| None).await.unwrap();
    assert_eq!(sessions.totals, report.totals);
    let of_a = usage.session_report(&span, (Some("a"), Some("agent:a:main")), &|_| None).await.unwrap();
    assert_eq!((of_a.sessions.len(), of_a.totals.total_tokens), (1, 15));
    let today = usage.report(&Span { first: usage.today(), last: usage.today() }, None, &|_| None).await.unwrap();
    assert_eq!(today.totals.total_tokens, 12);
    let rows = usage.rows("agent:a:main", 1).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.input).collect::<Vec<_>>(), [5], "the newest");
    assert_eq!(usage.rows("agent:a:main", 10).await.unwrap().iter().map(|row| row.input).collect::<Vec<_>>(), [10, 5]);
    store.close().await;
}
