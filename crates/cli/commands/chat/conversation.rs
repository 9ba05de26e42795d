//! The loop of a conversation: what is typed, what the gateway tells, and what
//! happens to the connection in between.

use std::collections::HashMap;
use std::time::Duration;

use postern_client::{ClientEvent, ConnectionState, EventReceiver};
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use super::Named;
use super::approval::Answer;
use super::catch_up::Place;
use super::composer::{Composer, Line, lines};
use super::recent::Recent;
use super::screen::Screen;
use super::send::Sent;
use super::shown::Shown;
use super::waiting::Waiting;
use crate::commands::Context;
use crate::connection::Connection;
use crate::exit::{Exit, Failure, Outcome};
use crate::interrupt::Interrupt;
use crate::output::{count, printable};

/// How long until something that did not work is tried again.
const AGAIN: Duration = Duration::from_millis(500);

/// A conversation in one session.
pub(super) struct Conversation {
    pub(super) gateway: Connection,
    events: EventReceiver,
    state: watch::Receiver<ConnectionState>,
    pub(super) named: Named,
    /// Key of the session as events name it.
    pub(super) canonical: String,
    /// Who answers.
    pub(super) agent: String,
    pub(super) thinking: Option<String>,
    pub(super) screen: Screen,
    /// Runs that are not over, and what was shown of them.
    pub(super) runs: HashMap<String, Shown>,
    /// Own messages whose answers are not over, oldest first.
    pub(super) sent: Vec<Sent>,
    /// Runs that are over, and messages of others that were shown.
    pub(super) over: Recent,
    /// Up to where the transcript is known.
    pub(super) place: Place,
    /// Connection on which everything missed has been read.
    pub(super) caught_up: Option<String>,
    pub(super) approvals: Waiting,
    /// Answers for `--json`.
    pub(super) turns: Vec<Value>,
    pub(super) failures: usize,
    /// Ctrl-C since the last message.
    pub(super) interrupts: u32,
    composer: Composer,
    /// Whether there is more input.
    input: bool,
    complained: bool,
}

/// Whether the loop goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Go {
    On,
    Away,
}

impl Conversation {
    pub(super) fn new(gateway: Connection, named: Named, screen: Screen) -> Self {
        Self {
            events: gateway.client().events(),
            state: gateway.client().watch_state(),
            gateway,
            canonical: named.key.to_string(),
            agent: named.agent.clone().unwrap_or_else(|| "agent".to_owned()),
            named,
            thinking: None,
            screen,
            runs: HashMap::new(),
            sent: Vec::new(),
            over: Recent::default(),
            place: Place::default(),
            caught_up: None,
            approvals: Waiting::default(),
            turns: Vec::new(),
            failures: 0,
            interrupts: 0,
            composer: Composer::default(),
            input: true,
            complained: false,
        }
    }

    /// Talks until the input ends or somebody leaves.
    pub(super) async fn go_on(&mut self, first: Option<&str>) -> Outcome {
        let mut interrupt = Interrupt::listen()?;
        let mut lines = lines();
        if let Some(first) = first.filter(|first| !first.trim().is_empty()) {
            self.screen.message("you", first);
            self.say(first.to_owned()).await?;
        }
        while self.is_on() {
            self.prompt();
            if self.step(&mut lines, &mut interrupt).await? == Go::Away {
                break;
            }
        }
        Ok(())
    }

    fn is_on(&self) -> bool {
        let done = !self.input && (self.screen.is_person() || self.sent.is_empty());
        !done && !self.screen.is_gone()
    }

    /// Waits for whatever happens next and deals with it.
    async fn step(&mut self, lines: &mut mpsc::Receiver<Line>, interrupt: &mut Interrupt) -> Outcome<Go> {
        let connected = self.connection()?;
        if connected.is_some() && connected != self.caught_up {
            self.catch_up(connected.clone()).await?;
        }
        let stale =
            connected.is_some() && (connected != self.caught_up || self.sent.iter().any(|sent| !sent.delivered));
        let listening = self.input && (self.screen.is_person() || self.sent.is_empty() && connected.is_some());
        tokio::select! {
            biased;
            () = interrupt.received() => return self.interrupted().await,
            changed = self.state.changed() => drop(changed),
            event = self.events.recv() => match event {
                Some(event) => self.take(&event),
                None => return Ok(Go::Away),
            },
            line = lines.recv(), if listening => return self.typed(line).await,
            () = tokio::time::sleep(AGAIN), if stale => self.deliver_rest().await,
        }
        Ok(Go::On)
    }

