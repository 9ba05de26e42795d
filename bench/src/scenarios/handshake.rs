//! Handshakes per second: devices that are paired, devices that are new, and whether ten thousand
//! known devices make a handshake dearer.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use serde_json::json;

use crate::handshakes::{Until, open_and_close};
use crate::identity::{CLI, Identity};
use crate::measure::{Meter, Series, Spread, ratio};
use crate::report::Figure;
use crate::scenarios::Bench;
use crate::server::{Program, Server};

const PAIRED_PER_SECOND: f64 = 3_000.0;
const NEW_PER_SECOND: f64 = 500.0;
/// Devices that connect again and again.
const REGULARS: usize = 64;
/// Times the CPU time with few devices that is still "the same cost": what rounds differ by anyway.
const SAME_COST: f64 = 1.15;

pub(super) async fn run(bench: Bench<'_>) -> Result<Vec<Figure>> {
    let floor = bench.launcher.start(Program::Floor)?;
    let few = bench.launcher.start(Program::Gateway(&bench.launcher.new_state()?))?;
    let many = bench.launcher.start(Program::Gateway(&bench.launcher.new_state()?))?;
    let new = new_devices(bench, &floor, &many).await?;
    let regulars = Arc::new(Identity::generate_many(REGULARS));
    for server in [&floor, &few, &many] {
        open_and_close(server.target(), &regulars, CLI, Until::EachConnected).await?;
    }
    let mut series = [Series::default(), Series::default(), Series::default()];
    for _ in 0..bench.plan.rounds {
        for (server, series) in [&floor, &few, &many].into_iter().zip(&mut series) {
            let meter = Meter::start(server);
            let until = Until::Deadline(Instant::now() + bench.plan.round);
            series.add(server, &meter, open_and_close(server.target(), &regulars, CLI, until).await?);
        }
    }
    let [mut floor, mut few, mut many] = series;
    let paired = Figure::rate("paired handshakes", &mut few, &mut floor).at_least(PAIRED_PER_SECOND);
    Ok(vec![paired, new, same_cost(bench, &mut few, &mut many)])
}

async fn new_devices(bench: Bench<'_>, floor: &Server, gateway: &Server) -> Result<Figure> {
    let mut series = [Series::default(), Series::default()];
    for _ in 0..bench.plan.rounds {
        for (server, series) in [floor, gateway].into_iter().zip(&mut series) {
            let strangers = Arc::new(Identity::generate_many(bench.plan.new_devices));
            let meter = Meter::start(server);
            let round = open_and_close(server.target(), &strangers, CLI, Until::EachConnected).await?;
            series.add(server, &meter, round);
        }
    }
    let [mut floor, mut gateway] = series;
    Ok(Figure::rate("new devices paired", &mut gateway, &mut floor).at_least(NEW_PER_SECOND))
}

/// Compares CPU time, not rates: a busy machine changes rates from one round to the next.
fn same_cost(bench: Bench<'_>, few: &mut Series, many: &mut Series) -> Figure {
    let known = bench.plan.rounds * bench.plan.new_devices;
    let relative = ratio(many.server_micros(), few.server_micros());
    Figure::new(format!("handshake CPU, {known} known vs {REGULARS}"), "x", Spread::single(relative))
        .at_most(SAME_COST)
        .limited_by(format!(
            "{:.0} us and {:.0} /s with {known} devices known, {:.0} us and {:.0} /s with {REGULARS}",
            many.server_micros(),
            many.rate().median,
            few.server_micros(),
            few.rate().median,
        ))
        .details(json!({
            "few": few.details(), "fewRate": few.rate(), "many": many.details(), "manyRate": many.rate()
        }))
}
