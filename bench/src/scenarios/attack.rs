//! The hostile side of the hostility scenario: clients that talk nonsense, say nothing, never
//! finish, or never read.

use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::client::{BINARY, Connection, Route, TEXT, encode, request};
use crate::identity::{CLI, Identity, handshake};
use crate::server::Target;

const GARBAGE_SOCKETS: usize = 20;
const GARBAGE_FRAMES: usize = 10_000;
const SILENT_SOCKETS: usize = 200;
const HALF_OPEN_SOCKETS: usize = 1_000;
/// Between two of them: all are open after a second. Opened at once, the cost of a thousand
/// upgrades on both sides of a small machine would be all there is to see, for any server.
const PACE: Duration = Duration::from_millis(1);
const UNREAD_REQUESTS: usize = 20_000;

/// What the hostile clients do.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Attack {
    None,
    Garbage,
    Silent,
    HalfOpen,
    NeverReads,
}

pub(super) const ATTACKS: [Attack; 5] =
    [Attack::None, Attack::Garbage, Attack::Silent, Attack::HalfOpen, Attack::NeverReads];

/// Sockets of an attack that stay open until the phase is over.
#[derive(Default)]
pub(super) struct Held {
    silent: Vec<TcpStream>,
    upgraded: Vec<Connection>,
    /// How the attack went, for the report.
    pub(super) story: String,
}

impl Held {
    /// Sockets that the server still tolerates.
    pub(super) fn still_open(&self) -> usize {
        self.silent.iter().filter(|stream| is_open(stream)).count()
            + self.upgraded.iter().filter(|connection| connection.is_open()).count()
    }
}

impl Attack {
    /// Its name in the report.
    pub(super) fn name(self) -> &'static str {
        match self {
            Attack::None => "calm",
            Attack::Garbage => "10,000 garbage frames a second",
            Attack::Silent => "200 silent TCP connections",
            Attack::HalfOpen => "1,000 unfinished handshakes",
            Attack::NeverReads => "20,000 requests, never read",
        }
    }

    /// What must not cost time during the phase: connections of the attackers that authenticate.
    pub(super) async fn prepare(self, target: Target, length: Duration) -> Result<Vec<Connection>> {
        let connections = match self {
            Attack::Garbage => GARBAGE_SOCKETS * usize::try_from(length.as_millis().div_ceil(1000))?,
            Attack::NeverReads => 1,
            Attack::None | Attack::Silent | Attack::HalfOpen => 0,
        };
        let mut prepared = Vec::new();
        for _ in 0..connections {
            let identity = Identity::generate();
            let route = Route::local(target.address);
            prepared.push(handshake(route, &identity, CLI, target.token).await?.0);
        }
        Ok(prepared)
    }

    /// Attacks until `end` and returns what is to be held open. Refused sockets are part of it.
    pub(super) async fn carry_out(self, target: Target, prepared: Vec<Connection>, end: Instant) -> Held {
        let mut held = Held::default();
        match self {
            Attack::None => {}
            Attack::Garbage => throw_garbage(target, prepared, end, &mut held).await,
            Attack::Silent => {
                let open = move || async move { Route::local(target.address).connect().await.ok() };
                held.silent = repeat(SILENT_SOCKETS, Duration::ZERO, end, open).await;
            }
            Attack::HalfOpen => {
                let open = move || async move { Connection::open(Route::local(target.address)).await.ok() };
                held.upgraded = repeat(HALF_OPEN_SOCKETS, PACE, end, open).await;
            }
            Attack::NeverReads => pipeline_unread(prepared, end, &mut held).await,
        }

        tokio::time::sleep_until(end.into()).await;
        held
    }
}

