//! Tells clients how a run goes: numbers, merged deltas, and what each
//! generation of the protocol is told (`frames-and-events.md §5`).
//!
//! The first words go out at once, later ones together, at most every
//! [`PACE`]. Protocol 3 always gets the whole text so far, so its pace slows down
//! as the text grows; protocol 4 gets what is new, and the whole text only when
//! it has doubled, so that what an answer costs grows with its length.
//! Each generation has numbers of its own: what only one of them is told leaves no
//! hole in those of the other.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use postern_protocol::Dialect;
use postern_protocol::call::{Event, OnSlow};
use postern_protocol::chat::{AgentEvent, ChatEvent, ChatMessage, ChatPhase, ChatState, MessageRole, VerboseLevel};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::handle::RunHandle;
use crate::hub::{Conn, Hub, event_head, event_head_v3};
use crate::options::Clock;

/// Least time between two deltas.
pub(super) const PACE: Duration = Duration::from_millis(150);
/// Protocol 3 waits this much longer for every so many bytes of text.
const V3_SLOWS_EVERY: usize = 4 * 1024;
/// Longest time between two deltas of protocol 3.
const V3_PACE_MAX: Duration = Duration::from_millis(1_500);

/// An event for protocol 3, given the session key as a client wrote it.
type Rendering<'a> = dyn Fn(&str) -> Option<Bytes> + 'a;

/// What a narrator needs to know about its run.
#[derive(Clone)]
pub(super) struct Scene {
    pub(super) run: Arc<RunHandle>,
    pub(super) session_id: String,
    pub(super) verbose: Option<VerboseLevel>,
}

/// Tells clients how one run goes.
pub(super) struct Narrator {
    hub: Hub,
    clock: Clock,
    scene: Scene,
    seq: Numbers,
    text: String,
    /// What the model thinks, for protocol 4.
    thought: Thought,
    /// Bytes of `text` that protocol 4 was told.
    told: usize,
    /// Length of `text` when protocol 4 last got all of it.
    whole_at: usize,
    /// Bytes of `text` that protocol 3 was told.
    told_v3: usize,
    last: Option<Instant>,
    last_v3: Option<Instant>,
    /// What was told of an earlier answer of this run is to be replaced.
    replaces: bool,
}

/// What a model thinks before it answers.
#[derive(Debug, Default)]
struct Thought {
    text: String,
    /// Bytes of it that were told.
    told: usize,
    /// Its length when all of it was told last.
    whole_at: usize,
    last: Option<Instant>,
}

impl Thought {
    fn due(&self) -> Option<Instant> {
        let is_new = self.told < self.text.len();
        is_new.then(|| self.last.map_or_else(Instant::now, |last| last + PACE))
    }

    /// What is new, as data of an event; nothing when all was told.
    fn take_new(&mut self) -> Option<Value> {
        self.due()?;
        let mut data = json!({ "delta": &self.text[self.told..] });
        if self.text.len() >= self.whole_at * 2 {
            data["text"] = self.text.as_str().into();
            self.whole_at = self.text.len();
        }
        self.told = self.text.len();
        self.last = Some(Instant::now());
        Some(data)
    }
}

/// Number of the last `agent` event, for each generation.
#[derive(Debug, Clone, Copy, Default)]
struct Numbers {
    v4: u64,
    v3: u64,
}

impl Narrator {
    pub(super) fn new(hub: Hub, clock: Clock, scene: Scene) -> Self {
        Self {
            hub,
            clock,
            scene,
            seq: Numbers::default(),
            text: String::new(),
            thought: Thought::default(),
            told: 0,
            whole_at: 0,
            told_v3: 0,
            last: None,
            last_v3: None,
            replaces: false,
        }
    }

    /// Counts an `agent` event for those that are told of it.
    fn count(&mut self, v4: bool, v3: bool) {
        self.seq.v4 += u64::from(v4);
        self.seq.v3 += u64::from(v3);
    }

    /// What was said since the last answer began.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// When the next delta may go out; `None` when there is nothing to tell.
    pub(super) fn due(&self) -> Option<Instant> {
        [self.text_due(), self.thought.due()].into_iter().flatten().min()
    }

    fn text_due(&self) -> Option<Instant> {
        let is_new = self.told < self.text.len();
        is_new.then(|| self.last.map_or_else(Instant::now, |last| last + PACE))
    }

    /// More of what the model thinks; told at the pace of an answer.
    pub(super) fn think(&mut self, more: &str) {
        self.thought.text.push_str(more);
        if self.thought.due().is_some_and(|due| due <= Instant::now()) {
            self.tell_thought();
        }
    }

