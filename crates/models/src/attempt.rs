//! One request to one model, from the head of the response to the end of the answer.

use std::{collections::VecDeque, time::Duration};

use bytes::Bytes;
use reqwest::{Method, Response, StatusCode, header};
use tokio::time::{Instant, timeout};

use crate::{
    error::{ErrorKind, ModelError, presentable},
    frames::{Frames, Framing},
    models::{Inner, Target, innermost},
    request::{ChatRequest, Finish},
    wire::{self, Ask, Bounds, Decoder, Delta, Fault, Progress, Refused, classify, retry_after},
};

/// Of the body of a failure no more is read.
const MAX_ERROR_BYTES: usize = 64 << 10;
const ERROR_TIME: Duration = Duration::from_secs(10);
/// How long the end of the body is waited for after the last frame, so that the connection can be used again.
const LAST_BYTES_TIME: Duration = Duration::from_millis(25);

/// What an attempt gives next.
pub(crate) enum Step {
    Delta(Delta),
    Finish(Finish),
}

pub(crate) struct Attempt {
    target: Target,
    response: Response,
    frames: Frames,
    decoder: Box<dyn Decoder>,
    deltas: VecDeque<Delta>,
    progress: Progress,
    received: usize,
    limits: crate::config::Timeouts,
    deadline: Instant,
    is_over: bool,
}

/// Asks a model. Returns when the answer begins.
pub(crate) async fn open(inner: &Inner, request: &ChatRequest, target: Target) -> Result<Attempt, ModelError> {
    let limits = inner.limits;
    let deadline = Instant::now() + limits.total;
    let (call, decoder) = prepare(inner, request, &target)?;
    let body = serde_json::to_vec(&call.body)
        .map_err(|error| target.error(ErrorKind::InvalidRequest, format!("The request cannot be written: {error}.")))?;
    let accept = match call.framing {
        Framing::Sse => "text/event-stream",
        Framing::Lines => "application/x-ndjson",
    };
    let http = inner.request(&target, Method::POST, &call.path).await?;
    let http = http.header(header::CONTENT_TYPE, "application/json").header(header::ACCEPT, accept).body(body);
    let response = inner.send(&target, http, limits.first_byte).await?;
    if !response.status().is_success() {
        return Err(refused(&target, response).await);
    }
    if call.framing == Framing::Sse {
        let response = streamed(&target, response).await?;
        return Ok(Attempt::new(target, response, (Framing::Sse, decoder), limits, deadline));
    }
    Ok(Attempt::new(target, response, (Framing::Lines, decoder), limits, deadline))
}

fn prepare(
    inner: &Inner,
    request: &ChatRequest,
    target: &Target,
) -> Result<(wire::Call, Box<dyn Decoder>), ModelError> {
    let base = target.provider.base.as_ref().map_err(|what| {
        let message = format!("models.providers.{}.baseUrl {what}.", target.provider.id);
        target.error(ErrorKind::InvalidRequest, message)
    })?;
    let api = target.provider.api;
    let ask = Ask { request, spec: &target.spec, api, base, is_configured: target.is_configured };
    let bounds = Bounds { arguments: inner.limits.max_argument_bytes, call_prefix: inner.call_prefix() };
    Ok((wire::call(&ask), wire::decoder(&ask, bounds)))
}

/// Checks that the answer is a stream; some servers report failures as JSON with status 200.
async fn streamed(target: &Target, response: Response) -> Result<Response, ModelError> {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.to_ascii_lowercase();
    if kind.starts_with("text/html") {
        let message = format!("{} answered with a web page; check its baseUrl.", target.provider.name);
        return Err(target.error(ErrorKind::Protocol, message));
    }
    if !kind.starts_with("application/json") {
        return Ok(response);
    }
    let body = timeout(ERROR_TIME, body(response, MAX_ERROR_BYTES)).await.ok().flatten().unwrap_or_default();
    let value = serde_json::from_slice::<serde_json::Value>(&body).unwrap_or_default();
    if value.get("error").is_some_and(|error| !error.is_null()) {
        return Err(provider_error(target, Refused::from_json(&value), None));
    }
    let message = format!("{} answered in one piece although a stream was asked for.", target.provider.name);
    Err(target.error(ErrorKind::Protocol, message))
}

/// Reads a body up to a size; `None` when it is larger or breaks.
pub(crate) async fn body(mut response: Response, max: usize) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if body.len() + chunk.len() > max {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body)
}

/// What a response that is no success means.
pub(crate) async fn refused(target: &Target, response: Response) -> ModelError {
    let status = response.status();
    if status.is_redirection() {
        return redirected(target, status, response.headers());
    }
    let wait = retry_after(response.headers());
    let body = timeout(ERROR_TIME, body(response, MAX_ERROR_BYTES)).await.ok().flatten().unwrap_or_default();
    provider_error(target, Refused::from_body(status.as_u16(), &body), wait)
}

fn redirected(target: &Target, status: StatusCode, headers: &header::HeaderMap) -> ModelError {
    let to = headers.get(header::LOCATION).and_then(|to| to.to_str().ok()).unwrap_or("somewhere else");
    let message = format!(
        "{} redirects to {}, which is not followed because the key would go along; set models.providers.{}.baseUrl.",
        target.provider.name,
        presentable(to, target.key()),
        target.provider.id
    );
    let mut error = target.error(ErrorKind::InvalidRequest, message);
    error.http_status = Some(status.as_u16());
    error
}

