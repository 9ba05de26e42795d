//! Runs: from a message to its answer, one after the other in each session.
//!
//! A session with something to do has an actor (`lane`); it ends when nothing
//! waits. A message is acknowledged when it is durable, and what became of it is
//! never forgotten: not by a new connection, not by a restart.
//!
//! | file | owns |
//! |---|---|
//! | `mod.rs` | accepting, waiting |
//! | `stop.rs` | stopping, and being sure that nothing runs |
//! | `lane.rs` | what waits in one session |
//! | `registry.rs`, `handle.rs` | runs as others see them |
//! | `record.rs` | what is kept about a run |
//! | `turn/` | one run: prompt, model, tools, answer |
//! | `narrator.rs` | events |
//! | `attachments.rs` | pictures and text files that come with a message |
//! | `recover.rs` | what the last process left |
//! | `commands.rs` | what slash commands need |
//! | `compact.rs` | summing up the beginning of a conversation |

mod attachments;
mod commands;
mod compact;
mod error;
mod handle;
mod lane;
mod narrator;
mod record;
mod recover;
mod registry;
mod stop;
mod turn;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use postern_protocol::chat::{Attachment, PendingInput, PendingState, QueueMode};
use tokio::sync::oneshot;

use crate::agents::Agents;
use crate::approvals::Approvals;
use crate::config::LiveConfig;
use crate::devices::Devices;
use crate::hub::Hub;
use crate::models::ModelService;
use crate::options::Clock;
use crate::sessions::{Key, LastRun, Sessions};
use crate::store::{Store, Table};
use crate::tasks::Tasks;
use crate::tools::ToolRegistry;
use crate::usage::Usage;
use lane::{Lane, MOST_WAITING, Waiting};
use registry::Registry;

pub use compact::Compaction;
pub use error::RunError;
pub use handle::{RunHandle, StopWhy};
pub use record::{Input, Outcome, RunRecord, RunState};

/// What runs stand on.
pub struct RunServices {
    /// Conversations.
    pub sessions: Sessions,
    /// Who answers.
    pub agents: Agents,
    /// With what.
    pub models: ModelService,
    /// What it takes.
    pub usage: Usage,
    /// Decisions about commands.
    pub approvals: Approvals,
    /// What agents may do.
    pub tools: ToolRegistry,
    /// Paired devices, for `/pair`.
    pub devices: Devices,
    /// The database.
    pub store: Store,
    /// Fan-out of events.
    pub hub: Hub,
    /// Wall clock.
    pub clock: Clock,
    /// Task starter.
    pub tasks: Tasks,
    /// Settings.
    pub config: LiveConfig,
    /// Environment of commands.
    pub base_env: Arc<std::collections::BTreeMap<String, String>>,
    /// Version told to people.
    pub version: String,
    /// Where the configuration is, for people.
    pub config_path: std::path::PathBuf,
    /// When the gateway started.
    pub started: std::time::Instant,
}

impl RunServices {
    /// Milliseconds since the gateway started.
    fn uptime_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Handle to the runs.
#[derive(Clone)]
pub struct Runs(Arc<Shared>);

struct Shared {
    services: RunServices,
    registry: Registry,
    lanes: Mutex<HashMap<Arc<str>, Arc<Lane>>>,
    /// Sessions that are being shortened.
    compacting: compact::Compacting,
    stopping: AtomicBool,
    ended: [AtomicU64; 5],
}

/// A message that is to be answered.
#[derive(Debug)]
pub struct Submission {
    /// Names the run: the idempotency key.
    pub run_id: String,
    /// Device that asks, or connection of a client without one.
    pub caller: String,
    /// Connection that asks.
    pub conn_id: Option<Arc<str>>,
    /// Session.
    pub key: Key,
    /// What is asked.
    pub input: Input,
    /// What came with it.
    pub attachments: Vec<Attachment>,
    /// Ends when whoever asks has its answer; nothing is told of the run before.
    pub answered: Option<oneshot::Receiver<()>>,
}

/// What became of a submission.
#[derive(Debug)]
pub enum Submitted {
    /// It is durable, and begins now or when its turn comes.
    Accepted(Arc<RunHandle>),
    /// The same submission came before.
    Known(Arc<RunHandle>),
}

/// A run under way, for clients that arrive in the middle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InFlight {
    /// Its id.
    pub run_id: String,
    /// What was told of the answer so far.
    pub text: String,
    /// Epoch milliseconds.
    pub started_at: Option<i64>,
}

/// Sessions that are answered at once.
const MOST_LANES: usize = 512;