/// Opens `count` sockets, at most 50 at a time, one every `pace`; keeps those that worked before
/// `end`.
async fn repeat<T, F>(count: usize, pace: Duration, end: Instant, open: impl Fn() -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = Option<T>> + Send + 'static,
{
    const AT_ONCE: usize = 50;
    let mut opening: JoinSet<Option<T>> = JoinSet::new();
    let mut opened = Vec::new();
    let start = Instant::now();
    for number in 0..count {
        let due = start + pace * u32::try_from(number).unwrap_or(u32::MAX);
        tokio::time::sleep_until(due.min(end).into()).await;
        if opening.len() >= AT_ONCE {
            opened.extend(opening.join_next().await.and_then(Result::ok).flatten());
        }
        let socket = open();
        opening.spawn(async move { tokio::time::timeout_at(end.into(), socket).await.ok().flatten() });
    }
    while let Some(socket) = opening.join_next().await {
        opened.extend(socket.ok().flatten());
    }
    opened
}

/// Every second 10,000 frames at once, half of them on sockets that have not authenticated.
async fn throw_garbage(target: Target, mut prepared: Vec<Connection>, end: Instant, held: &mut Held) {
    let burst = garbage(GARBAGE_FRAMES / (2 * GARBAGE_SOCKETS));
    let (mut bursts, mut slowest) = (0, Duration::ZERO);
    while Instant::now() < end && !prepared.is_empty() {
        let next_second = Instant::now() + Duration::from_secs(1);
        let mut throwers = prepared.split_off(prepared.len().saturating_sub(GARBAGE_SOCKETS));
        let open = move || async move { Connection::open(Route::local(target.address)).await.ok() };
        throwers.extend(repeat(GARBAGE_SOCKETS, Duration::ZERO, end, open).await);
        let start = Instant::now();
        let mut throwing = JoinSet::new();
        for mut connection in throwers {
            let burst = burst.clone();
            throwing.spawn(async move {
                // A server that closes the socket in the middle of it is right.
                let _ = connection.send(&burst).await;
                connection
            });
        }
        while let Some(thrown) = throwing.join_next().await {
            held.upgraded.extend(thrown.ok());
        }
        slowest = slowest.max(start.elapsed());
        bursts += 1;
        held.story = format!("{bursts} bursts, each sent within {:.1} ms", slowest.as_secs_f64() * 1000.0);
        tokio::time::sleep_until(next_second.min(end).into()).await;
    }
}

/// Frames that are not JSON, not a frame, not a request, and not text.
fn garbage(frames: usize) -> Vec<u8> {
    let kinds: [(u8, &[u8]); 4] = [
        (TEXT, b"{{{{"),
        (TEXT, br#"[1,2,3]"#),
        (TEXT, br#"{"type":"req","id":7,"method":[]}"#),
        (BINARY, &[159, 146, 150, 255]),
    ];
    let mut out = Vec::new();
    for (opcode, payload) in kinds.into_iter().cycle().take(frames) {
        encode(opcode, payload, &mut out);
    }
    out
}

async fn pipeline_unread(prepared: Vec<Connection>, end: Instant, held: &mut Held) {
    let mut framed = Vec::new();
    for number in 0..UNREAD_REQUESTS {
        encode(TEXT, request(&number.to_string(), "health", "").as_bytes(), &mut framed);
    }
    for mut connection in prepared {
        held.story = match tokio::time::timeout_at(end.into(), connection.send(&framed)).await {
            Ok(Ok(())) => "all requests were sent",
            Ok(Err(_)) => "the server closed the connection",
            Err(_) => "the server stopped reading",
        }
        .to_owned();
        held.upgraded.push(connection);
    }
}

fn is_open(stream: &TcpStream) -> bool {
    let mut discard = [0; 64];
    match stream.try_read(&mut discard) {
        Ok(bytes) => bytes > 0,
        Err(error) => error.kind() == std::io::ErrorKind::WouldBlock,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn garbage_has_as_many_frames_as_asked_for() {
        let masks = garbage(8).windows(4).filter(|window| *window == [0; 4]).count();
        assert_eq!(masks, 8);
    }
}
