//! Memory of the gateway after many thousand answers.

use anyhow::Result;
use serde_json::json;

use super::Stage;
use super::load::{Until, again_and_again};
use crate::ask::Ask;
use crate::measure::Spread;
use crate::report::Figure;
use crate::scenarios::Bench;

const SESSIONS: usize = 64;
const LIMIT_MB: f64 = 20.0;
/// Measured so often on the way, to see whether it levels off.
const PARTS: usize = 4;

pub(in crate::scenarios) async fn run(bench: Bench<'_>) -> Result<Vec<Figure>> {
    let stage = Stage::start(bench)?;
    let mut chats = stage.chats(SESSIONS).await?;
    again_and_again(&mut chats, "warm", Ask::BURST, &Until::answers(2 * SESSIONS)).await?;
    let mut sizes = vec![stage.gateway.memory()];
    for part in 0..PARTS {
        let until = Until::answers(bench.plan.turns / PARTS);
        again_and_again(&mut chats, &format!("part{part}"), Ask::BURST, &until).await?;
        sizes.push(stage.gateway.memory());
    }
    tokio::time::sleep(bench.plan.rest).await;
    sizes.push(stage.gateway.memory());
    let megabytes: Vec<f64> = sizes.iter().map(|memory| memory.resident as f64 / 1e6).collect();
    let grown = megabytes.last().zip(megabytes.first()).map_or(0.0, |(last, first)| last - first);
    let path: Vec<String> = megabytes.iter().map(|size| format!("{size:.1}")).collect();
    let figure = Figure::new(format!("memory growth after {} answers", bench.plan.turns), "MB", Spread::single(grown));
    Ok(vec![
        figure
            .at_most(LIMIT_MB)
            .limited_by(format!("resident {} MB, from quarter to quarter and at rest", path.join(" -> ")))
            .details(json!({
                "residentBytes": sizes.iter().map(|memory| memory.resident).collect::<Vec<_>>(),
                "anonymousBytes": sizes.iter().map(|memory| memory.anonymous).collect::<Vec<_>>(),
            })),
    ])
}
