//! Hostile clients beside calm ones: what another client's `health` costs meanwhile, and whether
//! a new client still gets in from the same address.

use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::client::{BINARY, Connection, Route, TEXT, encode, request};
use crate::identity::{CLI, Identity, handshake};
use crate::measure::{Spread, percentile_ms};
use crate::report::Figure;
use crate::scenarios::Bench;
use crate::scenarios::observer::{self, Observation};
use crate::server::{Program, Server, Target};

/// A calm latency below this counts as this: a tenth of a millisecond more or less is noise.
const CALM_AT_LEAST_MS: f64 = 2.0;
const TIMES_CALM: f64 = 3.0;
const NEWCOMER_LIMIT_MS: f64 = 100.0;
/// What a reader that never reads may cost: 50 MiB unsent bytes (`handshake.md §11`) and slack.
const GROWTH_LIMIT_MB: f64 = 64.0;

const GARBAGE_SOCKETS: usize = 20;
const GARBAGE_FRAMES: usize = 10_000;
const SILENT_SOCKETS: usize = 200;
const HALF_OPEN_SOCKETS: usize = 1_000;
const UNREAD_REQUESTS: usize = 20_000;

/// What the hostile clients do.
#[derive(Clone, Copy, PartialEq)]
enum Attack {
    None,
    Garbage,
    Silent,
    HalfOpen,
    NeverReads,
}

const ATTACKS: [Attack; 5] =
    [Attack::None, Attack::Garbage, Attack::Silent, Attack::HalfOpen, Attack::NeverReads];

/// Sockets of an attack that stay open until the phase is over.
#[derive(Default)]
struct Held {
    silent: Vec<TcpStream>,
    upgraded: Vec<Connection>,
}

/// One phase on one server.
struct Outcome {
    observation: Observation,
    p99: f64,
    /// Sockets of the attackers that the server still tolerates at the end.
    still_open: usize,
    resident_before: u64,
    resident_peak: u64,
    log_bytes: u64,
}

pub(super) async fn run(bench: Bench<'_>) -> Result<Vec<Figure>> {
    let mut floor = bench.launcher.start(Program::Floor)?;
    let mut gateway = bench.launcher.start(Program::Gateway(&bench.launcher.new_state()?))?;
    let mut figures = Vec::new();
    let mut calm = CALM_AT_LEAST_MS;
    for attack in ATTACKS {
        let beside = phase(bench, attack, &mut floor).await?;
        let outcome = phase(bench, attack, &mut gateway).await?;
        if attack == Attack::None {
            calm = calm.max(outcome.p99);
        }
        figures.extend(describe(attack, &outcome, &beside, calm));
    }
    Ok(figures)
}

async fn phase(bench: Bench<'_>, attack: Attack, server: &mut Server) -> Result<Outcome> {
    let target = server.target();
    let length = bench.plan.phase;
    let prepared = attack.prepare(target, length).await?;
    let (resident_before, log_before) = (server.memory().resident, server.log_bytes());
    let end = Instant::now() + length;
    let thread = observer::start(target, length).await?;
    let (held, resident_peak) = tokio::join!(
        attack.carry_out(target, prepared, end),
        peak_memory(server, || thread.is_finished())
    );
    let still_open = held.silent.iter().filter(|stream| is_open(stream)).count()
        + held.upgraded.iter().filter(|connection| connection.is_open()).count();
    drop(held);
    let joined = thread.join().map_err(|_| anyhow!("the observer failed"))?;
    let mut observation =
        joined.map_err(|error| error.context(format!("{}: {}", attack.name(), server.log_tail())))?;
    let p99 = percentile_ms(&mut observation.latencies, 0.99);
    let log_bytes = server.log_bytes() - log_before;
    anyhow::ensure!(server.is_running(), "the server died: {}", server.log_tail());
    // The next phase starts from rest.
    tokio::time::sleep(Duration::from_millis(500)).await;
    Ok(Outcome { observation, p99, still_open, resident_before, resident_peak, log_bytes })
}

