//! Hostile clients beside calm ones: what another client's `health` costs meanwhile, and whether
//! a new client still gets in from the same address.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use serde_json::json;

use crate::measure::{Spread, percentile_ms};
use crate::report::Figure;
use crate::scenarios::Bench;
use crate::scenarios::attack::{ATTACKS, Attack};
use crate::scenarios::observer::{self, Observation};
use crate::server::{Program, Server};

/// A calm latency below this counts as this: a tenth of a millisecond more or less is noise.
const CALM_AT_LEAST_MS: f64 = 2.0;
const TIMES_CALM: f64 = 3.0;
const NEWCOMER_LIMIT_MS: f64 = 100.0;
/// What a reader that never reads may cost: 50 MiB unsent bytes (`handshake.md §11`) and slack.
const GROWTH_LIMIT_MB: f64 = 64.0;

/// One phase on one server.
struct Outcome {
    observation: Observation,
    p99: f64,
    /// Sockets of the attackers that the server still tolerates at the end.
    still_open: usize,
    story: String,
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
    let (held, resident_peak) =
        tokio::join!(attack.carry_out(target, prepared, end), peak_memory(server, || thread.is_finished()));
    let (still_open, story) = (held.still_open(), held.story.clone());
    drop(held);
    let joined = thread.join().map_err(|_| anyhow!("the observer failed"))?;
    let mut observation = joined.map_err(|error| error.context(format!("{}: {}", attack.name(), server.log_tail())))?;
    let p99 = percentile_ms(&mut observation.latencies, 0.99);
    let log_bytes = server.log_bytes() - log_before;
    anyhow::ensure!(server.is_running(), "the server died: {}", server.log_tail());
    // The next phase starts from rest.
    tokio::time::sleep(bench.plan.rest / 4).await;
    Ok(Outcome { observation, p99, still_open, story, resident_before, resident_peak, log_bytes })
}

async fn peak_memory(server: &Server, is_over: impl Fn() -> bool) -> u64 {
    let mut peak = 0;
    while !is_over() {
        peak = peak.max(server.memory().resident);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    peak
}

fn describe(attack: Attack, outcome: &Outcome, beside: &Outcome, calm: f64) -> Vec<Figure> {
    let name = attack.name();
    let limit = calm * TIMES_CALM;
    let lost = outcome.observation.lost;
    let p99 = Figure::new(format!("health p99, {name}"), "ms", Spread::single(outcome.p99))
        .floor(Spread::single(beside.p99))
        .limited_by(format!(
            "slowest {:.1} ms, {lost} lost, attackers' sockets open at the end {}, log {} KB{}{}",
            slowest_ms(&outcome.observation),
            outcome.still_open,
            outcome.log_bytes / 1000,
            if outcome.story.is_empty() { "" } else { "; " },
            outcome.story
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
    let mut figures = vec![p99.target(target, outcome.p99 <= limit && lost == 0), newcomers(name, outcome, beside)];
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