    fn tell_thought(&mut self) {
        if let Some(data) = self.thought.take_new() {
            self.note("thinking", data);
        }
    }

    /// More of the answer.
    pub(super) fn add(&mut self, more: &str) {
        // What was thought came before what is said.
        self.tell_thought();
        self.text.push_str(more);
        if self.text_due().is_some_and(|due| due <= Instant::now()) {
            self.flush();
        }
    }

    /// Another model call begins; what it says stands on its own.
    pub(super) fn next_answer(&mut self) {
        self.flush_all();
        self.replaces |= self.told > 0;
        self.text.clear();
        self.thought = Thought::default();
        self.scene.run.clear_text();
        (self.told, self.whole_at, self.told_v3) = (0, 0, 0);
    }

    /// Tells what is new now.
    pub(super) fn flush(&mut self) {
        self.flush_to(false);
    }

    /// Tells everything, because the answer is complete.
    fn flush_all(&mut self) {
        self.flush_to(true);
    }

    fn flush_to(&mut self, all: bool) {
        self.tell_thought();
        if self.told >= self.text.len() && (!all || self.told_v3 >= self.text.len()) {
            return;
        }
        let now = Instant::now();
        self.last = Some(now);
        let v3_due = self.last_v3.is_none_or(|last| now >= last + v3_pace(self.text.len()));
        let for_v3 = (all || v3_due) && self.told_v3 < self.text.len();
        let fresh = self.text[self.told..].to_owned();
        let grown = self.text.len() >= self.whole_at * 2;
        self.count(!fresh.is_empty(), for_v3);
        // Whoever comes in the middle goes on from here.
        self.scene.run.add_text(&fresh);
        self.assistant(&fresh, grown, for_v3);
        self.delta(fresh, grown, for_v3);
        if grown {
            self.whole_at = self.text.len();
        }
        if for_v3 {
            self.last_v3 = Some(now);
            self.told_v3 = self.text.len();
        }
        self.replaces &= self.told == self.text.len();
        self.told = self.text.len();
    }

    fn delta(&self, fresh: String, whole: bool, for_v3: bool) {
        let message =
            || Some(Box::new(ChatMessage::text(MessageRole::Assistant, self.text.clone(), self.clock.now_ms())));
        let mut event = self.chat(ChatState::Delta);
        event.delta_text = Some(fresh);
        event.replace = self.replaces.then_some(true);
        event.message = if whole { message() } else { None };
        let v4 = if event.delta_text.as_deref() == Some("") { None } else { event_head(&event) };
        // Made only when somebody of protocol 3 listens: it holds the whole text.
        let whole =
            |written: &str| event_head_v3(&ChatEvent { message: message(), ..event.under(written, self.seq.v3) });
        self.send(v4, for_v3.then_some(&whole), |_| OnSlow::Drop, |_| true);
    }

    fn assistant(&self, fresh: &str, whole: bool, for_v3: bool) {
        let mut data = json!({ "delta": fresh });
        if whole {
            data["text"] = self.text.clone().into();
        }
        let event = self.event("assistant", data);
        let v4 = if fresh.is_empty() { None } else { event_head(&event) };
        let whole = |written: &str| {
            let data = json!({ "text": self.text, "delta": &self.text[self.told_v3..] });
            event_head_v3(&AgentEvent { data, ..event.under(written, self.seq.v3) })
        };
        self.send(v4, for_v3.then_some(&whole), |_| OnSlow::Drop, |_| true);
    }

    /// A step of the run's life: `start`, `end`, `error`, `model`, …
    pub(super) fn lifecycle(&mut self, data: Value) {
        self.flush_all();
        self.count(true, true);
        let event = self.event("lifecycle", data);
        self.publish(&event, agent_on_slow);
    }

    /// Anything else that followers may want to know; protocol 4 only.
    pub(super) fn note(&mut self, stream: &str, data: Value) {
        self.count(true, false);
        let event = self.event(stream, data);
        self.send(event_head(&event), None, agent_on_slow, |_| true);
    }

    /// What is being prepared; protocol 4 only.
    pub(super) fn phase(&mut self, phase: ChatPhase) {
        self.note("run_status", json!({ "phase": phase }));
        let mut event = self.chat(ChatState::Status);
        event.phase = Some(phase);
        self.send(event_head(&event), None, |_| OnSlow::Drop, |_| true);
    }