async fn peak_memory(server: &Server, is_over: impl Fn() -> bool) -> u64 {
    let mut peak = 0;
    while !is_over() {
        peak = peak.max(server.memory().resident);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    peak
}

impl Attack {
    fn name(self) -> &'static str {
        match self {
            Attack::None => "calm",
            Attack::Garbage => "10,000 garbage frames a second",
            Attack::Silent => "200 silent TCP connections",
            Attack::HalfOpen => "1,000 unfinished handshakes",
            Attack::NeverReads => "20,000 requests, never read",
        }
    }

    /// What must not cost time during the phase: connections of the attackers that authenticate.
    async fn prepare(self, target: Target, length: Duration) -> Result<Vec<Connection>> {
        let connections = match self {
            Attack::Garbage => GARBAGE_SOCKETS * usize::try_from(length.as_secs())?.max(1),
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
    async fn carry_out(self, target: Target, prepared: Vec<Connection>, end: Instant) -> Held {
        let mut held = Held::default();
        match self {
            Attack::None => {}
            Attack::Garbage => throw_garbage(target, prepared, end, &mut held).await,
            Attack::Silent => {
                let open = move || async move { Route::local(target.address).connect().await.ok() };
                held.silent = repeat(SILENT_SOCKETS, end, open).await;
            }
            Attack::HalfOpen => {
                let open = move || async move { Connection::open(Route::local(target.address)).await.ok() };
                held.upgraded = repeat(HALF_OPEN_SOCKETS, end, open).await;
            }
            Attack::NeverReads => held.upgraded = pipeline_unread(prepared, end).await,
        }
        tokio::time::sleep_until(end.into()).await;
        held
    }
}

/// Opens `count` sockets, 50 at a time; keeps those that worked before `end`.
async fn repeat<T, F>(count: usize, end: Instant, open: impl Fn() -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = Option<T>> + Send + 'static,
{
    const AT_ONCE: usize = 50;
    let mut opening = JoinSet::new();
    let mut opened = Vec::new();
    for _ in 0..count {
        if opening.len() >= AT_ONCE {
            opened.extend(opening.join_next().await.and_then(Result::ok).flatten().flatten());
        }
        opening.spawn(tokio::time::timeout_at(end.into(), open()));
    }
    while let Some(outcome) = opening.join_next().await {
        opened.extend(outcome.ok().and_then(Result::ok).flatten());
    }
    opened
}

/// Every second 10,000 frames at once, half of them on sockets that have not authenticated.
async fn throw_garbage(target: Target, mut prepared: Vec<Connection>, end: Instant, held: &mut Held) {
    let burst = garbage(GARBAGE_FRAMES / (2 * GARBAGE_SOCKETS));
    while Instant::now() < end && !prepared.is_empty() {
        let next_second = Instant::now() + Duration::from_secs(1);
        let mut throwers = prepared.split_off(prepared.len().saturating_sub(GARBAGE_SOCKETS));
        let open = move || async move { Connection::open(Route::local(target.address)).await.ok() };
        throwers.extend(repeat(GARBAGE_SOCKETS, end, open).await);
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
        tokio::time::sleep_until(next_second.min(end).into()).await;
    }
}

/// Frames that are not JSON, not a frame, not a request, and not text.
fn garbage(frames: usize) -> Vec<u8> {
    let kinds: [(u8, &[u8]); 4] = [
        (TEXT, b"{{{{"),
        (TEXT, br#"[1,2,3]"#),
        (TEXT, br#"{"type":"req","id":7,"method":[]}"#),
        (BINARY, &[0, 159, 146, 150]),
    ];
    let mut out = Vec::new();
    for (opcode, payload) in kinds.into_iter().cycle().take(frames) {
        encode(opcode, payload, &mut out);
    }
    out
}

async fn pipeline_unread(mut prepared: Vec<Connection>, end: Instant) -> Vec<Connection> {
    let mut framed = Vec::new();
    for number in 0..UNREAD_REQUESTS {
        encode(TEXT, request(&number.to_string(), "health", "").as_bytes(), &mut framed);
    }
    for connection in &mut prepared {
        // A server may stop reading or close the connection: both end the attack.
        let _ = tokio::time::timeout_at(end.into(), connection.send(&framed)).await;
    }
    prepared
}

fn is_open(stream: &TcpStream) -> bool {
    let mut discard = [0; 64];
    match stream.try_read(&mut discard) {
        Ok(bytes) => bytes > 0,
        Err(error) => error.kind() == std::io::ErrorKind::WouldBlock,
    }
}

fn describe(attack: Attack, outcome: &Outcome, beside: &Outcome, calm: f64) -> Vec<Figure> {
    let name = attack.name();
    let limit = calm * TIMES_CALM;
    let lost = outcome.observation.lost;
    let p99 = Figure::new(format!("health p99, {name}"), "ms", Spread::single(outcome.p99))
        .floor(Spread::single(beside.p99))
        .limited_by(format!(
            "slowest {:.1} ms, {lost} lost, attackers' sockets open at the end {}, log {} KB",
            slowest_ms(&outcome.observation),
            outcome.still_open,
            outcome.log_bytes / 1000
        ))
        .details(json!({
            "calls": outcome.observation.latencies.len(),
            "lost": lost,
            "slowestMs": slowest_ms(&outcome.observation),
            "floorSlowestMs": slowest_ms(&beside.observation),
            "attackSocketsOpenAtEnd": outcome.still_open,
            "logBytes": outcome.log_bytes,
            "residentBefore": outcome.resident_before,
            "residentPeak": outcome.resident_peak,
        }));
    if attack == Attack::None {
        return vec![p99, newcomers(name, outcome, beside)];
    }
    let target = format!("<= {TIMES_CALM} x {calm:.1} ms");
    let mut figures = vec![
        p99.target(target, outcome.p99 <= limit && lost == 0),
        newcomers(name, outcome, beside),
    ];
    if attack == Attack::NeverReads {
        figures.push(
            Figure::new(format!("memory growth, {name}"), "MB", Spread::single(growth_mb(outcome)))
                .floor(Spread::single(growth_mb(beside)))
                .at_most(GROWTH_LIMIT_MB)
                .limited_by("answers queued for a client that does not read"),
        );
    }
    figures
}

fn newcomers(name: &str, outcome: &Outcome, beside: &Outcome) -> Figure {
    let seen = &outcome.observation;
    let spread = Spread::of(&seen.newcomers);
    let pass = seen.refusals.is_empty() && spread.max < NEWCOMER_LIMIT_MS;
    let mut limit = format!("{} of {} got in", seen.newcomers.len(), seen.newcomers.len() + seen.refusals.len());
    if let Some(refusal) = seen.refusals.first() {
        limit.push_str(&format!("; first refusal: {refusal}"));
    }
    Figure::new(format!("new client, {name}"), "ms", spread)
        .floor(Spread::of(&beside.observation.newcomers))
        .target(format!("all < {NEWCOMER_LIMIT_MS} ms"), pass)
        .limited_by(limit)
        .details(json!({ "milliseconds": seen.newcomers, "refusals": seen.refusals }))
}

fn slowest_ms(observation: &Observation) -> f64 {
    f64::from(observation.latencies.iter().copied().max().unwrap_or(0)) / 1000.0
}

fn growth_mb(outcome: &Outcome) -> f64 {
    outcome.resident_peak.saturating_sub(outcome.resident_before) as f64 / 1e6
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