impl Runs {
    /// Takes over what the last process left.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn open(services: RunServices) -> Result<Self, RunError> {
        let runs = Self(Arc::new(Shared {
            services,
            registry: Registry::default(),
            lanes: Mutex::default(),
            compacting: compact::Compacting::default(),
            stopping: AtomicBool::new(false),
            ended: Default::default(),
        }));
        runs.recover().await?;
        Ok(runs)
    }

    fn services(&self) -> &RunServices {
        &self.0.services
    }

    fn lanes(&self) -> MutexGuard<'_, HashMap<Arc<str>, Arc<Lane>>> {
        self.0.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Accepts a message. Resolves when it is durable; the same submission again
    /// gives the run that it began.
    ///
    /// # Errors
    /// When it cannot be accepted; nothing of it stays then.
    pub async fn submit(&self, submission: Submission) -> Result<Submitted, RunError> {
        if self.0.stopping.load(Ordering::Acquire) {
            return Err(RunError::Stopping);
        }
        let Submission { run_id, caller, conn_id, key, input, attachments, answered } = submission;
        let record = RunRecord {
            run_id,
            caller,
            session_key: key.as_str().to_owned(),
            agent_id: key.agent_id().to_owned(),
            state: RunState::Queued,
            accepted_at: self.services().clock.now_ms(),
            started_at: None,
            ended_at: None,
            input: None,
            outcome: None,
        };
        let run = Arc::new(RunHandle::new(record, key, conn_id));
        if let Err(known) = self.0.registry.claim(&run) {
            return same(&run, known).map(Submitted::Known);
        }
        let accepted = self.accept(&run, input, attachments, answered).await;
        match accepted {
            Ok(None) => Ok(Submitted::Accepted(run)),
            Ok(Some(known)) => same(&run, known).map(Submitted::Known),
            Err(error) => {
                self.0.registry.release(&run);
                Err(error)
            }
        }
    }

    /// Makes a claimed run durable and starts it, or finds the one that a former
    /// process ran under its id.
    async fn accept(
        &self,
        run: &Arc<RunHandle>,
        mut input: Input,
        attachments: Vec<Attachment>,
        answered: Option<oneshot::Receiver<()>>,
    ) -> Result<Option<Arc<RunHandle>>, RunError> {
        let services = self.services();
        if let Some(body) = services.store.get(Table::Runs, &run.run_id).await?
            && let Some(record) = RunRecord::read(&body)
        {
            return Ok(Some(self.remember(run, record)));
        }
        if input.text.trim().is_empty() && attachments.is_empty() && !input.resumed {
            return Err(RunError::Empty);
        }
        let session = services.sessions.get(run.key.as_str());
        if session.as_ref().is_some_and(|session| session.record.send_policy.as_deref() == Some("deny")) {
            return Err(RunError::Blocked);
        }
        let media = attachments::take_in(run.key.as_str(), attachments, &mut input)?;
        if !media.is_empty() {
            services.store.enqueue(media).await?;
        }
        let of_session = session.and_then(|session| session.record.queue_mode);
        let mode = input.queue_mode.or(of_session).unwrap_or(services.config.now().session.queue_mode);
        run.update(|record| record.input = Some(input.clone()));
        self.enqueue(run, (input, mode), answered).await?;
        Ok(None)
    }

    /// A run of a former process under an id that was just claimed.
    fn remember(&self, run: &Arc<RunHandle>, record: RunRecord) -> Arc<RunHandle> {
        let known = Key::clone(&run.key);
        let same_session = record.session_key == known.as_str();
        self.0.registry.release(run);
        let former = Arc::new(RunHandle::new(record, known, None));
        if same_session && self.0.registry.claim(&former).is_ok() {
            self.0.registry.ended(&former);
        }
        former
    }

    async fn enqueue(
        &self,
        run: &Arc<RunHandle>,
        (input, mode): (Input, QueueMode),
        answered: Option<oneshot::Receiver<()>>,
    ) -> Result<(), RunError> {
        let (told, durable) = oneshot::channel();
        let queued = {
            let mut lanes = self.lanes();
            // Deleted since it was looked at: nothing may begin it anew.
            if input.resumed && self.services().sessions.get(run.key.as_str()).is_none() {
                return Err(RunError::NothingToResume);
            }
            if lanes.len() >= MOST_LANES && !lanes.contains_key(run.key.as_str()) {
                return Err(RunError::TooMany(MOST_LANES));
            }
            let lane = self.lane(&mut lanes, &run.key);
            if lane.waiting() >= MOST_WAITING {
                return Err(RunError::QueueFull(MOST_WAITING));
            }
            let busy = lane.is_busy();
            // Before it can begin, so that "running" is written after "queued".
            let queued = busy.then(|| self.services().store.enqueue(vec![run.record().put()]));
            if mode == QueueMode::Interrupt {
                lane.stop_all(StopWhy::Interrupt);
            }
            let durable = if busy { None } else { Some(told) };
            lane.push(Waiting { run: Arc::clone(run), input, mode, durable, answered });
            self.show_active(&lane);
            queued
        };
        match queued {
            Some(commit) => commit.await.map_err(|error| {
                // Not acknowledged, so it must not be answered either.
                run.stop(StopWhy::Withdrawn);
                RunError::from(error)
            }),
            None => durable.await.unwrap_or(Err(RunError::Stopping)),
        }
    }

    /// The lane of a session, with its actor.
    fn lane(&self, lanes: &mut HashMap<Arc<str>, Arc<Lane>>, key: &Key) -> Arc<Lane> {
        if let Some(lane) = lanes.get(key.as_str()) {
            return Arc::clone(lane);
        }
        let lane = Arc::new(Lane::new(key.clone()));
        lanes.insert(key.text(), Arc::clone(&lane));
        let (runs, actor) = (self.clone(), Arc::clone(&lane));
        self.services().tasks.spawn("lane", async move { runs.serve(&actor).await });
        lane
    }

    /// The actor of one session.
    async fn serve(&self, lane: &Arc<Lane>) {
        while !self.0.stopping.load(Ordering::Acquire) {
            if let Some(together) = lane.next() {
                self.show_active(lane);
                turn::answer(self, lane, together).await;
                lane.finished();
                self.show_active(lane);
                continue;
            }
            // Under the lock that `enqueue` holds: nothing is left behind.
            let mut lanes = self.lanes();
            if !lane.is_busy() {
                lanes.remove(lane.key.as_str());
                return;
            }
        }
    }

    /// Notes in the session which of its runs are under way or wait.
    fn show_active(&self, lane: &Lane) {
        let runs = lane.runs().iter().map(|run| Arc::clone(&run.run_id)).collect();
        self.services().sessions.set_active(lane.key.as_str(), runs);
    }

    /// A run that is under way or ended lately, else what the store knows of it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn find(&self, run_id: &str) -> Result<Option<Arc<RunHandle>>, RunError> {
        if let Some(run) = self.0.registry.get(run_id) {
            return Ok(Some(run));
        }
        let body = self.services().store.get(Table::Runs, run_id).await?;
        let Some(record) = body.and_then(|body| RunRecord::read(&body)) else { return Ok(None) };
        let Ok(key) = self.services().sessions.resolve(&record.session_key, None) else { return Ok(None) };
        Ok(Some(Arc::new(RunHandle::new(record, key, None))))
    }

    /// The run under way in a session.
    #[must_use]
    pub fn in_flight(&self, key: &str) -> Option<InFlight> {
        let run = self.lanes().get(key)?.running()?;
        let started_at = run.record().started_at;
        Some(InFlight { run_id: run.run_id.to_string(), text: run.text(), started_at })
    }

    /// Messages of a session that wait for their turn, oldest first.
    #[must_use]
    pub fn pending(&self, key: &str) -> Vec<PendingInput> {
        let waiting = self.lanes().get(key).map(|lane| lane.pending()).unwrap_or_default();
        let shown = |(run, input): (Arc<RunHandle>, Input)| {
            let accepted_at = run.record().accepted_at;
            PendingInput {
                id: run.run_id.to_string(),
                run_id: Some(run.run_id.to_string()),
                message: turn::user_message(&run.run_id, &input, accepted_at).message,
                accepted_at,
                state: PendingState::Queued,
            }
        };
        waiting.into_iter().map(shown).collect()
    }

    /// Answers the last message of a session that an interruption left without
    /// an answer.
    ///
    /// # Errors
    /// When there is none, or the run cannot be accepted.
    pub async fn resume(
        &self,
        (run_id, caller): (String, String),
        key: Key,
        answered: Option<oneshot::Receiver<()>>,
    ) -> Result<Submitted, RunError> {
        let session = self.services().sessions.get(key.as_str());
        let last = session.and_then(|session| session.record.last_run.clone());
        let Some(left) = last.filter(LastRun::was_left) else { return Err(RunError::NothingToResume) };
        let former = self.find(&left.run_id).await?.and_then(|run| run.record().input);
        let input = Input { resumed: true, text: String::new(), pictures: Vec::new(), ..former.unwrap_or_default() };
        self.submit(Submission { run_id, caller, conn_id: None, key, input, attachments: Vec::new(), answered }).await
    }

    fn count_end(&self, state: RunState) {
        let at = match state {
            RunState::Ok => 0,
            RunState::Error => 1,
            RunState::Aborted => 2,
            RunState::Timeout => 3,
            RunState::Interrupted => 4,
            RunState::Queued | RunState::Running => return,
        };
        self.0.ended[at].fetch_add(1, Ordering::Relaxed);
    }

    /// Runs that ended since the start: ok, error, aborted, timeout, interrupted.
    #[must_use]
    pub fn ended(&self) -> [u64; 5] {
        std::array::from_fn(|at| self.0.ended[at].load(Ordering::Relaxed))
    }

    /// How many runs are under way or wait.
    #[must_use]
    pub fn live(&self) -> usize {
        self.0.registry.live()
    }
}

/// The run that a key names already, if it is the caller's own in this session.
fn same(asked: &RunHandle, known: Arc<RunHandle>) -> Result<Arc<RunHandle>, RunError> {
    let record = known.record();
    if known.caller == asked.caller && record.session_key == asked.key.as_str() {
        Ok(known)
    } else {
        Err(RunError::KeyTaken)
    }
}
