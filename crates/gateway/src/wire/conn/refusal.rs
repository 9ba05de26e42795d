//! How a handshake fails: the answer, if the client sent a request, and the
//! close frame. One type, so that no path can answer twice or forget to close.

use postern_protocol::close::CloseReason;
use postern_protocol::error::{DetailCode, ErrorCode, ErrorShape};

use crate::devices::DeviceError;
use crate::store::StoreError;

/// A handshake that failed.
#[derive(Debug)]
pub(super) struct Refusal {
    /// Id to answer and the error; `None` closes without an answer.
    pub(super) answer: Option<(String, ErrorShape)>,
    /// How to close; `None` when the peer is gone already.
    pub(super) close: Option<CloseReason>,
    /// Our own failure behind it, for the log only.
    pub(super) cause: Option<String>,
    /// What the log says instead of the answer, which repeats what a stranger wrote.
    pub(super) logged: Option<&'static str>,
}

impl Refusal {
    /// Closes without an answer.
    pub(super) fn silent(close: CloseReason) -> Self {
        Self { answer: None, close: Some(close), cause: None, logged: None }
    }

    /// The peer went away.
    pub(super) fn gone() -> Self {
        Self { answer: None, close: None, cause: None, logged: None }
    }

    /// Answers with the error, then closes with the same text.
    pub(super) fn error(error: ErrorShape) -> Self {
        let close = CloseReason::policy(error.message.clone());
        Self::closing(error, close)
    }

    /// Answers with the error, then closes in its own way.
    pub(super) fn closing(error: ErrorShape, close: CloseReason) -> Self {
        Self { answer: Some((String::new(), error)), close: Some(close), cause: None, logged: None }
    }

    /// `INVALID_REQUEST` with a detail code.
    pub(super) fn invalid(message: impl Into<String>, code: DetailCode) -> Self {
        Self::error(ErrorShape::new(ErrorCode::InvalidRequest, message).detail_code(code))
    }

    /// Our own failure; the wire learns nothing else.
    pub(super) fn internal(error: &dyn std::error::Error) -> Self {
        let shape = ErrorShape::new(ErrorCode::Unavailable, "internal error").retry_after(1_000);
        Self { cause: Some(error.to_string()), ..Self::closing(shape, CloseReason::gateway_unavailable()) }
    }

    /// A decision about a device that could not be made.
    pub(super) fn undecided(error: &DeviceError) -> Self {
        match error {
            DeviceError::Store(error) => Self::unstored(error),
            other => Self::internal(other),
        }
    }

    /// What could not be written down is not promised: says what is in the way.
    pub(super) fn unstored(error: &StoreError) -> Self {
        let shape = ErrorShape::new(ErrorCode::Unavailable, error.for_clients()).retry_after(error.retry_after_ms());
        Self { cause: Some(error.to_string()), ..Self::closing(shape, CloseReason::gateway_unavailable()) }
    }

    /// What it was judged by changed meanwhile: the next try is judged by what holds.
    pub(super) fn judged_anew() -> Self {
        let shape = ErrorShape::new(ErrorCode::Unavailable, "how clients sign in has just changed; connect again");
        Self::closing(shape.retry_after(100), CloseReason::gateway_unavailable())
    }

    /// Is logged with this text: a guess at a secret would be shown redacted there
    /// when it is right.
    pub(super) fn logged_as(mut self, text: &'static str) -> Self {
        self.logged = Some(text);
        self
    }

    /// Sets the id of the request that is answered.
    pub(super) fn answering(mut self, id: &str) -> Self {
        if let Some(answer) = &mut self.answer {
            id.clone_into(&mut answer.0);
        }
        self
    }
}
