//! Commands of many nodes: from the call to the answer, at a fixed rate and as fast as it goes.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::client::{Connection, Route, find, head, is_ok, request};
use crate::handshakes::open_all;
use crate::identity::{CLI, Identity, NODE, handshake};
use crate::measure::{Spread, micros_since, percentile_ms};
use crate::report::Figure;
use crate::scenarios::Bench;
use crate::server::{Program, Server};

const NODES: usize = 500;
const OPERATORS: usize = 8;
/// Calls per second of all operators together.
const RATE: u32 = 2_000;
const P99_MS: f64 = 50.0;
/// Part of the rate that must have been reached for the latency to mean anything.
const MADE: f64 = 0.98;
/// Calls of one operator under way while as many as possible are made.
const WINDOW: usize = 32;
const DEADLINE: Duration = Duration::from_secs(30);

/// How calls are paced.
#[derive(Clone, Copy)]
enum Pace {
    /// One every so often, whatever has become of those before.
    Every(Duration),
    /// So many under way at any time.
    Window(usize),
}

pub(super) async fn run(bench: Bench<'_>) -> Result<Vec<Figure>> {
    let gateway = bench.launcher.start(Program::Gateway(&bench.launcher.new_state()?))?;
    let target = gateway.target();
    let identities = Arc::new(Identity::generate_many(NODES));
    let mut nodes = JoinSet::new();
    for connection in open_all(target, &identities, NODE).await? {
        nodes.spawn(serve(connection));
    }
    let per_operator = Duration::from_secs(1) / RATE * u32::try_from(OPERATORS)?;
    let length = bench.plan.round * u32::try_from(bench.plan.rounds)?;
    let (mut latencies, elapsed) = drive(&gateway, &identities, Pace::Every(per_operator), length).await?;
    let reached = rate(latencies.len(), elapsed);
    let at_rate = Figure::new(
        format!("{NODES} nodes, {RATE} calls/s, p99"),
        "ms",
        Spread::single(percentile_ms(&mut latencies, 0.99)),
    )
    .at_most(P99_MS)
    .limited_by(format!("p50 {:.2} ms", percentile_ms(&mut latencies, 0.5)));
    let made = Figure::new(format!("{NODES} nodes, of {RATE} calls/s"), "/s", Spread::single(reached))
        .at_least(f64::from(RATE) * MADE)
        .limited_by("the last answers come after the last call");
    let (mut latencies, elapsed) = drive(&gateway, &identities, Pace::Window(WINDOW), length).await?;
    let most = Figure::new(format!("{NODES} nodes, calls"), "/s", Spread::single(rate(latencies.len(), elapsed)))
        .at_least(f64::from(RATE))
        .limited_by(format!("{} under way, p99 {:.1} ms", WINDOW * OPERATORS, percentile_ms(&mut latencies, 0.99)));
    nodes.abort_all();
    Ok(vec![at_rate, made, most])
}

#[expect(clippy::cast_precision_loss, reason = "a count of calls")]
fn rate(calls: usize, elapsed: Duration) -> f64 {
    calls as f64 / elapsed.as_secs_f64()
}

/// Answers every request.
async fn serve(mut connection: Connection) -> Result<()> {
    loop {
        let text = connection.next_text().await?;
        if find(head(&text), b"\"event\":\"node.invoke.request\"").is_none() {
            continue;
        }
        let (id, node) = (field(&text, "id")?, field(&text, "nodeId")?);
        let params = format!(r#"{{"id":"{id}","nodeId":"{node}","ok":true,"payload":{{"bins":{{}}}}}}"#);
        connection.send_text(&request("done", "node.invoke.result", &params)).await?;
    }
}

/// The text under a key of a frame that holds it once.
fn field<'a>(text: &'a [u8], key: &str) -> Result<&'a str> {
    let text = std::str::from_utf8(text)?;
    let (_, rest) = text.split_once(&format!("\"{key}\":\"")).with_context(|| format!("no {key}: {text}"))?;
    rest.split_once('"').map(|(value, _)| value).context("cut off")
}

/// Lets all operators call at once; latencies in microseconds.
async fn drive(
    gateway: &Server,
    identities: &Arc<Vec<Identity>>,
    pace: Pace,
    length: Duration,
) -> Result<(Vec<u32>, Duration)> {
    let target = gateway.target();
    let mut ready = Vec::new();
    for number in 0..OPERATORS {
        let (connection, _) = handshake(Route::local(target.address), &Identity::generate(), CLI, target.token).await?;
        let identities = Arc::clone(identities);
        ready.push(Operator { connection, number, identities, started: HashMap::new(), sent: 0 });
    }
    let start = Instant::now();
    let mut operators = JoinSet::new();
    for operator in ready {
        operators.spawn(tokio::time::timeout(length + DEADLINE, operator.call(pace, length)));
    }
    let mut latencies = Vec::new();
    while let Some(operator) = operators.join_next().await {
        latencies.extend(operator?.context("calls were never answered")??);
    }
    Ok((latencies, start.elapsed()))
}

struct Operator {
    connection: Connection,
    number: usize,
    identities: Arc<Vec<Identity>>,
    started: HashMap<usize, Instant>,
    sent: usize,
}

impl Operator {
    async fn call(mut self, pace: Pace, length: Duration) -> Result<Vec<u32>> {
        let (start, mut latencies) = (Instant::now(), Vec::new());
        let period = if let Pace::Every(period) = pace { period } else { length };
        let mut ticks = tokio::time::interval(period);
        // A late call is still called for at its time: waiting for a slow server must show.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        if let Pace::Window(window) = pace {
            for _ in 0..window {
                self.send(Instant::now()).await?;
            }
        }
        while start.elapsed() < length || !self.started.is_empty() {
            tokio::select! {
                due = ticks.tick(), if matches!(pace, Pace::Every(_)) && start.elapsed() < length => {
                    self.send(due.into_std()).await?;
                }
                text = self.connection.next_text() => {
                    let Some(latency) = self.answered(&text?)? else { continue };
                    latencies.push(latency);
                    if matches!(pace, Pace::Window(_)) && start.elapsed() < length {
                        self.send(Instant::now()).await?;
                    }
                }
            }
        }
        Ok(latencies)
    }

    async fn send(&mut self, due: Instant) -> Result<()> {
        let number = self.sent;
        self.sent += 1;
        let node = self.identities[(number * OPERATORS + self.number) % self.identities.len()].id();
        // No two rounds share a device, so a number is enough.
        let key = number;
        let params = format!(
            r#"{{"nodeId":"{node}","command":"system.which","params":{{"bins":["git"]}},"idempotencyKey":"{key}"}}"#
        );
        self.started.insert(number, due);
        Ok(self.connection.send_text(&request(&format!("c{number}"), "node.invoke", &params)).await?)
    }

    /// How long a call took, when this is its answer.
    fn answered(&mut self, text: &[u8]) -> Result<Option<u32>> {
        if find(head(text), b"\"type\":\"res\"").is_none() {
            return Ok(None);
        }
        if !is_ok(text) {
            bail!("a call failed: {}", String::from_utf8_lossy(&text[..text.len().min(300)]));
        }
        let number = field(text, "id")?.trim_start_matches('c').parse()?;
        Ok(self.started.remove(&number).map(micros_since))
    }
}
