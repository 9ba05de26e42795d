//! One run, from what was said to what is answered.
//!
//! The message is written down while the model is already being asked; nobody
//! hears of the run before its message is durable, and nobody hears its end
//! before the answer is.
//!
//! | file | owns |
//! |---|---|
//! | `mod.rs` | the order of things |
//! | `prompt.rs` | what a model is given to read |
//! | `answer.rs` | asking a model until it has no more to do |
//! | `listen.rs` | one streamed answer |
//! | `judge.rs` | what an answer comes to |
//! | `tools.rs` | tools that a model calls |
//! | `finish.rs` | the end, written down and told |

mod answer;
mod finish;
mod judge;
mod listen;
mod prompt;
mod tools;

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use postern_protocol::chat::{ChatMessage, ContentBlock, MessageRole, MessageUsage};
use serde_json::json;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::handle::{RunHandle, StopWhy};
use super::lane::{Lane, Waiting};
use super::narrator::{Narrator, Scene};
use super::record::{Input, RunState};
use super::{RunError, RunServices, Runs};
use crate::agents::AgentProfile;
use crate::assistant::{self, Command};
use crate::sessions::{LastRun, NewMessage, SessionRecord};
use crate::store::Commit;
use finish::End;

/// Answers what came together, whatever happens.
pub(super) async fn answer(runs: &Runs, lane: &Arc<Lane>, together: Vec<Waiting>) {
    let mut turn = Turn::begin(runs, lane, together);
    let span = tracing::trace_span!(target: crate::TRACE_TARGET, "run", run = %turn.run.run_id);
    let ended = AssertUnwindSafe(turn.run().instrument(span)).catch_unwind().await;
    if ended.is_err() {
        tracing::error!(run = %turn.run.run_id, "A run panicked.");
        turn.finish(End::failed("internal error")).await;
    }
}

/// What a person said, as a message of the transcript.
pub(super) fn user_message(run_id: &str, input: &Input, now_ms: i64) -> NewMessage {
    let mut blocks = vec![ContentBlock::Text { text: input.text.clone() }];
    blocks.extend(input.pictures.iter().map(|picture| ContentBlock::Image {
        data: None,
        mime_type: picture.mime.clone(),
        media_id: Some(picture.media_id.clone()),
        size_bytes: Some(picture.size),
        omitted: None,
    }));
    let message = ChatMessage {
        idempotency_key: Some(format!("{run_id}:user")),
        ..ChatMessage::blocks(MessageRole::User, blocks, now_ms)
    };
    NewMessage::of_run(run_id, message)
}

/// Whoever waits to hear that a message is durable.
type Told = oneshot::Sender<Result<(), RunError>>;

/// What has to be before anybody hears of a run.
struct Beginning {
    commit: Commit,
    told: Vec<Told>,
    answered: Vec<oneshot::Receiver<()>>,
}

/// Longest wait for a client's answer to be on its way.
const ANSWER_PATIENCE: Duration = Duration::from_secs(1);

/// One run under way.
struct Turn {
    runs: Runs,
    lane: Arc<Lane>,
    run: Arc<RunHandle>,
    /// Runs whose messages are answered by this one.
    joined: Vec<Arc<RunHandle>>,
    input: Input,
    /// What was said, for the model; not yet readable from the store.
    said: Vec<ChatMessage>,
    /// Position of the first of them.
    said_from: i64,
    agent: Option<Arc<AgentProfile>>,
    session: Arc<SessionRecord>,
    narrator: Narrator,
    deadline: Instant,
    beginning: Option<Beginning>,
    used: MessageUsage,
    /// What was said is a command: it is no conversation that could be resumed.
    command: Option<Command>,
    /// Nothing was said: it was taken back before its turn came, or what it was to
    /// resume is answered by now.
    taken_back: bool,
    finished: bool,
}

/// Longest answer when the agent is gone from the configuration.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(600);

