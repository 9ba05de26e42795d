//! The end of a run: written down first, told afterwards.

use std::sync::Arc;

use postern_protocol::chat::{ChatErrorDetail, ChatErrorKind, ChatMessage, ChatState, MessageRole};
use serde_json::json;

use super::super::handle::{RunHandle, StopWhy};
use super::super::narrator::{Narrator, Scene};
use super::super::record::{Outcome, RunState};
use super::{RunError, Turn};
use crate::sessions::{LastRun, NewMessage, RunEnd, SessionRecord};
use crate::store::Change;

/// How a run ends.
#[derive(Debug, Default)]
pub(super) struct End {
    pub(super) state: Ending,
    /// The last message, if there is one.
    pub(super) message: Option<ChatMessage>,
    pub(super) stop_reason: String,
    pub(super) error: Option<String>,
    pub(super) kind: Option<ChatErrorKind>,
    pub(super) detail: Option<ChatErrorDetail>,
    /// Written together with the message.
    pub(super) changes: Vec<Change>,
    /// Tokens of the conversation as the model saw it last.
    pub(super) context_tokens: Option<i64>,
}

/// The three ways in which a run ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Ending {
    /// With an answer.
    #[default]
    Answered,
    /// With an error.
    Failed,
    /// It was stopped.
    Stopped(StopWhy),
}

impl End {
    /// An answer.
    pub(super) fn answered(message: ChatMessage, stop_reason: &str) -> Self {
        Self { message: Some(message), stop_reason: stop_reason.to_owned(), ..Self::default() }
    }

    /// A failure without a provider.
    pub(super) fn failed(error: impl Into<String>) -> Self {
        Self {
            state: Ending::Failed,
            stop_reason: "error".to_owned(),
            error: Some(error.into()),
            kind: Some(ChatErrorKind::Unknown),
            ..Self::default()
        }
    }

    fn run_state(&self) -> RunState {
        match self.state {
            Ending::Answered => RunState::Ok,
            Ending::Failed => RunState::Error,
            Ending::Stopped(why) => why.state(),
        }
    }

    fn session_end(&self) -> RunEnd {
        match self.state {
            Ending::Answered => RunEnd::Done,
            Ending::Failed => RunEnd::Failed,
            Ending::Stopped(StopWhy::Timeout) => RunEnd::Timeout,
            Ending::Stopped(StopWhy::Shutdown) => RunEnd::Interrupted,
            Ending::Stopped(StopWhy::Rpc | StopWhy::Stop | StopWhy::Interrupt | StopWhy::Withdrawn) => RunEnd::Aborted,
        }
    }
}

impl Turn {
    /// Writes the end down, then tells it.
    pub(super) async fn finish(&mut self, mut end: End) {
        if self.finished {
            return;
        }
        self.finished = true;
        if let Err(error) = self.write_end(&mut end).await {
            tracing::error!(run = %self.run.run_id, ?error, "The end of a run could not be written down.");
            end = End { error: Some(format!("the answer could not be saved: {error}")), ..End::failed("") };
            // The record alone is small; it may still fit where the answer did not.
            drop(self.write_end(&mut end).await);
        }
        self.runs.count_end(end.run_state());
        // What is told now is told of a session without this run.
        self.lane.finished();
        self.runs.show_active(&self.lane);
        self.tell(&end);
        self.leave(&end);
    }

    async fn write_end(&mut self, end: &mut End) -> Result<(), RunError> {
        let outcome = self.outcome(end);
        let (state, now_ms) = (end.run_state(), self.services().clock.now_ms());
        let mut changes = std::mem::take(&mut end.changes);
        for run in std::iter::once(&self.run).chain(&self.joined) {
            let mut record = run.record();
            record.end(state, outcome.clone(), now_ms);
            changes.push(record.put());
        }
        let message = end.message.take().map(|message| NewMessage::of_run(&self.run.run_id, message));
        let last =
            LastRun { run_id: self.run.run_id.to_string(), end: Some(end.session_end()), error: end.error.clone() };
        let last = if self.command.is_some() || self.taken_back { None } else { Some(last) };
        let used = self.used;
        let context = end.context_tokens;
        let edit = move |session: &mut SessionRecord| {
            if last.is_some() {
                session.last_run = last;
            }
            session.input_tokens += i64::try_from(used.input + used.cache_read + used.cache_write).unwrap_or(0);
            session.output_tokens += i64::try_from(used.output).unwrap_or(0);
            if !outcome.model.is_empty() {
                session.model_provider = Some(outcome.provider);
                session.model = Some(outcome.model);
            }
            if let Some(context) = context {
                session.total_tokens = context;
            }
        };
        let sessions = self.services().sessions.clone();
        let appended = sessions.append(&self.lane.key, message.into_iter().collect(), changes, edit);
        end.message = appended.messages.into_iter().next();
        sessions.settle(&self.lane.key, appended.commit).await?;
        self.session = appended.record;
        Ok(())
    }

