//! The calm side of the hostility scenario: a client that calls `health` every millisecond and
//! clients that are new, on a thread of their own so that the attack does not slow them down.

use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::client::{Connection, Route, find, head, request};
use crate::identity::{CLI, Identity, handshake};
use crate::measure::micros_since;
use crate::server::Target;

/// One request each; sent on time whether or not the last one was answered, so that a stall
/// counts once for every request it delays.
const PERIOD: Duration = Duration::from_millis(1);
/// Requests that may wait for an answer; a gateway may refuse more.
const MOST_WAITING: usize = 64;
/// How long answers may be late before they count as lost.
const GRACE: Duration = Duration::from_secs(10);
const NEWCOMERS: u32 = 12;
const NEWCOMER_DEADLINE: Duration = Duration::from_secs(5);

/// What calm clients saw during one phase.
pub(super) struct Observation {
    /// Latency of each answered `health` call in microseconds.
    pub(super) latencies: Vec<u32>,
    /// Calls that were never answered.
    pub(super) lost: usize,
    /// Milliseconds each new client waited for hello-ok.
    pub(super) newcomers: Vec<f64>,
    /// Why a new client did not get in, for those that did not.
    pub(super) refusals: Vec<String>,
}

/// Connects the calm client, then observes for `length`. Returns once the calm client is
/// connected; the observation starts at that moment.
pub(super) async fn start(target: Target, length: Duration) -> Result<JoinHandle<Result<Observation>>> {
    let (ready, connected) = oneshot::channel();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(observe(target, length, ready))
    });
    if connected.await.is_err() {
        let outcome = thread.join().map_err(|_| anyhow!("the observer failed"))?;
        outcome.context("the calm client could not connect")?;
        bail!("the observer ended early");
    }
    Ok(thread)
}

async fn observe(target: Target, length: Duration, ready: oneshot::Sender<()>) -> Result<Observation> {
    let identity = Identity::generate();
    let (calm, _) = handshake(Route::local(target.address), &identity, CLI, target.token).await?;
    // The caller waits for this; if it has gone, so has the reason to observe.
    ready.send(()).map_err(|()| anyhow!("nobody waits for the observation"))?;
    let mut newcomers = JoinSet::new();
    for number in 0..NEWCOMERS {
        newcomers.spawn(newcomer(target, length / NEWCOMERS * number + length / (2 * NEWCOMERS)));
    }
    let mut observation = Observation { latencies: Vec::new(), lost: 0, newcomers: Vec::new(), refusals: Vec::new() };
    if let Err(error) = call_health(calm, length, &mut observation).await {
        // Losing the calm client is a result, not a reason to stop measuring.
        observation.lost = observation.lost.max(1);
        observation.refusals.push(format!("{error:#}"));
    }
    while let Some(outcome) = newcomers.join_next().await {
        match outcome? {
            Ok(milliseconds) => observation.newcomers.push(milliseconds),
            Err(error) => observation.refusals.push(format!("{error:#}")),
        }
    }
    Ok(observation)
}

/// A device nobody has seen before, from the address everybody uses.
async fn newcomer(target: Target, delay: Duration) -> Result<f64> {
    let identity = Identity::generate();
    tokio::time::sleep(delay).await;
    let start = Instant::now();
    let attempt = handshake(Route::local(target.address), &identity, CLI, target.token);
    let (connection, _) = tokio::time::timeout(NEWCOMER_DEADLINE, attempt).await.context("no hello in 5 s")??;
    let elapsed = start.elapsed();
    connection.close().await;
    Ok(elapsed.as_secs_f64() * 1000.0)
}

async fn call_health(mut calm: Connection, length: Duration, seen: &mut Observation) -> Result<()> {
    let end = Instant::now() + length;
    let mut ticker = tokio::time::interval(PERIOD);
    ticker.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut sent: Vec<Instant> = Vec::new();
    while Instant::now() < end || seen.latencies.len() < sent.len() {
        let waiting = sent.len() - seen.latencies.len();
        tokio::select! {
            _ = ticker.tick(), if Instant::now() < end && waiting < MOST_WAITING => {
                calm.send_text(&request(&format!("h{}", sent.len()), "health", "")).await?;
                sent.push(Instant::now());
            }
            read = calm.fill() => {
                read.context("the calm client was disconnected")?;
                record_answers(&mut calm, &sent, &mut seen.latencies)?;
            }
            () = tokio::time::sleep_until((end + GRACE).into()) => break,
        }
    }
    seen.lost = sent.len() - seen.latencies.len();
    calm.close().await;
    Ok(())
}

fn record_answers(calm: &mut Connection, sent: &[Instant], latencies: &mut Vec<u32>) -> Result<()> {
    while let Some(frame) = calm.take() {
        if frame.is_close() {
            bail!("the calm client was closed");
        }
        let answered = answered_number(calm.payload(&frame)).and_then(|number| sent.get(number));
        latencies.extend(answered.map(|sent| micros_since(*sent)));
    }
    Ok(())
}

fn answered_number(text: &[u8]) -> Option<usize> {
    const KEY: &[u8] = b"\"id\":\"h";
    let digits = &text[find(head(text), KEY)? + KEY.len()..];
    let end = digits.iter().position(|byte| !byte.is_ascii_digit())?;
    std::str::from_utf8(&digits[..end]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_matched_to_its_request() {
        assert_eq!(answered_number(br#"{"type":"res","id":"h17","ok":true}"#), Some(17));
        assert_eq!(answered_number(br#"{"type":"event","event":"tick"}"#), None);
    }
}