    /// A step of a tool call. Protocol 3 sees it while the session is verbose,
    /// protocol 4 on connections that declared `tool-events`.
    pub(super) fn tool(&mut self, data: Value) {
        self.flush_all();
        let verbose = self.scene.verbose.is_some_and(|level| level == VerboseLevel::On);
        self.count(true, verbose);
        let event = self.event("tool", data);
        let wants = |conn: &Conn| match conn.principal.dialect {
            Dialect::V3 => verbose,
            Dialect::V4 => declares_tool_events(conn),
        };
        let seq = self.seq.v3;
        self.send(event_head(&event), Some(&|written| event_head_v3(&event.under(written, seq))), agent_on_slow, wants);
    }

    /// How the run ended: `final`, `aborted` or `error`.
    pub(super) fn end(&mut self, fill: impl FnOnce(&mut ChatEvent), state: ChatState) {
        self.flush_all();
        let mut event = self.chat(state);
        fill(&mut event);
        self.publish(&event, |_| OnSlow::Close);
    }

    fn chat(&self, state: ChatState) -> ChatEvent {
        let run = &self.scene.run;
        let mut event = ChatEvent::new(&run.run_id, run.key.as_str(), self.seq.v4.max(1), state);
        event.agent_id = Some(run.key.agent_id().to_owned());
        event
    }

    fn event(&self, stream: &str, data: Value) -> AgentEvent {
        let run = &self.scene.run;
        AgentEvent {
            run_id: run.run_id.to_string(),
            seq: self.seq.v4,
            stream: stream.to_owned(),
            ts: self.clock.now_ms(),
            data,
            session_key: Some(run.key.as_str().to_owned()),
            session_id: Some(self.scene.session_id.clone()),
            agent_id: Some(run.key.agent_id().to_owned()),
        }
    }

    fn publish<E: Spoken>(&self, event: &E, on_slow: fn(Dialect) -> OnSlow) {
        let seq = self.seq.v3.max(1);
        self.send(event_head(event), Some(&|written| event_head_v3(&event.under(written, seq))), on_slow, |_| true);
    }

    fn send(
        &self,
        v4: Option<Bytes>,
        v3: Option<&Rendering<'_>>,
        on_slow: fn(Dialect) -> OnSlow,
        wants: impl Fn(&Conn) -> bool,
    ) {
        let canonical = self.scene.run.key.as_str();
        let mut forms: Vec<(String, Option<Bytes>)> = Vec::new();
        self.hub.publish_session(canonical, on_slow, |conn, written| {
            if !wants(conn) {
                return None;
            }
            match conn.principal.dialect {
                Dialect::V4 => v4.clone(),
                Dialect::V3 => head_for(&mut forms, v3?, written.unwrap_or(canonical)),
            }
        });
    }
}

/// The event with the key as a client of protocol 3 wrote it; rendered once per
/// way of writing it.
fn head_for(forms: &mut Vec<(String, Option<Bytes>)>, render: &Rendering<'_>, written: &str) -> Option<Bytes> {
    if let Some((_, head)) = forms.iter().find(|(form, _)| form == written) {
        return head.clone();
    }
    let head = render(written);
    forms.push((written.to_owned(), head.clone()));
    head
}

/// An event that names its session.
pub(super) trait Spoken: Event {
    /// The same event with the key written in another way, and its number there.
    fn under(&self, written: &str, seq: u64) -> Self;
}

impl Spoken for ChatEvent {
    fn under(&self, written: &str, seq: u64) -> Self {
        Self { session_key: written.to_owned(), seq, ..self.clone() }
    }
}

impl Spoken for AgentEvent {
    fn under(&self, written: &str, seq: u64) -> Self {
        Self { session_key: Some(written.to_owned()), seq, ..self.clone() }
    }
}

fn declares_tool_events(conn: &Conn) -> bool {
    conn.principal.declared.as_ref().is_some_and(|declared| declared.caps.iter().any(|cap| cap == "tool-events"))
}

/// Clients of protocol 3 have no other way to learn what they missed.
const fn agent_on_slow(dialect: Dialect) -> OnSlow {
    match dialect {
        Dialect::V3 => OnSlow::Close,
        Dialect::V4 => OnSlow::Drop,
    }
}

fn v3_pace(length: usize) -> Duration {
    let steps = u32::try_from(length / V3_SLOWS_EVERY).unwrap_or(u32::MAX);
    PACE.saturating_add(PACE.saturating_mul(steps)).min(V3_PACE_MAX)
}