fn provider_error(target: &Target, refused: Refused, wait: Option<Duration>) -> ModelError {
    let kind = classify(&refused);
    let said = presentable(&refused.message, target.key());
    let (name, id, model) = (&target.provider.name, &target.provider.id, &target.model);
    let what = match kind {
        ErrorKind::Auth => format!("{name} refused the key; store a valid one with `postern models auth {id}`"),
        ErrorKind::Billing => format!("The account at {name} has no credit or quota left"),
        ErrorKind::RateLimit => format!("{name} has too many requests at the moment; try again later"),
        ErrorKind::ContextLength => {
            format!("The conversation is too long for {model}; compact or reset it, or choose another model")
        }
        ErrorKind::Refusal => format!("{name} refused the content"),
        ErrorKind::UnknownModel => format!("{name} has no model {:?}", target.model.model),
        ErrorKind::Unavailable | ErrorKind::Timeout => format!("{name} is not available at the moment"),
        _ => format!("{name} did not accept the request"),
    };
    let status = refused.status.map(|status| format!(" ({status})")).unwrap_or_default();
    let colon = if said.is_empty() { "." } else { ": " };
    let mut error = target.error(kind, format!("{what}{status}{colon}{said}"));
    error.http_status = refused.status;
    error.retry_after = wait;
    error.provider_error_type = refused.class.map(|class| presentable(&class, target.key()));
    error
}

impl Attempt {
    fn new(
        target: Target,
        response: Response,
        (framing, decoder): (Framing, Box<dyn Decoder>),
        limits: crate::config::Timeouts,
        deadline: Instant,
    ) -> Self {
        Self {
            target,
            response,
            frames: Frames::new(framing, limits.max_frame_bytes),
            decoder,
            deltas: VecDeque::new(),
            progress: Progress::More,
            received: 0,
            limits,
            deadline,
            is_over: false,
        }
    }

    /// The next piece of the answer, or its end.
    pub(crate) async fn next(&mut self) -> Result<Step, ModelError> {
        loop {
            if let Some(delta) = self.deltas.pop_front() {
                return Ok(Step::Delta(delta));
            }
            if self.progress == Progress::End || (self.is_over && self.progress == Progress::Done) {
                self.drain().await;
                return Ok(Step::Finish(self.decoder.finish()));
            }
            if self.decode()? {
                continue;
            }
            if self.is_over {
                let message = format!("The answer of {} broke off before it was complete.", self.target.provider.name);
                return Err(self.target.error(ErrorKind::Cut, message));
            }
            match self.read().await? {
                Some(bytes) => self.frames.push(&bytes),
                None => {
                    self.is_over = true;
                    self.frames.close();
                }
            }
        }
    }

    /// Waits shortly for the end of the body. How it ends changes nothing any more.
    async fn drain(&mut self) {
        if !self.is_over {
            drop(timeout(LAST_BYTES_TIME, self.response.chunk()).await);
        }
    }

    /// Reads one frame; false when there is none.
    fn decode(&mut self) -> Result<bool, ModelError> {
        let fault = match self.frames.next() {
            Ok(None) => return Ok(false),
            Ok(Some(frame)) => match self.decoder.frame(&frame, &mut self.deltas) {
                Ok(progress) => {
                    self.advance(progress);
                    return Ok(true);
                }
                Err(fault) => fault,
            },
            Err(_) => Fault::TooLarge("one frame"),
        };
        // What is left of a broken connection is the beginning of a frame; and after the end nothing matters.
        if matches!(fault, Fault::Malformed(_)) && (self.is_over || self.progress != Progress::More) {
            return Ok(true);
        }
        let name = &self.target.provider.name;
        Err(match fault {
            Fault::Refused(refused) => provider_error(&self.target, refused, None),
            Fault::Malformed(what) => {
                let message = format!("{name} sent something that is not its protocol: {}", presentable(&what, None));
                self.target.error(ErrorKind::Protocol, message)
            }
            Fault::TooLarge(what) => {
                self.target.error(ErrorKind::Protocol, format!("{name} sent too much: {what} is over the limit."))
            }
        })
    }

    /// What is done stays done, and what follows it has little time.
    fn advance(&mut self, progress: Progress) {
        match (self.progress, progress) {
            (Progress::More, Progress::Done) => {
                self.deadline = self.deadline.min(Instant::now() + self.limits.trailer);
                self.progress = progress;
            }
            (Progress::Done, Progress::More) => {}
            _ => self.progress = progress,
        }
    }

    /// The next bytes; `None` when the body is over, or when nothing that matters can follow.
    async fn read(&mut self) -> Result<Option<Bytes>, ModelError> {
        let is_done = self.progress == Progress::Done;
        let silence = self.limits.silence;
        let left = self.deadline.saturating_duration_since(Instant::now());
        let read = timeout(silence.min(left), self.response.chunk()).await;
        let name = &self.target.provider.name;
        // A body that always has something to read never lets a timer win.
        if left.is_zero() && !is_done {
            let message = format!("{name} did not finish within {} s.", self.limits.total.as_secs_f32());
            return Err(self.target.error(ErrorKind::Timeout, message));
        }
        match read {
            _ if left.is_zero() => Ok(None),
            Ok(Ok(Some(bytes))) => {
                self.received += bytes.len();
                if self.received <= self.limits.max_answer_bytes {
                    return Ok(Some(bytes));
                }
                let most = self.limits.max_answer_bytes >> 20;
                let message = format!("{name} sent too much: the answer is over {most} MiB.");
                Err(self.target.error(ErrorKind::Protocol, message))
            }
            Ok(Ok(None)) => Ok(None),
            Ok(Err(error)) => {
                tracing::debug!(model = %self.target.model, cause = innermost(&error), "answer broke off");
                Ok(None)
            }
            // Comes back here, and is over then.
            Err(_) if left <= silence => Ok(Some(Bytes::new())),
            Err(_) => {
                let message = format!("{name} was silent for {} s in the middle of an answer.", silence.as_secs_f32());
                Err(self.target.error(ErrorKind::Timeout, message))
            }
        }
    }
}
