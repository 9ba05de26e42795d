//! Bytes that one answer costs on the wire, by its length, for both generations of the protocol.

use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use super::Stage;
use crate::ask::Ask;
use crate::chat::{ChatClient, Run};
use crate::identity::{CLI, ClientKind, OLD_CLI};
use crate::measure::{Spread, ratio};
use crate::report::Figure;
use crate::scenarios::Bench;

/// Characters of the answers; each four times the last.
const LENGTHS: [u32; 3] = [2_000, 8_000, 32_000];
/// Characters of a token.
const TOKEN: u32 = 8;
/// Linear, and room for what does not grow.
const EXPONENT_LIMIT: f64 = 1.1;
/// Protocol and a client that speaks no other.
const KINDS: [(u8, ClientKind); 2] = [(4, CLI), (3, OLD_CLI)];

pub(in crate::scenarios) async fn run(bench: Bench<'_>) -> Result<Vec<Figure>> {
    let stage = Stage::start(bench)?;
    let mut newer = ChatClient::connect(stage.gateway.target(), KINDS[0].1).await?;
    let mut older = ChatClient::connect(stage.gateway.target(), KINDS[1].1).await?;
    let mut runs = [Vec::new(), Vec::new()];
    for length in LENGTHS {
        let ask = Ask { tokens: length / TOKEN, size: TOKEN, wait: Duration::ZERO, gap: bench.plan.answer_gap };
        let name = |protocol: u8| format!("agent:main:bench-answers-{protocol}-{length}");
        let (four, three) = (name(4), name(3));
        let (four, three) = tokio::join!(newer.run(&four, ask), older.run(&three, ask));
        runs[0].push(four?);
        runs[1].push(three?);
    }
    let speed = ratio(f64::from(TOKEN), bench.plan.answer_gap.as_secs_f64());
    let figures = KINDS.iter().zip(&runs).flat_map(|((protocol, _), runs)| figures(*protocol, runs, speed));
    Ok(figures.collect())
}

fn figures(protocol: u8, runs: &[Run], speed: f64) -> Vec<Figure> {
    let bytes: Vec<f64> = runs.iter().map(|run| run.bytes as f64).collect();
    let of = |run: &Run, length: u32| {
        let times = ratio(run.bytes as f64, f64::from(length));
        format!("{length} characters: {} bytes in {} deltas, {times:.1} bytes each", run.bytes, run.deltas)
    };
    let lines: Vec<String> = runs.iter().zip(LENGTHS).map(|(run, length)| of(run, length)).collect();
    let growth = exponent(bytes[1], bytes[2]);
    let size = Figure::new(
        format!("bytes of an answer of 32k, protocol {protocol}"),
        "KiB",
        Spread::single(bytes[2] / 1024.0),
    );
    let size = size
        .limited_by(format!("chat and agent events at {speed:.0} characters/s; {}", lines.join("; ")))
        .details(json!({"lengths": LENGTHS, "bytes": bytes, "deltas": runs.iter().map(|run| run.deltas).collect::<Vec<_>>()}));
    let exponent = Figure::new(
        format!("growth of an answer's bytes with its length, protocol {protocol}"),
        "exponent",
        Spread::single(growth),
    );
    // Every event of the older protocol repeats the text so far; what it is held to is what is left to choose: how
    // many events there are.
    vec![size, if protocol == 4 { exponent.at_most(EXPONENT_LIMIT) } else { exponent }]
}

/// `e` in `bytes ~ length^e` between two lengths of which the second is four times the first.
fn exponent(shorter: f64, longer: f64) -> f64 {
    ratio(ratio(longer, shorter).ln(), 4_f64.ln())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponent_tells_lines_from_squares() {
        assert_eq!(exponent(100.0, 400.0), 1.0);
        assert_eq!(exponent(100.0, 1600.0), 2.0);
    }
}
