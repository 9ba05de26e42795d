//! TLS: handshakes per second, whole ones and resumed ones, and `health` over wss beside plain ws.

use std::fs;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;

use super::health;
use crate::client::Route;
use crate::handshakes::PARALLEL;
use crate::identity::Identity;
use crate::measure::{Meter, Round, Series, micros_since};
use crate::report::Figure;
use crate::scenarios::Bench;
use crate::server::{Program, Server, Target};
use crate::tls::{Sessions, connector};

const HANDSHAKES_PER_SECOND: f64 = 1_000.0;
/// Share of the plain throughput that encryption leaves.
const SHARE_OF_PLAIN: f64 = 0.6;
const CONNECTIONS: usize = 4;
const CONFIG: &str = "{gateway: {tls: {enabled: true}}}\n";

pub(super) async fn run(bench: Bench<'_>) -> Result<Vec<Figure>> {
    let state = bench.launcher.new_state()?;
    fs::write(state.join("postern.json"), CONFIG)?;
    let encrypted = bench.launcher.start(Program::Gateway(&state))?;
    let plain = bench.launcher.start(Program::Gateway(&bench.launcher.new_state()?))?;
    let mut figures = Vec::new();
    for (name, sessions) in [("TLS handshakes", Sessions::New), ("TLS handshakes, resumed", Sessions::Resumed)] {
        figures.push(handshakes(bench, &encrypted, name, sessions).await?);
    }
    figures.push(throughput(bench, &encrypted, &plain).await?);
    Ok(figures)
}

async fn handshakes(bench: Bench<'_>, server: &Server, name: &str, sessions: Sessions) -> Result<Figure> {
    let target = server.target();
    shake(target, sessions, Instant::now() + bench.plan.round / 4).await?;
    let mut series = Series::default();
    for _ in 0..bench.plan.rounds {
        let meter = Meter::start(server);
        series.add(server, &meter, shake(target, sessions, Instant::now() + bench.plan.round).await?);
    }
    let limit = format!(
        "each with one request; p50 {:.2} ms, {:.0} us of the gateway's CPU",
        series.latency_ms(0.5),
        series.server_micros()
    );
    let details = series.details();
    let figure = Figure::new(name, "/s", series.rate()).at_least(HANDSHAKES_PER_SECOND);
    Ok(figure.limited_by(limit).details(details))
}

/// Connects, asks one question and closes, again and again.
async fn shake(target: Target, sessions: Sessions, end: Instant) -> Result<Round> {
    let start = Instant::now();
    let mut workers = JoinSet::new();
    for worker in 0..PARALLEL {
        let connector = connector(sessions)?;
        workers.spawn(async move {
            let mut latencies = Vec::new();
            let mut index = worker;
            let mut begun = Instant::now();
            while begun < end {
                ask_once(target, index, &connector).await?;
                latencies.push(micros_since(begun));
                index += PARALLEL;
                begun = Instant::now();
            }
            anyhow::Ok(latencies)
        });
    }
    let mut latencies = Vec::new();
    while let Some(worker) = workers.join_next().await {
        latencies.extend(worker??);
    }
    Ok(Round { operations: latencies.len() as u64, elapsed: start.elapsed(), latencies })
}

async fn ask_once(target: Target, index: usize, connector: &TlsConnector) -> Result<()> {
    let stream = Route::spread(target.address, index).connect().await.context("connecting")?;
    let name = crate::tls::server_name(target.address);
    let mut stream = connector.connect(name, stream).await.context("the TLS handshake")?;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n").await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    ensure!(answer.starts_with(b"HTTP/1.1 200"), "no answer over TLS");
    Ok(())
}

async fn throughput(bench: Bench<'_>, encrypted: &Server, plain: &Server) -> Result<Figure> {
    let identities = Arc::new(Identity::generate_many(CONNECTIONS));
    let targets = [(encrypted, Target { tls: true, ..encrypted.target() }), (plain, plain.target())];
    for (_, target) in targets {
        health::round(target, &identities, bench.plan.round / 4).await?;
    }
    let mut series = [Series::default(), Series::default()];
    for _ in 0..bench.plan.rounds {
        for ((server, target), series) in targets.into_iter().zip(&mut series) {
            let meter = Meter::start(server);
            series.add(server, &meter, health::round(target, &identities, bench.plan.round).await?);
        }
    }
    let [mut encrypted, mut plain] = series;
    let figure = Figure::rate("health over wss, beside ws", &mut encrypted, &mut plain);
    Ok(figure.at_least_of_floor(SHARE_OF_PLAIN).note("the floor is the same gateway without TLS"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// A round that is long enough for a debug build.
    const SHORT: Duration = Duration::from_millis(50);

    #[tokio::test]
    async fn a_server_without_tls_is_an_error_and_not_a_fast_one() {
        let (target, _serving) = crate::scenarios::tests::floor().await;
        assert!(shake(target, Sessions::New, Instant::now() + SHORT).await.is_err());
    }
}
