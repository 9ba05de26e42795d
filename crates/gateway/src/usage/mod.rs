//! What models took, and the ceiling that stops agents from spending more
//! (`methods.md §3, §12`).
//!
//! [`Usage`] is the handle. The store has every answer; today's sums and what is
//! set aside for answers under way are in memory, so asking whether an agent may
//! go on costs no read. Days are days in UTC.
//!
//! | file | owns |
//! |---|---|
//! | `decide.rs` | is a limit reached, and how that is said (pure) |
//! | `ledger.rs` | sums per day and agent, what is set aside (pure) |
//! | `overrides.rs` | limits that an admin lifted for a while |
//! | `report.rs`, `report_sessions.rs` | sums of the store in the groups that clients ask for (pure) |
//! | `day.rs` | days in UTC (pure) |

mod day;
mod decide;
mod ledger;
mod overrides;
mod report;
mod report_sessions;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use postern_protocol::usage::LimitOverride;

pub use postern_models::{ModelRef, Usage as Tokens};

pub use self::day::Day;
pub use self::decide::{Blocked, Estimate, LimitStanding, micro_usd};
pub use self::overrides::OverrideRequest;
pub use self::report::{PriceOf, Report, Span};
pub use self::report_sessions::{ReportedSession, SessionReport};

use self::decide::Side;
use self::ledger::Ledger;
use self::overrides::Overrides;
use crate::config::SpendLimits;
use crate::options::Clock;
use crate::store::{Change, Store, StoreError, UsageFilter, UsageRow};
use crate::tasks::Tasks;

/// Why a question about usage has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UsageError {
    /// What was asked for makes no sense; the text says how to mend it.
    #[error("{0}")]
    Invalid(String),
    /// The store could not be read or written.
    #[error("usage could not be stored or read")]
    Store(#[from] StoreError),
}

/// What one answer of a model took.
#[derive(Debug, Clone, PartialEq)]
pub struct UsageEntry {
    /// Agent it answered for.
    pub agent_id: String,
    /// Conversation, by canonical key.
    pub session_key: String,
    /// Conversation, by id.
    pub session_id: String,
    /// Run.
    pub run_id: String,
    /// The model that answered.
    pub model: ModelRef,
    /// What it consumed.
    pub tokens: Tokens,
    /// USD; `None` when the model has no known price.
    pub cost_usd: Option<f64>,
}

/// Handle to what models took. Cheap to clone.
#[derive(Clone)]
pub struct Usage(Arc<Service>);

struct Service {
    state: Mutex<State>,
    /// What all agents together may spend.
    shared_limits: Mutex<SpendLimits>,
    store: Store,
    clock: Clock,
    tasks: Tasks,
    taken: Taken,
}

/// What models took since the start.
#[derive(Debug, Default)]
struct Taken {
    input: AtomicU64,
    output: AtomicU64,
    cache_read: AtomicU64,
    cache_write: AtomicU64,
    micro_usd: AtomicU64,
}

struct State {
    ledger: Ledger,
    overrides: Overrides,
}

impl std::fmt::Debug for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Usage").finish_non_exhaustive()
    }
}

