//! Hostile clients beside calm ones: what another client's `health` costs meanwhile, and whether
//! a new client still gets in from the same address.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use serde_json::json;

use crate::measure::{Meter, Spread, percentile_ms};
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
    slowest: f64,
    /// Sockets of the attackers that the server still tolerates at the end.
    still_open: usize,
    story: String,
    growth_mb: f64,
    log_bytes: u64,
    /// Share of the machine that other programs used, 0..1.
    others: f64,
}

/// The phases of one attack, in turn on both servers.
struct Phases {
    attack: Attack,
    floor: Vec<Outcome>,
    gateway: Vec<Outcome>,
}

pub(super) async fn run(bench: Bench<'_>) -> Result<Vec<Figure>> {
    let mut floor = bench.launcher.start(Program::Floor)?;
    let mut gateway = bench.launcher.start(Program::Gateway(&bench.launcher.new_state()?))?;
    let mut figures = Vec::new();
    let mut calm = CALM_AT_LEAST_MS;
    for attack in ATTACKS {
        let mut phases = Phases { attack, floor: Vec::new(), gateway: Vec::new() };
        for _ in 0..bench.plan.phases {
            phases.floor.push(phase(bench, attack, &mut floor).await?);
            phases.gateway.push(phase(bench, attack, &mut gateway).await?);
        }
        let p99 = phases.p99();
        if attack == Attack::None {
            calm = calm.max(spread(&phases.gateway, |outcome| outcome.p99).median);
            figures.push(p99);
        } else {
            figures.push(phases.judge(p99, calm));
        }
        figures.push(phases.newcomers());
        if attack == Attack::NeverReads {
            figures.push(phases.growth());
        }
    }
    Ok(figures)
}

async fn phase(bench: Bench<'_>, attack: Attack, server: &mut Server) -> Result<Outcome> {
    let target = server.target();
    let length = bench.plan.phase;
    let prepared = attack.prepare(target, length).await?;
    let (resident, log_bytes) = (server.memory().resident, server.log_bytes());
    let (meter, end) = (Meter::start(server), Instant::now() + length);
    let thread = observer::start(target, length).await?;
    let (held, peak) =
        tokio::join!(attack.carry_out(target, prepared, end), peak_memory(server, || thread.is_finished()));
    let (still_open, story, others) = (held.still_open(), held.story.clone(), meter.others(server));
    drop(held);
    let mut observation = thread.join().map_err(|_| anyhow!("the observer failed"))??;
    ensure!(server.is_running(), "the server died: {}", server.log_tail());
    let outcome = Outcome {
        p99: percentile_ms(&mut observation.latencies, 0.99),
        slowest: percentile_ms(&mut observation.latencies, 1.0),
        observation,
        still_open,
        story,
        growth_mb: peak.saturating_sub(resident) as f64 / 1e6,
        log_bytes: server.log_bytes() - log_bytes,
        others,
    };
    // The next phase starts from rest.
    tokio::time::sleep(bench.plan.rest / 4).await;
    Ok(outcome)
}

async fn peak_memory(server: &Server, is_over: impl Fn() -> bool) -> u64 {
    let mut peak = 0;
    while !is_over() {
        peak = peak.max(server.memory().resident);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    peak
}

impl Phases {
    fn p99(&self) -> Figure {
        let story = self.gateway.last().map_or("", |outcome| &outcome.story);
        let limit = format!(
            "slowest {:.1} ms, {} lost, {:.0} attack sockets open at the end, log {:.0} KB; {:.0} % of the machine used by others",
            spread(&self.gateway, |outcome| outcome.slowest).max,
            self.lost(),
            spread(&self.gateway, |outcome| outcome.still_open as f64).max,
            spread(&self.gateway, |outcome| outcome.log_bytes as f64 / 1e3).max,
            spread(&self.gateway, |outcome| outcome.others * 100.0).median,
        );
        let figure = Figure::new(
            format!("health p99, {}", self.attack.name()),
            "ms",
            spread(&self.gateway, |outcome| outcome.p99),
        );
        let figure = figure.floor(spread(&self.floor, |outcome| outcome.p99)).limited_by(limit);
        let figure = figure.details(json!({
            "lost": self.lost(),
            "slowestMs": spread(&self.gateway, |outcome| outcome.slowest),
            "floorSlowestMs": spread(&self.floor, |outcome| outcome.slowest),
            "attackSocketsOpenAtEnd": spread(&self.gateway, |outcome| outcome.still_open as f64),
            "logBytes": spread(&self.gateway, |outcome| outcome.log_bytes as f64),
            "growthMb": spread(&self.gateway, |outcome| outcome.growth_mb),
            "busyShareOfOthers": spread(&self.gateway, |outcome| outcome.others),
        }));
        if story.is_empty() { figure } else { figure.note(story) }
    }

    fn judge(&self, p99: Figure, calm: f64) -> Figure {
        let median = spread(&self.gateway, |outcome| outcome.p99).median;
        p99.target(format!("<= {TIMES_CALM} x {calm:.1} ms"), median <= calm * TIMES_CALM && self.lost() == 0)
    }

    fn newcomers(&self) -> Figure {
        let waits = |outcomes: &[Outcome]| -> Vec<f64> {
            outcomes.iter().flat_map(|outcome| outcome.observation.newcomers.iter().copied()).collect()
        };
        let refusals: Vec<_> = self.gateway.iter().flat_map(|outcome| &outcome.observation.refusals).collect();
        let milliseconds = waits(&self.gateway);
        let spread = Spread::of(&milliseconds);
        let pass = refusals.is_empty() && spread.max < NEWCOMER_LIMIT_MS;
        let all = milliseconds.len() + refusals.len();
        let figure = Figure::new(format!("new client, {}", self.attack.name()), "ms", spread)
            .floor(Spread::of(&waits(&self.floor)))
            .target(format!("all < {NEWCOMER_LIMIT_MS} ms"), pass)
            .limited_by(format!("{} of {all} got in", milliseconds.len()))
            .details(json!({ "milliseconds": milliseconds, "refusals": refusals }));
        match refusals.first() {
            Some(refusal) => figure.note(format!("first refusal: {refusal}")),
            None => figure,
        }
    }

    fn growth(&self) -> Figure {
        Figure::new(
            format!("memory growth, {}", self.attack.name()),
            "MB",
            spread(&self.gateway, |outcome| outcome.growth_mb),
        )
        .floor(spread(&self.floor, |outcome| outcome.growth_mb))
        .at_most(GROWTH_LIMIT_MB)
        .limited_by("answers queued for a client that does not read")
    }

    fn lost(&self) -> usize {
        self.gateway.iter().map(|outcome| outcome.observation.lost).sum()
    }
}

fn spread(outcomes: &[Outcome], value: impl Fn(&Outcome) -> f64) -> Spread {
    Spread::of(&outcomes.iter().map(value).collect::<Vec<_>>())
}
