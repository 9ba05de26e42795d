//! How much later the first text and the end of an answer arrive through the gateway.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::{Value, json};

use super::Stage;
use super::load::together;
use crate::ask::Ask;
use crate::chat::Run;
use crate::measure::{Meter, Round, Series, Spread, ratio};
use crate::report::Figure;
use crate::scenarios::Bench;

/// Beyond the direct client, in milliseconds.
const P50_LIMIT_MS: f64 = 5.0;
const P99_LIMIT_MS: f64 = 20.0;
/// CPU time of the gateway for a run of 200 tokens, in milliseconds.
pub(super) const CPU_LIMIT_MS: f64 = 5.0;

/// A provider that thinks before it speaks, and speaks faster than any does today.
const ANSWER: Ask = Ask { wait: Duration::from_millis(20), gap: Duration::from_micros(1500), ..Ask::BURST };

/// Who asks, and when.
struct Load {
    /// For people.
    name: &'static str,
    sessions: usize,
    /// Rounds, as a multiple of the plan's.
    rounds: usize,
    ask: Ask,
    /// From one session's question to the next one's.
    spacing: Duration,
    /// Whether the median has a limit too.
    median_counts: bool,
}

const LOADS: [Load; 3] = [
    // With one session only the start matters, so the answer is short.
    Load {
        name: "1 session",
        sessions: 1,
        rounds: 8,
        ask: Ask { tokens: 30, ..ANSWER },
        spacing: Duration::ZERO,
        median_counts: true,
    },
    // All answer at the same time, none begins with another: the spacing spreads them over the length of an answer.
    Load {
        name: "16 sessions",
        sessions: 16,
        rounds: 1,
        ask: ANSWER,
        spacing: Duration::from_millis(17),
        median_counts: true,
    },
    // Whoever is served last waits for fifteen others, so the median tells how long all sixteen take.
    Load {
        name: "16 sessions in the same instant",
        sessions: 16,
        rounds: 1,
        ask: ANSWER,
        spacing: Duration::ZERO,
        median_counts: false,
    },
];

/// Differences of pairs, in milliseconds.
#[derive(Default)]
struct Overheads {
    first: Vec<f64>,
    total: Vec<f64>,
    direct_first: Vec<f64>,
    gateway_first: Vec<f64>,
    acknowledged: Vec<f64>,
}

pub(super) async fn run(bench: Bench<'_>) -> Result<Vec<Figure>> {
    let stage = Stage::start(bench)?;
    let mut figures = Vec::new();
    for load in &LOADS {
        figures.extend(measure(&stage, load, load.rounds * bench.plan.chat_rounds).await?);
    }
    Ok(figures)
}

async fn measure(stage: &Stage, load: &Load, rounds: usize) -> Result<Vec<Figure>> {
    let (mut direct, mut chats) = (stage.direct(load.sessions).await?, stage.chats(load.sessions).await?);
    let how = (load.ask, load.spacing);
    for answer in 0..2 {
        together(&mut direct, ("warm", answer), how).await?;
        together(&mut chats, ("warm", answer), how).await?;
    }
    let name = load.name.replace(' ', "-");
    let (mut overheads, mut series) = (Overheads::default(), Series::default());
    for answer in 0..rounds {
        let near = together(&mut direct, (&name, answer), how).await?;
        let (meter, start) = (Meter::start(&stage.gateway), Instant::now());
        let far = together(&mut chats, (&name, answer), how).await?;
        let round = Round { operations: far.len() as u64, elapsed: start.elapsed(), latencies: Vec::new() };
        series.add(&stage.gateway, &meter, round);
        overheads.add(&near, &far);
    }
    let mut figures = overheads.figures(load);
    if load.ask.tokens == ANSWER.tokens && load.median_counts {
        let speed = ratio(1.0, load.ask.gap.as_secs_f64());
        let name = format!("CPU of a run of {} tokens, {} at {speed:.0} tokens/s", load.ask.tokens, load.name);
        let figure = Figure::new(name, "ms", Spread::single(series.server_micros() / 1000.0)).at_most(CPU_LIMIT_MS);
        let note = "user and system time of the gateway; every token arrives on its own";
        figures.push(figure.limited_by(note).details(series.details()));
    }
    Ok(figures)
}

impl Overheads {
    fn add(&mut self, near: &[Run], far: &[Run]) {
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        for (near, far) in near.iter().zip(far) {
            self.acknowledged.push(ms(far.acknowledged));
            let (near, far) = (near.timing, far.timing);
            self.first.push(ms(far.first) - ms(near.first));
            self.total.push(ms(far.total) - ms(near.total));
            self.direct_first.push(ms(near.first));
            self.gateway_first.push(ms(far.first));
        }
    }

    fn figures(mut self, load: &Load) -> Vec<Figure> {
        let name = |share: &str| format!("first delta beyond the direct client, {}, {share}", load.name);
        let note = format!(
            "{} pairs; acknowledged p50 {:.1} ms, first delta p50 {:.1} ms direct, {:.1} ms through the gateway; provider waits {} ms",
            self.first.len(),
            at(&mut self.acknowledged, 0.5),
            at(&mut self.direct_first, 0.5),
            at(&mut self.gateway_first, 0.5),
            load.ask.wait.as_millis()
        );
        let details = self.details();
        let (p50, p99) = (at(&mut self.first, 0.5), at(&mut self.first, 0.99));
        let median = Figure::new(name("p50"), "ms", Spread::single(p50)).limited_by(note).details(details);
        let median = if load.median_counts { median.at_most(P50_LIMIT_MS) } else { median };
        vec![median, Figure::new(name("p99"), "ms", Spread::single(p99)).at_most(P99_LIMIT_MS)]
    }

    fn details(&mut self) -> Value {
        let shares = |values: &mut Vec<f64>| json!({"p50Ms": at(values, 0.5), "p90Ms": at(values, 0.9), "p99Ms": at(values, 0.99)});
        json!({
            "firstDelta": shares(&mut self.first), "wholeAnswer": shares(&mut self.total),
            "direct": shares(&mut self.direct_first), "gateway": shares(&mut self.gateway_first),
            "acknowledged": shares(&mut self.acknowledged),
        })
    }
}

/// The value that this share (0..1) of all stays under, nearest rank.
fn at(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let rank = (share * values.len() as f64).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::direct::Timing;

    #[test]
    fn overheads_are_differences_of_pairs() {
        let run = |first: u64, total: u64| {
            let (first, total) = (Duration::from_millis(first), Duration::from_millis(total));
            Run { timing: Timing { first, total }, ..Run::default() }
        };
        let mut overheads = Overheads::default();
        overheads.add(&[run(20, 50), run(30, 60)], &[run(22, 51), run(29, 66)]);
        assert_eq!((overheads.first.clone(), overheads.total.clone()), (vec![2.0, -1.0], vec![1.0, 6.0]));
        assert_eq!((at(&mut overheads.first, 0.5), at(&mut overheads.first, 0.99)), (-1.0, 2.0));
    }
}
