//! The last 200 messages of a very long session beside those of a short one.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use crate::ask::Ask;
use crate::chat::{ChatClient, configuration};
use crate::identity::CLI;
use crate::measure::{Spread, micros_since, percentile_ms, ratio};
use crate::report::Figure;
use crate::scenarios::Bench;
use crate::server::Program;

const SHORT: (&str, usize) = ("agent:main:bench-history-short", 300);
const LONG: &str = "agent:main:bench-history-long";
/// Messages asked for.
const LIMIT: usize = 200;
/// Calls of a round, for each of the two.
const CALLS: usize = 50;
const RATIO_LIMIT: f64 = 1.5;

pub(in crate::scenarios) async fn run(bench: Bench<'_>) -> Result<Vec<Figure>> {
    let provider = bench.launcher.start(Program::Provider)?;
    let state = bench.launcher.new_state()?;
    std::fs::write(state.join("postern.json"), configuration(provider.target().address))?;
    let sessions = [SHORT, (LONG, bench.plan.messages)];
    // The product writes the first messages of both; the rest are copies, made while it is not running.
    let writing = bench.launcher.start(Program::Gateway(&state))?;
    let mut chat = ChatClient::connect(writing.target(), CLI).await?;
    for (key, _) in sessions {
        chat.run(key, Ask::BURST).await?;
    }
    writing.stop().await?;
    for (key, messages) in sessions {
        lengthen(&state.join("postern.sqlite"), key, messages).await.with_context(|| format!("lengthening {key}"))?;
    }
    let gateway = bench.launcher.start(Program::Gateway(&state))?;
    let mut chat = ChatClient::connect(gateway.target(), CLI).await?;
    for (key, messages) in sessions {
        check(&mut chat, key, messages).await?;
    }
    let (mut ratios, mut short, mut long) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.plan.rounds {
        let (near, far) = round(&mut chat).await?;
        ratios.push(ratio(far, near));
        short.push(near);
        long.push(far);
    }
    let name = format!("history of {} messages beside one of {}, last {LIMIT}", bench.plan.messages, SHORT.1);
    let figure = Figure::new(name, "times", Spread::of(&ratios)).at_most(RATIO_LIMIT);
    let (short, long) = (Spread::of(&short).median, Spread::of(&long).median);
    Ok(vec![figure.limited_by(format!("p50 {long:.2} ms for the long one, {short:.2} ms for the short one"))])
}

/// Median milliseconds of both, called in turn.
async fn round(chat: &mut ChatClient) -> Result<(f64, f64)> {
    let mut latencies = [Vec::new(), Vec::new()];
    for _ in 0..CALLS {
        for (key, latencies) in [SHORT.0, LONG].into_iter().zip(&mut latencies) {
            let start = Instant::now();
            history(chat, key).await?;
            latencies.push(micros_since(start));
        }
    }
    let [short, long] = &mut latencies;
    Ok((percentile_ms(short, 0.5), percentile_ms(long, 0.5)))
}

async fn history(chat: &mut ChatClient, key: &str) -> Result<Vec<u8>> {
    chat.call("chat.history", &json!({"sessionKey": key, "limit": LIMIT})).await
}

/// The page must be full, and end with the last message.
async fn check(chat: &mut ChatClient, key: &str, messages: usize) -> Result<()> {
    let answer: Value = serde_json::from_slice(&history(chat, key).await?)?;
    let page = answer["payload"]["messages"].as_array().context("a history without messages")?;
    let last = page.last().and_then(|message| message["__openclaw"]["seq"].as_u64());
    ensure!(page.len() == LIMIT && last == Some(messages as u64), "{} messages, the last is {last:?}", page.len());
    Ok(())
}

/// Repeats what was said in a session until it has this many messages.
async fn lengthen(store: &Path, key: &str, messages: usize) -> Result<()> {
    const COPY: &str = "INSERT INTO transcript (session_id, seq, message_id, run_id, ts_ms, role, body, text)
        WITH RECURSIVE copies (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM copies WHERE number < $1)
        SELECT session_id, seq + number * $2, message_id || printf('%x', number), run_id, ts_ms + number, role, body, text
        FROM copies, transcript WHERE session_id = $3 ORDER BY number, seq";
    let options = SqliteConnectOptions::new().filename(store).busy_timeout(Duration::from_secs(5));
    let mut connection = options.connect().await?;
    let facts = "SELECT body ->> 'sessionId', body ->> 'lastSeq' FROM sessions WHERE key = $1";
    let (id, said): (String, i64) = sqlx::query_as(facts).bind(key).fetch_one(&mut connection).await?;
    let wanted = i64::try_from(messages)?;
    ensure!(said > 0 && wanted % said == 0, "{said} messages do not repeat to {wanted}");
    sqlx::query(COPY).bind(wanted / said - 1).bind(said).bind(id).execute(&mut connection).await?;
    let last = "UPDATE sessions SET body = json_set(body, '$.lastSeq', $1) WHERE key = $2";
    sqlx::query(last).bind(wanted).bind(key).execute(&mut connection).await?;
    Ok(connection.close().await?)
}
