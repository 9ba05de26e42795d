//! A provider of language models on a real socket, scripted by the test; true to four protocols.
//!
//! | path ends in | protocol |
//! |---|---|
//! | `/chat/completions`, `/models` | OpenAI and what is compatible with it |
//! | `/messages` | Anthropic |
//! | `/api/chat`, `/api/tags`, `/api/show`, `/api/version` | Ollama |
//! | `:generateContent`, `:streamGenerateContent?alt=sse` | Gemini |
//!
//! ```ignore
//! let model = FakeModel::start();
//! model.push(Turn::say("Hello there").hold().text(" and goodbye"));
//! let gateway = TestGateway::builder().config(&model.config()).start();
//! // … chat.send …
//! let asked = model.request(0).await; // body, headers, the last user text
//! model.release();                    // lets the answer go on
//! model.complete(0).await;
//! ```
//!
//! Without a script it says the last user text back, word by word. It runs on a thread of its own, so a test may
//! block (`gateway.cli(..)`) while it answers.

mod anthropic;
mod config;
mod dialect;
mod gemini;
mod http1;
mod lists;
mod ollama;
mod openai;
mod received;
mod script;
mod server;
#[cfg(test)]
mod tests;
mod turn;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::DEADLINE;
pub(crate) use config::Api;
pub(crate) use received::{Outcome, Received};
use script::{Script, State};
pub(crate) use turn::{Turn, Usage};

/// The models that every fake provider lists.
pub(crate) const MODELS: [&str; 2] = ["echo-1", "echo-2"];

/// A scripted provider; it stops when dropped.
pub(crate) struct FakeModel {
    address: SocketAddr,
    script: Arc<Script>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl FakeModel {
    /// Listens on a port of its own.
    pub(crate) fn start() -> Self {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let script = Arc::new(Script::default());
        let (stop, stopped) = oneshot::channel();
        let serving = Arc::clone(&script);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                tokio::select! {
                    () = server::serve(listener, &serving) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { address, script, stop: Some(stop), thread: Some(thread) }
    }

    /// Answers the next request that no other turn is meant for with this turn.
    pub(crate) fn push(&self, turn: Turn) {
        self.script.change(|state| state.queue.push_back(turn));
    }

    /// Answers the next request whose last user text contains `text` with this turn.
    pub(crate) fn push_for(&self, text: &str, turn: Turn) {
        self.script.change(|state| state.matched.push((text.to_owned(), turn)));
    }

    /// Answers every request that has no turn of its own with this turn, instead of an echo.
    pub(crate) fn always(&self, turn: Turn) {
        self.script.change(|state| state.fallback = Some(turn));
    }

    /// From now on refuses requests that do not carry this key.
    pub(crate) fn require_key(&self, key: &str) {
        self.script.change(|state| state.key = Some(key.to_owned()));
    }

    /// Lets the answer go on that has been held the longest; when none is held, the next one is not.
    pub(crate) fn release(&self) {
        self.script.change(State::release);
    }

    /// Waits until the answer to this request is held, then lets it go on.
    pub(crate) async fn release_of(&self, request: usize) {
        self.held(request).await;
        self.script.change(|state| state.release_request(request));
    }

    /// Waits until the answer to this request is held.
    pub(crate) async fn held(&self, request: usize) {
        self.wait(&format!("a hold of request {request}"), |state| state.is_held(request).then_some(())).await;
    }

    /// Waits for the request with this number, the first is 0. Lists of models are not counted.
    pub(crate) async fn request(&self, number: usize) -> Received {
        self.wait(&format!("request {number}"), |state| state.requests.get(number).cloned()).await
    }

    /// Waits until the answer to this request has been sent to its last byte.
    pub(crate) async fn complete(&self, number: usize) -> Received {
        self.ended(number, Outcome::Complete).await
    }

    /// Waits until the client hung up on this request before its answer was complete.
    pub(crate) async fn dropped(&self, number: usize) -> Received {
        self.ended(number, Outcome::Dropped).await
    }

    async fn ended(&self, number: usize, outcome: Outcome) -> Received {
        let found = |state: &State| state.requests.get(number).filter(|request| request.outcome == outcome).cloned();
        self.wait(&format!("request {number} to be {outcome:?}"), found).await
    }

    /// Every request for an answer so far.
    pub(crate) fn requests(&self) -> Vec<Received> {
        self.script.read(|state| state.requests.clone())
    }

    /// Every other request so far: lists of models, paths that it does not know.
    pub(crate) fn lookups(&self) -> Vec<Received> {
        self.script.read(|state| state.lookups.clone())
    }

    /// Turns that no request has used yet.
    pub(crate) fn unused(&self) -> usize {
        self.script.read(|state| state.queue.len() + state.matched.len())
    }

    async fn wait<T>(&self, what: &str, found: impl FnMut(&State) -> Option<T>) -> T {
        let waiting = tokio::time::timeout(DEADLINE, self.script.wait(found));
        waiting.await.unwrap_or_else(|_| panic!("timed out waiting for {what}; asked so far: {:#?}", self.requests()))
    }
}

impl Drop for FakeModel {
    fn drop(&mut self) {
        // Dropping the sender stops it just as well.
        drop(self.stop.take());
        drop(self.thread.take().map(std::thread::JoinHandle::join));
    }
}
