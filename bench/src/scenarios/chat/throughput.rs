//! Whole answers per second from many sessions at once, and what one costs.

use std::time::Instant;

use anyhow::Result;

use super::Stage;
use super::latency::CPU_LIMIT_MS;
use super::load::{Client, Until, again_and_again};
use crate::ask::Ask;
use crate::measure::{Meter, Round, Series, Spread};
use crate::report::Figure;
use crate::scenarios::Bench;
use crate::server::Server;

const SESSIONS: usize = 64;
const RUNS_PER_SECOND: f64 = 200.0;

pub(super) async fn run(bench: Bench<'_>) -> Result<Vec<Figure>> {
    let stage = Stage::start(bench)?;
    let (mut direct, mut chats) = (stage.direct(SESSIONS).await?, stage.chats(SESSIONS).await?);
    again_and_again(&mut chats, "warm", Ask::BURST, &Until::answers(SESSIONS)).await?;
    let mut series = [Series::default(), Series::default()];
    let [near, far] = &mut series;
    for number in 0..bench.plan.rounds {
        let name = format!("round{number}");
        round(bench, (&stage.provider, &mut direct), &name, near).await?;
        round(bench, (&stage.gateway, &mut chats), &name, far).await?;
    }
    let [mut direct, mut gateway] = series;
    let cpu = Spread::single(gateway.server_micros() / 1000.0);
    let cpu = Figure::new(format!("CPU of a run of 200 tokens, {SESSIONS} sessions at once"), "ms", cpu);
    let rate = Figure::rate(format!("runs of 200 tokens, {SESSIONS} sessions"), &mut gateway, &mut direct);
    let note = format!("the floor is {SESSIONS} direct clients of the provider; answers without pauses");
    Ok(vec![
        rate.at_least(RUNS_PER_SECOND).note(note),
        cpu.at_most(CPU_LIMIT_MS).limited_by("user and system time of the gateway"),
    ])
}

async fn round<C: Client>(
    bench: Bench<'_>,
    (server, clients): (&Server, &mut Vec<C>),
    name: &str,
    series: &mut Series,
) -> Result<()> {
    let meter = Meter::start(server);
    let start = Instant::now();
    let runs = again_and_again(clients, name, Ask::BURST, &Until::Deadline(start + bench.plan.round)).await?;
    let latencies = runs.iter().map(|run| u32::try_from(run.timing.total.as_micros()).unwrap_or(u32::MAX)).collect();
    series.add(server, &meter, Round { operations: runs.len() as u64, elapsed: start.elapsed(), latencies });
    Ok(())
}