impl Turn {
    /// Queues what was said to be written down.
    fn begin(runs: &Runs, lane: &Arc<Lane>, together: Vec<Waiting>) -> Self {
        let services = runs.services();
        let now_ms = services.clock.now_ms();
        let mut handles: VecDeque<Arc<RunHandle>> = together.iter().map(|one| Arc::clone(&one.run)).collect();
        // `Lane::next` never gives an empty list.
        let run = handles.pop_front().unwrap_or_else(|| unreachable!("a turn answers at least one message"));
        let (mut messages, mut records, mut inputs) = (Vec::new(), Vec::new(), VecDeque::new());
        let (mut told, mut answered) = (Vec::new(), Vec::new());
        for one in together {
            if !one.input.resumed && !is_taken_back(&one.run) {
                messages.push(user_message(&one.run.run_id, &one.input, now_ms));
            }
            let record = one.run.update(|record| {
                record.state = RunState::Running;
                record.started_at = Some(now_ms);
            });
            records.push(record.put());
            told.extend(one.durable);
            answered.extend(one.answered);
            inputs.push_back(one.input);
        }
        let input = inputs.pop_front().unwrap_or_default();
        let plain = handles.is_empty() && !input.resumed && input.pictures.is_empty();
        let command = if plain { assistant::parse(&input.text) } else { None };
        let last = LastRun { run_id: run.run_id.to_string(), end: None, error: None };
        let taken_back = messages.is_empty() && !(input.resumed && was_left(services, lane));
        let last = if command.is_some() || taken_back { None } else { Some(last) };
        let appended = services.sessions.append(&lane.key, messages, records, |session| {
            if last.is_some() {
                session.last_run = last;
            }
        });
        // A session that was new has its row only now.
        runs.show_active(lane);
        let agent = services.agents.get(lane.key.agent_id());
        let timeout = input.timeout_ms.filter(|&ms| ms > 0).map(Duration::from_millis);
        let timeout = timeout.or(agent.as_ref().map(|agent| agent.timeout)).unwrap_or(DEFAULT_TIMEOUT);
        let scene = Scene {
            run: Arc::clone(&run),
            session_id: appended.record.session_id.clone(),
            verbose: appended.record.verbose_level,
        };
        Self {
            narrator: Narrator::new(services.hub.clone(), services.clock.clone(), scene),
            runs: runs.clone(),
            lane: Arc::clone(lane),
            run,
            joined: handles.into(),
            input,
            said_from: appended.record.last_seq + 1 - i64::try_from(appended.messages.len()).unwrap_or(0),
            said: appended.messages,
            agent,
            session: appended.record,
            deadline: Instant::now() + timeout,
            beginning: Some(Beginning { commit: appended.commit, told, answered }),
            used: MessageUsage::default(),
            command,
            taken_back,
            finished: false,
        }
    }

    fn services(&self) -> &RunServices {
        self.runs.services()
    }

    async fn run(&mut self) {
        let end = match self.answer().await {
            Ok(end) => end,
            // The message could not be written down: there is no run to speak of.
            Err(Lost(error)) => return self.withdraw(&error),
        };
        self.finish(end).await;
    }

    /// Waits until what was said is durable, tells whoever waits for that, and
    /// then everybody that the run began.
    async fn begun(&mut self) -> Result<(), Lost> {
        let Some(Beginning { commit, told, answered }) = self.beginning.take() else { return Ok(()) };
        let settled = self.services().sessions.settle(&self.lane.key, commit).await;
        let settled = settled.map_err(RunError::from);
        for told in told {
            // Nobody waiting is fine: the client is gone.
            drop(told.send(settled.clone()));
        }
        settled.map_err(Lost)?;
        let answers = futures_util::future::join_all(answered);
        drop(tokio::time::timeout(ANSWER_PATIENCE, answers).await);
        for message in &self.said {
            self.services().sessions.announce_message(&self.lane.key, message);
        }
        self.services().sessions.announce(&self.lane.key, "agent.run.started");
        let started_at = self.run.record().started_at;
        self.narrator.lifecycle(json!({ "phase": "start", "startedAt": started_at }));
        Ok(())
    }

    /// Completes when the run is to stop, with the reason.
    async fn stopped(run: &RunHandle, deadline: Instant) -> StopWhy {
        tokio::select! {
            biased;
            () = run.cancel().cancelled() => run.why().unwrap_or(StopWhy::Rpc),
            () = tokio::time::sleep_until(deadline) => StopWhy::Timeout,
        }
    }
}

/// Whether somebody stopped a run before it began. What a newer message pushed
/// aside was said all the same.
fn is_taken_back(run: &RunHandle) -> bool {
    matches!(run.why(), Some(StopWhy::Rpc | StopWhy::Stop))
}

/// Whether the last message of a session is still without an answer. Of two that
/// resume it at once, the second finds it answered.
fn was_left(services: &RunServices, lane: &Lane) -> bool {
    let session = services.sessions.get(lane.key.as_str());
    session.is_some_and(|session| session.record.last_run.as_ref().is_some_and(LastRun::was_left))
}

/// What was said could not be written down.
struct Lost(RunError);
