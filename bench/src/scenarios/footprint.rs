//! Start time, idle memory and size of the executable.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::json;

use crate::client::Route;
use crate::identity::{CLI, Identity, handshake};
use crate::measure::Spread;
use crate::report::Figure;
use crate::scenarios::Bench;
use crate::server::{Program, Server};

const START_LIMIT_MS: f64 = 100.0;
const IDLE_LIMIT_MB: f64 = 25.0;
const SIZE_LIMIT_MB: f64 = 25.0;
const START_DEADLINE: Duration = Duration::from_secs(10);
const RETRY: Duration = Duration::from_millis(1);

pub(super) async fn run(bench: Bench<'_>) -> Result<Vec<Figure>> {
    let state = bench.launcher.new_state()?;
    let identity = Identity::generate();
    // The first start creates the state and pairs the device; it is not timed.
    time_to_hello(bench, Program::Gateway(&state), &identity).await?.0.stop().await?;
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..bench.plan.starts {
        for (program, times) in [Program::Floor, Program::Gateway(&state)].into_iter().zip(&mut times) {
            let (server, elapsed) = time_to_hello(bench, program, &identity).await?;
            times.push(elapsed.as_secs_f64() * 1000.0);
            server.stop().await?;
        }
    }
    let [floor, gateway] = times;
    let start = Figure::new("exec to hello-ok", "ms", Spread::of(&gateway))
        .floor(Spread::of(&floor))
        .at_most(START_LIMIT_MS)
        .limited_by("opening the store and reading keys, before the first handshake is answered");
    Ok(vec![start, idle_memory(bench, &state, &identity).await?, size(bench)?])
}

/// Starts a server and connects until it says hello.
async fn time_to_hello(bench: Bench<'_>, program: Program<'_>, identity: &Identity) -> Result<(Server, Duration)> {
    let start = Instant::now();
    let mut server = bench.launcher.start_unready(program)?;
    let target = server.target();
    loop {
        let attempt = handshake(Route::local(target.address), identity, CLI, target.token).await;
        let elapsed = start.elapsed();
        match attempt {
            Ok((connection, _)) => {
                connection.close().await;
                return Ok((server, elapsed));
            }
            Err(error) => ensure!(
                elapsed < START_DEADLINE && server.is_running(),
                "no hello after {elapsed:?}: {error:#}\n{}",
                server.log_tail()
            ),
        }
        tokio::time::sleep(RETRY).await;
    }
}

async fn idle_memory(bench: Bench<'_>, state: &Path, identity: &Identity) -> Result<Figure> {
    let (floor, _) = time_to_hello(bench, Program::Floor, identity).await?;
    let (gateway, _) = time_to_hello(bench, Program::Gateway(state), identity).await?;
    tokio::time::sleep(bench.plan.rest).await;
    let (floor, gateway) = (floor.memory(), gateway.memory());
    Ok(Figure::new("idle memory", "MB", Spread::single(megabytes(gateway.resident)))
        .floor(Spread::single(megabytes(floor.resident)))
        .at_most(IDLE_LIMIT_MB)
        .limited_by(format!("{:.1} MB of it is heap and stacks, the rest mapped code", megabytes(gateway.anonymous)))
        .details(json!({ "residentBytes": gateway.resident, "anonymousBytes": gateway.anonymous })))
}

fn size(bench: Bench<'_>) -> Result<Figure> {
    let bytes = std::fs::metadata(bench.launcher.gateway_path())?.len();
    Ok(Figure::new("executable", "MB", Spread::single(megabytes(bytes)))
        .at_most(SIZE_LIMIT_MB)
        .limited_by("code that is linked in; symbols are stripped already")
        .details(json!({ "bytes": bytes })))
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