impl Usage {
    /// Reads the sums since yesterday and the limits that are lifted. `shared_limits` is what all agents
    /// together may spend in one day.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn open(
        store: Store,
        shared_limits: SpendLimits,
        clock: Clock,
        tasks: Tasks,
    ) -> Result<Self, StoreError> {
        // No last day: a clock that was wrong at start and is mended later finds its sums.
        let first = Day::of_ms(clock.now_ms()).before(1);
        let mut ledger = Ledger::starting_at(first);
        let filter = UsageFilter { from_day: Some(first.to_string()), ..UsageFilter::default() };
        ledger.load(&store.usage_sums(&filter).await?);
        let overrides = Overrides::load(&store).await?;
        let state = Mutex::new(State { ledger, overrides });
        let shared_limits = Mutex::new(shared_limits);
        Ok(Self(Arc::new(Service { state, shared_limits, store, clock, tasks, taken: Taken::default() })))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what all agents together may spend in one day.
    pub fn set_shared_limits(&self, limits: SpendLimits) {
        *self.0.shared_limits.lock().unwrap_or_else(PoisonError::into_inner) = limits;
    }

    fn shared_limits(&self) -> SpendLimits {
        *self.0.shared_limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now_ms(&self) -> i64 {
        self.0.clock.now_ms()
    }

    /// What models took since the start: tokens (input, output, read from and
    /// written to caches), and millionths of a USD as far as prices are known.
    #[must_use]
    pub fn taken(&self) -> ([u64; 4], u64) {
        let Taken { input, output, cache_read, cache_write, micro_usd } = &self.0.taken;
        let tokens = [input, output, cache_read, cache_write].map(|count| count.load(Ordering::Relaxed));
        (tokens, micro_usd.load(Ordering::Relaxed))
    }

    /// Today.
    #[must_use]
    pub fn today(&self) -> Day {
        Day::of_ms(self.now_ms())
    }

    /// Counts what an answer took, from this moment on. The change belongs into the batch that stores the answer;
    /// what was spent stays counted also when that batch fails.
    #[must_use]
    pub fn record(&self, entry: UsageEntry) -> Change {
        let now_ms = self.now_ms();
        let day = Day::of_ms(now_ms);
        let cost = entry.cost_usd.map(micro_usd);
        self.lock_at(day).ledger.add(day, &entry.agent_id, entry.tokens.total(), cost);
        let (taken, tokens) = (&self.0.taken, &entry.tokens);
        taken.input.fetch_add(tokens.input, Ordering::Relaxed);
        taken.output.fetch_add(tokens.output, Ordering::Relaxed);
        taken.cache_read.fetch_add(tokens.cache_read, Ordering::Relaxed);
        taken.cache_write.fetch_add(tokens.cache_write, Ordering::Relaxed);
        taken.micro_usd.fetch_add(cost.unwrap_or(0), Ordering::Relaxed);
        let count = |tokens: u64| i64::try_from(tokens).unwrap_or(i64::MAX);
        Change::Usage(UsageRow {
            ts_ms: now_ms,
            day: day.to_string(),
            agent_id: entry.agent_id,
            session_key: entry.session_key,
            session_id: entry.session_id,
            run_id: entry.run_id,
            provider: entry.model.provider,
            model: entry.model.model,
            input: count(entry.tokens.input),
            output: count(entry.tokens.output),
            cache_read: count(entry.tokens.cache_read),
            cache_write: count(entry.tokens.cache_write),
            cost_micro_usd: cost.map(count),
        })
    }

    /// Whether an agent with these limits of its own may ask a model now: neither its limits nor the shared ones
    /// are reached by what was spent. What is set aside for answers under way does not count.
    ///
    /// # Errors
    /// The limit that is reached, in words for people.
    pub fn check(&self, agent_id: &str, limits: &SpendLimits) -> Result<(), Box<Blocked>> {
        self.decide(agent_id, limits, false, &mut self.lock_now())
    }

    /// Sets `estimate` aside for one request to a model until the reservation is dropped. Refused when what was
    /// spent, together with what is set aside for other requests, reaches a limit: so requests that run at once
    /// exceed a limit by one of them at most. Hold it until after [`Usage::record`]; [`Usage::check`] goes between
    /// the steps of one run. `estimate` comes from [`crate::models::ModelService::estimate`].
    ///
    /// # Errors
    /// The limit that is reached, in words for people.
    pub fn reserve(
        &self,
        agent_id: &str,
        limits: &SpendLimits,
        estimate: impl Into<Estimate>,
    ) -> Result<Reservation, Box<Blocked>> {
        let estimate = estimate.into();
        let mut state = self.lock_now();
        self.decide(agent_id, limits, true, &mut state)?;
        state.ledger.set_aside(agent_id, estimate);
        Ok(Reservation { usage: self.clone(), agent_id: agent_id.to_owned(), estimate })
    }

    fn decide(
        &self,
        agent_id: &str,
        limits: &SpendLimits,
        with_reserved: bool,
        state: &mut State,
    ) -> Result<(), Box<Blocked>> {
        let now_ms = self.now_ms();
        if state.overrides.covers(agent_id, now_ms) {
            return Ok(());
        }
        let [shared, own] = self.sides(agent_id, limits, now_ms, &state.ledger).map(|mut side| {
            if !with_reserved {
                side.reserved = Estimate::default();
            }
            side
        });
        decide::decide(&shared, &own, now_ms)
    }

    fn sides<'a>(&self, agent_id: &'a str, limits: &SpendLimits, now_ms: i64, ledger: &Ledger) -> [Side<'a>; 2] {
        let day = Day::of_ms(now_ms);
        let shared = Side {
            agent_id: None,
            limits: self.shared_limits(),
            spent: ledger.spent_by_all(day),
            reserved: ledger.reserved_by_all(),
        };
        let own = Side {
            agent_id: Some(agent_id),
            limits: *limits,
            spent: ledger.spent_by(day, agent_id),
            reserved: ledger.reserved_by(agent_id),
        };
        [shared, own]
    }

    /// Every limit there is, with its numbers: the shared ones, then those of `agents` (id, limits).
    #[must_use]
    pub fn standing(&self, agents: &[(String, SpendLimits)]) -> Vec<LimitStanding> {
        let state = self.lock_now();
        let now_ms = self.now_ms();
        let mut rows = Vec::new();
        for (index, (agent_id, limits)) in agents.iter().enumerate() {
            let [shared, own] = self.sides(agent_id, limits, now_ms, &state.ledger);
            if index == 0 {
                let lifted = state.overrides.covers_all(now_ms);
                rows.extend(shared.standing(now_ms, lifted));
            }
            rows.extend(own.standing(now_ms, state.overrides.covers(agent_id, now_ms)));
        }
        rows
    }

    /// Limits that are lifted now.
    #[must_use]
    pub fn overrides(&self) -> Vec<LimitOverride> {
        self.lock().overrides.active(self.now_ms())
    }

    /// Lifts limits for a while, or puts them back. Returns what is lifted then, once that is durable.
    ///
    /// # Errors
    /// [`UsageError::Invalid`] when the request makes no sense; [`UsageError::Store`] when it could not be kept,
    /// and then nothing has changed.
    pub async fn override_limits(&self, request: OverrideRequest) -> Result<Vec<LimitOverride>, UsageError> {
        let (commit, undo) = {
            let now_ms = self.now_ms();
            let mut state = self.lock();
            let (changes, undo) = state.overrides.apply(request, now_ms)?;
            (self.0.store.enqueue(changes), undo)
        };
        if let Err(error) = commit.await {
            self.lock().overrides.take_back(undo);
            return Err(error.into());
        }
        Ok(self.overrides())
    }

    /// Tokens and money by day.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn report(&self, span: &Span, agent_id: Option<&str>, price: PriceOf<'_>) -> Result<Report, UsageError> {
        let filter = span.filter(agent_id, None);
        Ok(Report::of(&self.0.store.usage_sums(&filter).await?, price))
    }

    /// The same days by conversation.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn session_report(
        &self,
        span: &Span,
        (agent_id, session_key): (Option<&str>, Option<&str>),
        price: PriceOf<'_>,
    ) -> Result<SessionReport, UsageError> {
        let filter = span.filter(agent_id, session_key);
        Ok(SessionReport::of(&self.0.store.usage_sums(&filter).await?, price))
    }

    /// Single answers of a conversation, oldest first, the newest `limit` of them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn rows(&self, session_key: &str, limit: u32) -> Result<Vec<UsageRow>, UsageError> {
        let mut rows = self.0.store.usage_rows(session_key, limit.clamp(1, MAX_ROWS)).await?;
        rows.reverse();
        Ok(rows)
    }

    fn lock_now(&self) -> MutexGuard<'_, State> {
        self.lock_at(self.today())
    }

    /// The state, with the sums of `day` on their way when the clock was set back to before everything that is
    /// known.
    fn lock_at(&self, day: Day) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        if let Some(last) = state.ledger.reach_back_to(day) {
            let (usage, filter) = (self.clone(), Span { first: day, last }.filter(None, None));
            self.0.tasks.spawn_until_shutdown("usage-days", async move {
                match usage.0.store.usage_sums(&filter).await {
                    Ok(sums) => usage.lock().ledger.load(&sums),
                    Err(error) => tracing::warn!(%error, "What was spent on earlier days could not be read."),
                }
            });
        }
        state
    }
}

/// Most single answers in one report.
const MAX_ROWS: u32 = 1_000;

/// Something set aside for one request to a model; dropping it gives it back.
#[must_use = "dropping it gives back what was set aside"]
#[derive(Debug)]
pub struct Reservation {
    usage: Usage,
    agent_id: String,
    estimate: Estimate,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.usage.lock().ledger.give_back(&self.agent_id, self.estimate);
    }
}
