//! One command from its start to the end of everything it started.

use std::io;
use std::time::Duration;

use thiserror::Error;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::capture::{Capture, Captured};
use super::output::{Pump, Started};
use super::plan::{ExecPlan, Stale};
use super::process::{Process, Status};
use super::{pipe, pty};
use crate::tool::ToolCx;

/// A command that writes more is ended: nobody reads it, and it takes a processor.
const MAX_OUTPUT_BYTES: u64 = 256 * 1024 * 1024;
/// How long output may come after the command itself ended (the rest of a pipeline).
const LINGER: Duration = Duration::from_millis(300);
/// How long killed processes get to vanish. One in an uninterruptible call takes longer and is left to the system.
const VANISH: Duration = Duration::from_secs(2);

/// Why a command was not started.
#[derive(Debug, Error)]
pub(super) enum StartError {
    #[error(transparent)]
    Stale(#[from] Stale),
    #[error("the command could not be started: {0}")]
    Io(#[from] io::Error),
}

/// What ended a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Exited,
    TimedOut,
    Cancelled,
    TooMuchOutput,
}

#[derive(Debug)]
pub(super) struct Finished {
    pub(super) ending: Ending,
    /// Unknown when even killing did not end it in time.
    pub(super) status: Option<Status>,
    pub(super) captured: Captured,
    pub(super) duration: Duration,
    /// Whether processes it had left behind were ended.
    pub(super) left_behind: bool,
}

/// Runs `plan`. Dropped before its end, it kills the command and all it started.
pub(super) async fn run(plan: &ExecPlan, cx: &ToolCx) -> Result<Finished, StartError> {
    let begun = Instant::now();
    plan.verify()?;
    let Started { mut process, output, feed } = if plan.pty() { pty::start(plan) } else { pipe::start(plan) }?;
    let mut pump = Pump::new(output, feed, Capture::new(cx.exec.max_output_bytes, cx.progress.clone()));
    let ending = watch(&mut process, &mut pump, plan.timeout(), &cx.cancel).await;
    let left_behind = match ending {
        Ending::Exited => {
            tokio::select! {
                () = pump.drain(LINGER) => {}
                () = cx.cancel.cancelled() => {}
            }
            process.has_others().await
        }
        Ending::TimedOut | Ending::Cancelled | Ending::TooMuchOutput => false,
    };
    if left_behind || ending != Ending::Exited {
        stop(&mut process, &mut pump, cx.exec.kill_grace).await;
    }
    let status = timeout(VANISH, process.exited()).await.ok().and_then(Result::ok);
    pump.drain(LINGER).await;
    process.reap();
    Ok(Finished { ending, status, captured: pump.finish(), duration: begun.elapsed(), left_behind })
}

async fn watch(process: &mut Process, pump: &mut Pump, limit: Duration, cancel: &CancellationToken) -> Ending {
    let ended = async {
        tokio::select! {
            biased;
            () = cancel.cancelled() => Ending::Cancelled,
            () = tokio::time::sleep(limit) => Ending::TimedOut,
            _ = process.exited() => Ending::Exited,
        }
    };
    tokio::pin!(ended);
    loop {
        tokio::select! {
            biased;
            ending = &mut ended => return ending,
            () = pump.step(), if pump.is_active() => {
                if pump.total() > MAX_OUTPUT_BYTES {
                    return Ending::TooMuchOutput;
                }
            }
        }
    }
}

/// Asks all to end, and kills what is left after `grace`. Output is read meanwhile: it often says what went wrong.
async fn stop(process: &mut Process, pump: &mut Pump, grace: Duration) {
    process.ask_to_end();
    if pump.until(timeout(grace, gone(process))).await.is_ok() {
        return;
    }
    let killing = async {
        loop {
            process.kill();
            // Again, for what was started between looking and killing.
            if timeout(Duration::from_millis(100), gone(process)).await.is_ok() {
                return;
            }
        }
    };
    if pump.until(timeout(VANISH, killing)).await.is_err() {
        tracing::warn!("processes of a command outlived being killed");
    }
}

async fn gone(process: &mut Process) {
    drop(process.exited().await);
    process.emptied().await;
}