    fn take(&mut self, event: &ClientEvent) {
        match event {
            ClientEvent::Gateway(event) => self.hear(event),
            // Something was missed: the transcript knows what.
            ClientEvent::Gap(_) | ClientEvent::Lagged { .. } => self.caught_up = None,
            ClientEvent::Refreshed(_) => {}
        }
    }

    /// The connection, by its id; none while there is none.
    fn connection(&mut self) -> Outcome<Option<String>> {
        match self.gateway.state() {
            ConnectionState::Connected(hello) => {
                if std::mem::take(&mut self.complained) {
                    self.screen.note("connected again");
                }
                Ok(Some(hello.server.conn_id.clone()))
            }
            ConnectionState::Waiting { reason, .. } => {
                if !std::mem::replace(&mut self.complained, true) {
                    self.screen.note(&format!("the connection is lost, trying again: {reason}"));
                }
                Ok(None)
            }
            ConnectionState::Connecting => Ok(None),
            ConnectionState::PairingRequired(pairing) => {
                Err(self.gateway.lost(&postern_client::ConnectError::PairingRequired(pairing)))
            }
            ConnectionState::Stopped(error) => Err(self.gateway.lost(&error)),
        }
    }

    fn prompt(&mut self) {
        let quiet = self.sent.is_empty() && self.runs.is_empty();
        if !self.input || (!quiet && self.approvals.is_empty()) {
            return;
        }
        let words = match (self.approvals.is_empty(), self.composer.is_open()) {
            (_, true) => "... ",
            (false, false) => "run it? [y/a/n] ",
            (true, false) => "you> ",
        };
        self.screen.prompt(words);
    }

    async fn typed(&mut self, line: Option<Line>) -> Outcome<Go> {
        let message = match line {
            Some(line) => {
                self.screen.entered();
                if let Some(answer) = self.answer_to_approval(&line.text)
                    && self.answered(answer, line.typed).await
                {
                    return Ok(Go::On);
                }
                self.composer.add(&line.text)
            }
            None => {
                self.input = false;
                // What somebody at a terminal did not finish was not meant.
                self.composer.take().filter(|_| !self.screen.is_person())
            }
        };
        match message {
            None => {}
            Some(text) if matches!(text.trim(), "/quit" | "/exit") => return Ok(Go::Away),
            Some(text) => self.say(text).await?,
        }
        Ok(Go::On)
    }

    fn answer_to_approval(&self, line: &str) -> Option<Answer> {
        let asked = self.screen.is_person() && !self.composer.is_open();
        if asked { Answer::read(line) } else { None }
    }

    /// The first Ctrl-C stops the answer, the second leaves.
    async fn interrupted(&mut self) -> Outcome<Go> {
        self.interrupts += 1;
        let busy = !self.sent.is_empty() || !self.runs.is_empty();
        if !self.screen.is_person() {
            self.abort().await;
            return Err(Failure::new(Exit::Failed, "stopped"));
        }
        if self.interrupts > 1 {
            return Ok(Go::Away);
        }
        // The terminal has echoed ^C into the line.
        self.screen.finish();
        drop(self.composer.take());
        if busy {
            self.abort().await;
        } else {
            self.screen.note("Ctrl-C again leaves");
        }
        Ok(Go::On)
    }

    /// Says goodbye, and how it went.
    pub(super) async fn leave(mut self, cx: &Context) -> Outcome {
        self.screen.finish();
        if self.screen.is_person() && !self.sent.is_empty() {
            let program = cx.settings.program();
            self.screen.note(&format!("the answer is written without you: {program} chat shows it"));
        }
        if self.screen.is_gone() && !self.screen.is_person() && !self.sent.is_empty() {
            self.abort().await;
        }
        let (failures, document) = (self.failures, json!({"sessionKey": self.canonical, "turns": self.turns}));
        let (is_person, is_document) = (self.screen.is_person(), self.screen.is_document());
        self.gateway.close().await;
        if is_document {
            cx.output.answer(&document, || Ok(String::new()))?;
        }
        if failures == 0 || is_person {
            return Ok(());
        }
        let message = format!("{} without an answer", count(failures, "message"));
        Err(Failure::reported(Exit::Failed, printable(&message)))
    }
}
