//! Methods under `chat.` (`methods.md §2`).

mod abort;
mod history;
mod inject;
mod message;
mod metadata;
mod send;
mod startup;

use postern_protocol::Dialect;
use postern_protocol::chat::{Attachment, ChatAbortResult, SendStatus, SentRun, ThinkingLevel};

use crate::assistant;
use crate::methods::sessions::follow;
use crate::rpc::{Cx, RpcError, RpcResult};
use crate::runs::{Input, RunError, StopWhy, Submission, Submitted};
use crate::sessions::SessionError;
use crate::store::Page;
use send::{known, stopped};

/// Messages when nobody says how many.
const MESSAGES: u32 = 200;

/// The newest messages.
pub(super) fn latest(limit: Option<u32>) -> Page {
    Page { after: 0, before: i64::MAX, limit: limit.unwrap_or(MESSAGES) }
}

/// Bytes of messages in one answer. A connection of protocol 3 may have 1.5 MiB
/// waiting before it counts as slow.
pub(super) fn largest_answer(cx: &Cx) -> usize {
    match cx.principal().dialect {
        Dialect::V3 => 1024 * 1024,
        Dialect::V4 => 6 * 1024 * 1024,
    }
}

/// A message as a method read it.
pub(super) struct Said {
    /// Session as the client wrote it.
    pub(super) written: String,
    /// Agent that the client named beside it.
    pub(super) agent: Option<String>,
    /// The run's id.
    pub(super) run_id: String,
    /// What is asked.
    pub(super) input: Input,
    /// What came with it.
    pub(super) attachments: Vec<Attachment>,
}

/// Starts a run, or stops those under way when the message says so.
pub(super) async fn say(cx: &Cx, said: Said) -> RpcResult<Result<SentRun, ChatAbortResult>> {
    let key = follow(cx, &said.written, said.agent.as_deref())?;
    if said.attachments.is_empty() && assistant::is_stop(&said.input.text) {
        return Ok(Err(stopped(cx.runs.abort(&key, None, StopWhy::Stop)?)));
    }
    let submission = Submission {
        run_id: said.run_id,
        caller: caller(cx),
        conn_id: Some(cx.principal().conn_id.clone()),
        key,
        input: said.input,
        attachments: said.attachments,
        answered: Some(cx.answered()),
    };
    Ok(Ok(match cx.runs.submit(submission).await? {
        Submitted::Accepted(run) => {
            SentRun { run_id: run.run_id.to_string(), status: SendStatus::Started, summary: None }
        }
        Submitted::Known(run) => known(&run),
    }))
}

/// Who calls, for idempotency: the device on every connection, or this
/// connection.
pub(super) fn caller(cx: &Cx) -> String {
    let who = cx.principal();
    who.device_id.as_ref().map_or_else(|| who.conn_id.to_string(), |id| id.as_str().to_owned())
}

/// A thinking level as written.
pub(crate) fn thinking(written: Option<&str>) -> RpcResult<Option<ThinkingLevel>> {
    match postern_protocol::chat::read_thinking(written) {
        None => Ok(None),
        Some(Ok(level)) => Ok(Some(level)),
        Some(Err(())) => Err(RpcError::invalid("thinking must be off, minimal, low, medium, high or xhigh")),
    }
}

impl From<RunError> for RpcError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Session(SessionError::Store(error)) | RunError::Store(error) => error.into(),
            RunError::Session(error) => error.into(),
            RunError::QueueFull(_) | RunError::TooMany(_) => Self::unavailable(error.to_string()).retry_after(2_000),
            RunError::Stopping => Self::unavailable(error.to_string()).retry_after(1_000),
            error => Self::invalid(error.to_string()),
        }
    }
}
