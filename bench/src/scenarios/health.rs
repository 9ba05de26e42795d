//! `health` round trips: connections that always keep a number of requests in flight.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use tokio::task::JoinSet;

use crate::client::{Connection, Route, TEXT, encode, find, head, is_ok, request};
use crate::handshakes::open_all;
use crate::identity::{CLI, Identity, handshake};
use crate::measure::{Meter, Round, Series, Spread, micros_since};
use crate::report::Figure;
use crate::scenarios::Bench;
use crate::server::{Program, Server, Target};

const IN_FLIGHT: usize = 8;
const CONNECTIONS: [usize; 2] = [4, 16];
const P99_LIMIT_MS: f64 = 10.0;

pub(super) async fn run(bench: Bench<'_>) -> Result<Vec<Figure>> {
    let floor = bench.launcher.start(Program::Floor)?;
    let gateway = bench.launcher.start(Program::Gateway(&bench.launcher.new_state()?))?;
    let mut figures = Vec::new();
    for connections in CONNECTIONS {
        figures.extend(measure(bench, [&floor, &gateway], connections).await?);
    }
    Ok(figures)
}

async fn measure(bench: Bench<'_>, servers: [&Server; 2], connections: usize) -> Result<[Figure; 2]> {
    let identities = Arc::new(Identity::generate_many(connections));
    // Pairs the devices and warms both servers up.
    for server in servers {
        round(server.target(), &identities, bench.plan.round / 4).await?;
    }
    let mut series = [Series::default(), Series::default()];
    for _ in 0..bench.plan.rounds {
        for (server, series) in servers.into_iter().zip(&mut series) {
            let meter = Meter::start(server);
            series.add(server, &meter, round(server.target(), &identities, bench.plan.round).await?);
        }
    }
    let [mut floor, mut gateway] = series;
    let bytes = [answer_bytes(servers[0].target()).await?, answer_bytes(servers[1].target()).await?];
    let name = format!("health {connections}x{IN_FLIGHT}");
    let median = format!("p50 {:.2} ms, floor {:.2} ms", gateway.latency_ms(0.5), floor.latency_ms(0.5));
    let p99 = Spread::single(gateway.latency_ms(0.99));
    let floor_p99 = Spread::single(floor.latency_ms(0.99));
    Ok([
        Figure::rate(&name, &mut gateway, &mut floor)
            .at_least_of_floor(0.6)
            .note(format!("answers of {} bytes, floor {}", bytes[1], bytes[0])),
        Figure::new(format!("{name} p99"), "ms", p99).floor(floor_p99).at_most(P99_LIMIT_MS).limited_by(median),
    ])
}

pub(super) async fn round(target: Target, identities: &Arc<Vec<Identity>>, length: Duration) -> Result<Round> {
    let connections = open_all(target, identities, CLI).await?;
    let mut workers = JoinSet::new();
    let start = Instant::now();
    for connection in connections {
        workers.spawn(keep_in_flight(connection, start + length));
    }
    let mut latencies = Vec::new();
    while let Some(worker) = workers.join_next().await {
        latencies.extend(worker??);
    }
    Ok(Round { operations: latencies.len() as u64, elapsed: start.elapsed(), latencies })
}

/// Answers each response with the next request until `end`, then waits for what is outstanding.
async fn keep_in_flight(mut connection: Connection, end: Instant) -> Result<Vec<u32>> {
    let requests: Vec<Vec<u8>> = (0..IN_FLIGHT).map(framed_request).collect();
    let mut sent = [Instant::now(); IN_FLIGHT];
    connection.send(&requests.concat()).await?;
    let mut outstanding = IN_FLIGHT;
    let mut latencies = Vec::new();
    let mut next = Vec::new();
    while outstanding > 0 {
        connection.fill().await?;
        next.clear();
        let now = Instant::now();
        while let Some(frame) = connection.take() {
            ensure!(!frame.is_close(), "closed while measuring");
            let Some(slot) = answered_slot(connection.payload(&frame))? else { continue };
            latencies.push(micros_since(sent[slot]));
            outstanding -= 1;
            if now < end {
                sent[slot] = now;
                next.extend_from_slice(&requests[slot]);
                outstanding += 1;
            }
        }
        if !next.is_empty() {
            connection.send(&next).await?;
        }
    }
    connection.close().await;
    Ok(latencies)
}

async fn answer_bytes(target: Target) -> Result<usize> {
    let route = Route::local(target.address);
    let (mut connection, _) = handshake(route, &Identity::generate(), CLI, target.token).await?;
    connection.send(&framed_request(0)).await?;
    let answer = connection.response("h0").await?;
    connection.close().await;
    Ok(answer.len())
}

fn framed_request(slot: usize) -> Vec<u8> {
    let mut framed = Vec::new();
    encode(TEXT, request(&format!("h{slot}"), "health", "").as_bytes(), &mut framed);
    framed
}

/// Which request a frame answers; events answer none, a refusal is an error.
fn answered_slot(text: &[u8]) -> Result<Option<usize>> {
    const KEY: &[u8] = b"\"id\":\"h";
    let Some(position) = find(head(text), KEY) else { return Ok(None) };
    if !is_ok(text) {
        bail!("health refused: {}", String::from_utf8_lossy(head(text)));
    }
    let digit = text.get(position + KEY.len()).copied().unwrap_or(0);
    Ok(Some(usize::from(digit.wrapping_sub(b'0')) % IN_FLIGHT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_request_is_answered_and_timed() {
        let (target, _serving) = crate::scenarios::tests::floor().await;
        let identities = Arc::new(Identity::generate_many(3));
        let round = round(target, &identities, Duration::from_millis(50)).await.unwrap();
        assert!(round.operations >= 3 * IN_FLIGHT as u64, "only {}", round.operations);
        assert_eq!(round.latencies.len() as u64, round.operations);
        assert!(round.elapsed >= Duration::from_millis(50));
    }

    #[test]
    fn events_answer_nothing_and_refusals_are_errors() {
        assert_eq!(answered_slot(br#"{"type":"res","id":"h5","ok":true}"#).unwrap(), Some(5));
        assert_eq!(answered_slot(br#"{"type":"event","event":"tick"}"#).unwrap(), None);
        assert!(answered_slot(br#"{"type":"res","id":"h5","ok":false}"#).is_err());
    }
}
