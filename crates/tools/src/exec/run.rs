//! One command from its start to the end of everything it started.

use std::io;
use std::time::Duration;

use thiserror::Error;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::capture::{Capture, Captured};
use super::output::{Pump, Started};
use super::pipe::Errors;
use super::plan::{ExecPlan, Stale};
use super::process::{Process, Status};
use super::{pipe, pty};
use crate::tool::{ExecLimits, Progress, ToolCx};

/// A command that writes more is ended: nobody reads it, and it takes a processor.
const MAX_OUTPUT_BYTES: u64 = 256 * 1024 * 1024;
/// How long output may come after the command itself ended (the rest of a pipeline).
const LINGER: Duration = Duration::from_millis(300);
/// How long killed processes get to vanish. One in an uninterruptible call takes longer and is left to the system.
const VANISH: Duration = Duration::from_secs(2);

/// Why a command was not started.
#[derive(Debug, Error)]
pub enum StartError {
    /// Program or folder were replaced meanwhile.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// The system refused.
    #[error("the command could not be started: {0}")]
    Io(#[from] io::Error),
}

/// What ended a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It ended by itself.
    Exited,
    /// It took too long.
    TimedOut,
    /// Nobody wants it any more.
    Cancelled,
    /// It wrote more than anybody reads.
    TooMuchOutput,
}

/// How a command ended.
#[derive(Debug)]
pub struct Finished {
    /// What ended it.
    pub ending: Ending,
    /// Unknown when even killing did not end it in time.
    pub status: Option<Status>,
    /// Standard output, or everything.
    pub captured: Captured,
    /// Standard error, where it was kept apart.
    pub errors: Option<Captured>,
    /// How long it took.
    pub duration: Duration,
    /// Whether processes it had left behind were ended.
    pub left_behind: bool,
}

/// What a run may take, and who hears of it.
#[derive(Debug, Clone)]
pub struct RunLimits {
    /// Limits of the command; each text of its output is bounded by itself.
    pub exec: ExecLimits,
    /// Where standard error goes.
    pub errors: Errors,
    /// Where output is reported while it comes.
    pub progress: Progress,
    /// Ends the command and all it started.
    pub cancel: CancellationToken,
}

/// Runs `plan` in a tool call.
pub(super) async fn run(plan: &ExecPlan, cx: &ToolCx) -> Result<Finished, StartError> {
    let (progress, cancel) = (cx.progress.clone(), cx.cancel.clone());
    execute(plan, RunLimits { exec: cx.exec, errors: Errors::WithOutput, progress, cancel }).await
}

/// Runs `plan`. Dropped before its end, it kills the command and all it started.
///
/// # Errors
/// [`StartError`] when nothing was started.
pub async fn execute(plan: &ExecPlan, limits: RunLimits) -> Result<Finished, StartError> {
    let RunLimits { exec, errors, progress, cancel } = limits;
    let begun = Instant::now();
    plan.verify()?;
    let Started { mut process, output, feed } = if plan.pty() { pty::start(plan) } else { pipe::start(plan, errors) }?;
    let apart = (errors == Errors::Apart).then(|| Capture::new(exec.max_output_bytes, Progress::none()));
    let mut pump = Pump::new(output, feed, Capture::new(exec.max_output_bytes, progress), apart);
    let ending = watch(&mut process, &mut pump, plan.timeout(), &cancel).await;
    let left_behind = match ending {
        Ending::Exited => {
            tokio::select! {
                () = pump.drain(LINGER) => {}
                () = cancel.cancelled() => {}
            }
            process.has_others().await
        }
        Ending::TimedOut | Ending::Cancelled | Ending::TooMuchOutput => false,
    };
    if left_behind || ending != Ending::Exited {
        stop(&mut process, &mut pump, exec.kill_grace).await;
    }
    let status = timeout(VANISH, process.exited()).await.ok().and_then(Result::ok);
    pump.drain(LINGER).await;
    process.reap();
    let (captured, errors) = pump.finish();
    Ok(Finished { ending, status, captured, errors, duration: begun.elapsed(), left_behind })
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
