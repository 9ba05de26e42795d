//! From a written configuration file to a gateway that runs with it: when a client hears of it, on a socket that stays.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::client::{Connection, Route, find, head};
use crate::identity::{Identity, TUI, handshake};
use crate::measure::{Spread, micros_since, percentile_ms};
use crate::report::Figure;
use crate::scenarios::Bench;
use crate::server::Program;

const CHANGES: u32 = 50;
const WITHIN_MS: f64 = 100.0;
const DEADLINE: Duration = Duration::from_secs(5);

pub(super) async fn run(bench: Bench<'_>) -> Result<Vec<Figure>> {
    let state = bench.launcher.new_state()?;
    let file = state.join("postern.json");
    fs::write(&file, text(0))?;
    let gateway = bench.launcher.start(Program::Gateway(&state))?;
    let target = gateway.target();
    let (mut client, _) = handshake(Route::local(target.address), &Identity::generate(), TUI, target.token).await?;
    let mut latencies = Vec::new();
    for change in 1..=CHANGES {
        // As editors do: another file that takes the place of the old one.
        let next = state.join("next.json");
        fs::write(&next, text(change))?;
        let written = Instant::now();
        fs::rename(&next, &file)?;
        tokio::time::timeout(DEADLINE, changed(&mut client)).await.context("no config.changed")??;
        latencies.push(micros_since(written));
    }
    let slowest = percentile_ms(&mut latencies, 1.0);
    let figure = Figure::new("changed file in force, slowest of 50", "ms", Spread::single(slowest))
        .at_most(WITHIN_MS)
        .limited_by(format!("p50 {:.1} ms; the socket stayed open", percentile_ms(&mut latencies, 0.5)));
    Ok(vec![figure])
}

fn text(change: u32) -> String {
    format!(
        "{{ session: {{ mainKey: \"main\" }}, agents: {{ list: [{{ id: \"main\", name: \"Ada {change}\" }}] }} }}\n"
    )
}

async fn changed(client: &mut Connection) -> Result<()> {
    loop {
        let text = client.next_text().await?;
        if find(head(&text), b"\"event\":\"config.changed\"").is_some() {
            return Ok(());
        }
    }
}
