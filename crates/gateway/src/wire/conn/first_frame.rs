//! The first frame: it must be a `connect` request with params that fit
//! (`handshake.md §2`, first-frame faults).

use std::future::Future;

use postern_protocol::close::CloseReason;
use postern_protocol::connect::ConnectParams;
use postern_protocol::error::{ErrorCode, ErrorShape};
use postern_protocol::frame::{FrameError, parse_request};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};

use super::refusal::Refusal;
use crate::gateway::Services;
use crate::rpc::validate;
use crate::wire::socket::{Incoming, ReadEnd, Socket, Utf8};

/// Largest frame before authentication.
pub(super) const MAX_PREAUTH_BYTES: usize = 64 * 1024;
/// Frames that may queue while a handshake is decided.
const MAX_BACKLOG: usize = 15;
/// Pings and pongs before the handshake is over; no client needs any.
const MAX_CONTROL_FRAMES: usize = 32;

/// Waits for the connect request; returns its id and params.
pub(super) async fn receive<S>(services: &Services, socket: &mut Socket<S>) -> Result<(String, ConnectParams), Refusal>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    for _ in 0..=MAX_CONTROL_FRAMES {
        match socket.incoming().await {
            Ok(Incoming::Text(text)) => return read(services, &text),
            Ok(Incoming::Alive) => {}
            Err(end) => return Err(ended(end)),
        }
    }
    Err(too_many_frames())
}

fn too_many_frames() -> Refusal {
    Refusal::silent(CloseReason::policy("too many pending handshake frames"))
}

fn ended(end: ReadEnd) -> Refusal {
    match end {
        ReadEnd::Closed | ReadEnd::Goodbye => Refusal::gone(),
        ReadEnd::TooBig => Refusal::silent(CloseReason::too_big("preauth payload too large")),
        ReadEnd::Protocol(detail) => {
            tracing::debug!(detail, "Not WebSocket.");
            Refusal::silent(CloseReason::protocol_error())
        }
    }
}

fn read(services: &Services, text: &Utf8) -> Result<(String, ConnectParams), Refusal> {
    let request = match text.as_str().ok_or(FrameError::NotJson).and_then(parse_request) {
        Ok(request) => request,
        Err(FrameError::NotJson) => return Err(Refusal::silent(CloseReason::not_json())),
        Err(FrameError::NotARequest { .. }) => {
            return Err(Refusal::silent(CloseReason::policy("invalid request frame")));
        }
    };
    let refuse =
        |message: String| Refusal::error(ErrorShape::new(ErrorCode::InvalidRequest, message)).answering(&request.id);
    if request.method != "connect" {
        return Err(refuse("invalid handshake: first request must be connect".to_owned()));
    }
    let raw = request.params.map_or("{}", |raw| raw.get());
    let params: Value = serde_json::from_str(raw).map_err(|_| refuse("invalid connect params".to_owned()))?;
    let params = validate::read(&services.connect_validator, params).map_err(|problems| {
        refuse(format!("invalid connect params: {problems}")).logged_as("invalid connect params")
    })?;
    let params = serde_json::from_value(params).map_err(|_| {
        // The error would repeat what a stranger wrote.
        tracing::debug!("The connect schema let through what the type refuses.");
        refuse("invalid connect params".to_owned())
    })?;
    Ok((request.id.into_owned(), params))
}

/// Frames that a client sent before its handshake was decided.
#[derive(Default)]
pub(super) struct Backlog {
    frames: Vec<Utf8>,
    bytes: usize,
    control: usize,
}

impl Backlog {
    /// Runs the decision and keeps what arrives meanwhile, within bounds.
    pub(super) async fn collect_while<S, T>(
        &mut self,
        socket: &mut Socket<S>,
        decision: impl Future<Output = T>,
    ) -> Result<T, Refusal>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut decision = std::pin::pin!(decision);
        loop {
            tokio::select! {
                biased;
                decided = &mut decision => return Ok(decided),
                incoming = socket.incoming() => match incoming {
                    Ok(Incoming::Text(text)) => self.keep(text)?,
                    Ok(Incoming::Alive) if self.control >= MAX_CONTROL_FRAMES => return Err(too_many_frames()),
                    Ok(Incoming::Alive) => self.control += 1,
                    Err(end) => return Err(ended(end)),
                },
            }
        }
    }

    fn keep(&mut self, text: Utf8) -> Result<(), Refusal> {
        self.bytes += text.len();
        if self.frames.len() >= MAX_BACKLOG {
            return Err(too_many_frames());
        }
        if self.bytes > MAX_PREAUTH_BYTES {
            return Err(Refusal::silent(CloseReason::too_big("preauth payload too large")));
        }
        self.frames.push(text);
        Ok(())
    }

    /// What arrived, in order.
    pub(super) fn into_frames(self) -> Vec<Utf8> {
        self.frames
    }
}