    fn outcome(&self, end: &End) -> Outcome {
        let message = end.message.as_ref();
        Outcome {
            text: message.map(ChatMessage::words).unwrap_or_default(),
            stop_reason: end.stop_reason.clone(),
            error: end.error.clone(),
            error_kind: end.kind,
            error_detail: end.detail.clone(),
            session_id: self.session.session_id.clone(),
            provider: message.and_then(|message| message.provider.clone()).unwrap_or_default(),
            model: message.and_then(|message| message.model.clone()).unwrap_or_default(),
            usage: self.used,
        }
    }

    fn tell(&mut self, end: &End) {
        let now_ms = self.services().clock.now_ms();
        let started_at = self.run.record().started_at;
        self.narrator.lifecycle(match end.state {
            Ending::Failed => json!({ "phase": "error", "error": end.error, "endedAt": now_ms }),
            Ending::Stopped(_) => {
                json!({ "phase": "end", "startedAt": started_at, "endedAt": now_ms, "aborted": true,
                        "stopReason": end.stop_reason })
            }
            Ending::Answered => {
                json!({ "phase": "end", "startedAt": started_at, "endedAt": now_ms, "stopReason": end.stop_reason })
            }
        });
        let state = match end.state {
            Ending::Answered => ChatState::Final,
            Ending::Failed => ChatState::Error,
            Ending::Stopped(_) => ChatState::Aborted,
        };
        if let Some(message) = &end.message {
            self.services().sessions.announce_message(&self.lane.key, message);
        }
        let shown = end.message.as_ref().map(shown);
        let used = (self.used.total_tokens > 0).then_some(self.used);
        self.narrator.end(
            |event| {
                event.message = shown;
                event.stop_reason = Some(end.stop_reason.clone());
                event.usage = used;
                event.error_message.clone_from(&end.error);
                if state == ChatState::Error {
                    event.error_kind = end.kind;
                    event.error_detail.clone_from(&end.detail);
                }
                if state == ChatState::Aborted {
                    event.usage = None;
                }
            },
            state,
        );
        for joined in &self.joined {
            self.tell_joined(joined, state, end);
        }
    }

    /// A run whose message was answered by this one ends with it.
    fn tell_joined(&self, run: &Arc<RunHandle>, state: ChatState, end: &End) {
        let scene = Scene { run: Arc::clone(run), session_id: self.session.session_id.clone(), verbose: None };
        let mut narrator = Narrator::new(self.services().hub.clone(), self.services().clock.clone(), scene);
        narrator.end(
            |event| {
                event.stop_reason = Some(end.stop_reason.clone());
                event.error_message.clone_from(&end.error);
            },
            state,
        );
    }

    /// Lets go of the run: whoever waits for its end hears of it now, after the
    /// events.
    fn leave(&mut self, end: &End) {
        let (state, now_ms, outcome) = (end.run_state(), self.services().clock.now_ms(), self.outcome(end));
        for run in std::iter::once(&self.run).chain(&self.joined) {
            let mut record = run.record();
            record.end(state, outcome.clone(), now_ms);
            run.clear_text();
            run.set(record);
            self.runs.0.registry.ended(run);
        }
        self.services().sessions.announce(&self.lane.key, "agent.run.ended");
    }

    /// Takes back a run whose message could not be written down.
    pub(super) fn withdraw(&mut self, error: &RunError) {
        self.finished = true;
        self.lane.finished();
        self.runs.show_active(&self.lane);
        for run in std::iter::once(&self.run).chain(&self.joined) {
            let mut record = run.record();
            let outcome = Outcome { error: Some(error.to_string()), ..Outcome::default() };
            record.end(RunState::Error, outcome, self.services().clock.now_ms());
            self.runs.0.registry.release(run);
            self.tell_joined(run, ChatState::Error, &End::failed(error.to_string()));
            run.set(record);
        }
    }
}

/// A message as the event shows it: its words, and who said them.
fn shown(message: &ChatMessage) -> Box<ChatMessage> {
    Box::new(ChatMessage {
        provider: message.provider.clone(),
        model: message.model.clone(),
        stop_reason: message.stop_reason.clone(),
        place: message.place.clone(),
        ..ChatMessage::text(MessageRole::Assistant, message.words(), message.timestamp)
    })
}
