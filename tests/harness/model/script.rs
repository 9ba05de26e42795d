//! What the provider shall answer and what it was asked: one state that test and server share.

use std::collections::VecDeque;

use tokio::sync::watch;

use super::{Outcome, Received, Turn};

/// The state, and the news that it changed.
pub(super) struct Script {
    state: watch::Sender<State>,
}

/// Everything test and server tell each other.
#[derive(Default)]
pub(super) struct State {
    pub(super) queue: VecDeque<Turn>,
    pub(super) matched: Vec<(String, Turn)>,
    pub(super) fallback: Option<Turn>,
    /// The key that requests must carry.
    pub(super) key: Option<String>,
    pub(super) requests: Vec<Received>,
    pub(super) lookups: Vec<Received>,
    /// Numbers of the requests whose answers stand still, the longest first.
    held: Vec<usize>,
    /// Releases that came before anything was held.
    ahead: usize,
}

impl Default for Script {
    fn default() -> Self {
        Self { state: watch::Sender::new(State::default()) }
    }
}

impl Script {
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut result = None;
        self.state.send_modify(|state| result = Some(change(state)));
        result.unwrap()
    }

    pub(super) fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.state.borrow())
    }

    /// Waits until `found` gives a value.
    pub(super) async fn wait<T>(&self, mut found: impl FnMut(&State) -> Option<T>) -> T {
        let mut changes = self.state.subscribe();
        loop {
            let value = found(&changes.borrow_and_update());
            if let Some(value) = value {
                return value;
            }
            changes.changed().await.unwrap();
        }
    }

    /// Stands still until the test releases this request.
    pub(super) async fn hold(&self, request: usize) {
        if self.change(|state| state.enter_hold(request)) {
            self.wait(|state| (!state.is_held(request)).then_some(())).await;
        }
    }

    /// How the answer to a request ended.
    pub(super) fn end(&self, request: usize, outcome: Outcome) {
        self.change(|state| {
            state.held.retain(|held| *held != request);
            state.requests[request].outcome = outcome;
        });
    }
}

impl State {
    /// Records a request and takes the turn that answers it.
    pub(super) fn answer(&mut self, request: Received) -> (usize, Turn) {
        let turn = self.turn_for(&request);
        self.requests.push(request);
        (self.requests.len() - 1, turn)
    }

    fn turn_for(&mut self, request: &Received) -> Turn {
        if self.key.as_deref().is_some_and(|key| request.key() != Some(key)) {
            return Turn::error(401);
        }
        let asked = request.user_text();
        if let Some(at) = self.matched.iter().position(|(text, _)| asked.contains(text.as_str())) {
            return self.matched.remove(at).1;
        }
        let next = self.queue.pop_front().or_else(|| self.fallback.clone());
        next.unwrap_or_else(|| Turn::say(&asked))
    }

    /// Whether the answer must wait.
    fn enter_hold(&mut self, request: usize) -> bool {
        if self.ahead > 0 {
            self.ahead -= 1;
            return false;
        }
        self.held.push(request);
        true
    }

    pub(super) fn release(&mut self) {
        if self.held.is_empty() {
            self.ahead += 1;
        } else {
            self.held.remove(0);
        }
    }

    pub(super) fn release_request(&mut self, request: usize) {
        self.held.retain(|held| *held != request);
    }

    pub(super) fn is_held(&self, request: usize) -> bool {
        self.held.contains(&request)
    }
}
