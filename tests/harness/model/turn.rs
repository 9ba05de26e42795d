//! One answer of the provider: what it says, where it stands still, and how it goes wrong.

use std::time::Duration;

use serde_json::Value;

/// Tokens of one answer, as the provider counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Tokens of the prompt, those from the cache included.
    pub(crate) input: u64,
    pub(crate) output: u64,
    /// Of the prompt, read from the provider's cache.
    pub(crate) cache_read: u64,
}

/// One step of an answer.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Text(String),
    Thinking(String),
    ToolCall {
        name: String,
        arguments: Value,
    },
    Hold,
    Pause(Duration),
    Malformed,
    /// Text without end.
    Endless,
    /// Nothing any more, on an open connection.
    Silent,
    /// The connection is closed in the middle.
    Cut,
}

/// How the answer starts.
#[derive(Debug, Clone)]
pub(super) enum Start {
    Stream,
    /// An error status; without a body, the one the dialect has for it.
    Status {
        status: u16,
        body: Option<String>,
    },
    /// The connection is closed before a byte of an answer.
    HangUp,
}

/// One answer.
#[derive(Debug, Clone)]
pub(crate) struct Turn {
    pub(super) start: Start,
    pub(super) headers: Vec<(String, String)>,
    pub(super) steps: Vec<Step>,
    pub(super) usage: Option<Usage>,
    pub(super) finish: Option<String>,
    pub(super) fragmented: bool,
}

impl Turn {
    /// Says nothing yet.
    pub(crate) fn new() -> Self {
        Self {
            start: Start::Stream,
            headers: Vec::new(),
            steps: Vec::new(),
            usage: None,
            finish: None,
            fragmented: false,
        }
    }

    /// Says this, word by word.
    pub(crate) fn say(text: &str) -> Self {
        Self::new().text(text)
    }

    /// Fails with this status and body.
    pub(crate) fn status(status: u16, body: &str) -> Self {
        Self { start: Start::Status { status, body: Some(body.to_owned()) }, ..Self::new() }
    }

    /// Fails with this status and the body that the protocol has for it.
    pub(crate) fn error(status: u16) -> Self {
        Self { start: Start::Status { status, body: None }, ..Self::new() }
    }

    /// Closes the connection before a byte of an answer.
    pub(crate) fn hang_up() -> Self {
        Self { start: Start::HangUp, ..Self::new() }
    }

    /// Adds a header, `retry-after` for one.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Says this, word by word.
    pub(crate) fn text(mut self, text: &str) -> Self {
        self.steps.extend(text.split_inclusive(' ').map(|word| Step::Text(word.to_owned())));
        self
    }

    /// Says this in exactly these pieces.
    pub(crate) fn deltas<'a>(mut self, deltas: impl IntoIterator<Item = &'a str>) -> Self {
        self.steps.extend(deltas.into_iter().map(|delta| Step::Text(delta.to_owned())));
        self
    }

    /// Thinks this, word by word.
    pub(crate) fn thinking(mut self, text: &str) -> Self {
        self.steps.extend(text.split_inclusive(' ').map(|word| Step::Thinking(word.to_owned())));
        self
    }

    /// Calls a tool; the arguments arrive in fragments where the protocol has them.
    pub(crate) fn tool_call(self, name: &str, arguments: Value) -> Self {
        self.step(Step::ToolCall { name: name.to_owned(), arguments })
    }

    /// Stands still here until `FakeModel::release`. As the first step: after the headers, before the first token.
    pub(crate) fn hold(self) -> Self {
        self.step(Step::Hold)
    }

    /// Is slow here.
    pub(crate) fn pause(self, pause: Duration) -> Self {
        self.step(Step::Pause(pause))
    }

    /// Sends a piece here that is not what the protocol says, then goes on.
    pub(crate) fn malformed(self) -> Self {
        self.step(Step::Malformed)
    }

    /// Goes on talking from here until the client hangs up.
    pub(crate) fn endless(self) -> Self {
        self.step(Step::Endless)
    }

    /// Sends nothing any more from here, until the client hangs up.
    pub(crate) fn silent(self) -> Self {
        self.step(Step::Silent)
    }

    /// Closes the connection here.
    pub(crate) fn cut(self) -> Self {
        self.step(Step::Cut)
    }

    /// Reports this usage instead of one token per piece.
    pub(crate) fn usage(mut self, usage: Usage) -> Self {
        self.usage = Some(usage);
        self
    }

    /// Ends with this reason, spelled as the protocol spells it.
    pub(crate) fn finish(mut self, reason: &str) -> Self {
        self.finish = Some(reason.to_owned());
        self
    }

    /// Sends every piece a few bytes at a time, through the middle of characters.
    pub(crate) fn fragmented(mut self) -> Self {
        self.fragmented = true;
        self
    }

    fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}
