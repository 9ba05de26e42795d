//! `system.run`: one program with its arguments, never through a shell of ours, within the rules of this computer.

use std::sync::Arc;

use postern_tools::exec::{Captured, Ending, Errors, Finished, RunLimits, execute};
use postern_tools::{ExecLimits, Progress};
use serde_json::{Value, json};

use super::params::{Planned, RunParams};
use crate::commands::{Host, Invoke, blocking};
use crate::refusal::{Outcome, Refusal, read};

/// Bytes kept of each of the two outputs.
const MAX_OUTPUT: usize = 200_000;
/// What sessions are told of the output, characters from its end.
const TOLD: usize = 2_000;
/// Pieces of progress that wait to be sent; what comes faster is left out.
const PIECES: usize = 16;

pub(crate) async fn run(host: &Arc<Host>, call: &Invoke) -> Outcome {
    let params: Arc<RunParams> = Arc::new(read(&call.command, &call.params)?);
    let planned = Arc::new(params.plan(host, call).await?);
    let decided = decide(host, &params, &planned).await;
    let events = Events { params: &params, call, command: planned.plan.command_text() };
    if let Err(refusal) = decided {
        events.tell("exec.denied", json!({ "reason": refusal.message })).await;
        return Err(refusal);
    }
    let (finished, ()) = tokio::join!(execute_told(&planned, call), events.tell("exec.started", json!({})));
    let finished = match finished {
        Ok(finished) => finished,
        Err(refusal) => {
            events.tell("exec.denied", json!({ "reason": refusal.message })).await;
            return Err(refusal);
        }
    };
    let result = result(&finished, call.link.room());
    let facts = json!({
        "exitCode": result["exitCode"],
        "timedOut": result["timedOut"],
        "success": result["success"],
        "output": told(&finished),
        "suppressNotifyOnExit": params.is_quiet(),
    });
    events.tell("exec.finished", facts).await;
    Ok(result)
}

/// Whether it runs now. What is remembered of that is written down.
async fn decide(host: &Arc<Host>, params: &Arc<RunParams>, planned: &Arc<Planned>) -> Outcome<()> {
    let (host, params, planned) = (Arc::clone(host), Arc::clone(params), Arc::clone(planned));
    let decide = move || {
        let approval = params.approval()?;
        host.judge.decide(&planned.plan, &planned.judged, params.agent_id(), approval)
    };
    blocking(decide).await
}

/// Runs it; its standard output is told while it comes, where the gateway listens.
async fn execute_told(planned: &Planned, call: &Invoke) -> Outcome<Finished> {
    let told = call.link.progress(&call.id);
    let (progress, mut pieces) = Progress::bounded(PIECES);
    let limits = RunLimits {
        exec: ExecLimits { max_output_bytes: MAX_OUTPUT, ..ExecLimits::default() },
        errors: Errors::Apart,
        progress: if told.is_some() { progress } else { Progress::none() },
        cancel: call.cancel.clone(),
    };
    let running = execute(&planned.plan, limits);
    tokio::pin!(running);
    let ended = match told {
        None => running.await,
        Some(told) => loop {
            tokio::select! {
                biased;
                ended = &mut running => break ended,
                Some(piece) = pieces.recv() => {
                    tokio::select! {
                        biased;
                        ended = &mut running => break ended,
                        () = told.send(piece) => {}
                    }
                }
            }
        },
    };
    ended.map_err(|error| Refusal::failed(error.to_string()))
}

fn result(finished: &Finished, room: usize) -> Value {
    let code = finished.status.and_then(|status| status.code);
    let signal = finished.status.and_then(|status| status.signal);
    let timed_out = finished.ending == Ending::TimedOut;
    let error = match finished.ending {
        Ending::Exited => signal.map(|signal| format!("ended by signal {signal}")),
        Ending::TimedOut => Some("it took too long and was ended".to_owned()),
        Ending::Cancelled => Some("cancelled".to_owned()),
        Ending::TooMuchOutput => Some("it wrote more than 256 MiB and was ended".to_owned()),
    };
    let (stdout, stderr) = (Some(&finished.captured), finished.errors.as_ref());
    let mut limit = usize::MAX;
    loop {
        let (out, err) = (cut(stdout, limit), cut(stderr, limit));
        let is_cut = [stdout, stderr].into_iter().flatten().any(|text| text.omitted > 0 || text.text.len() > limit);
        let result = json!({
            "exitCode": code,
            "timedOut": timed_out,
            "success": finished.ending == Ending::Exited && code == Some(0),
            "stdout": out,
            "stderr": err,
            "error": error,
            "signal": signal,
            "truncated": is_cut,
            "durationMs": u64::try_from(finished.duration.as_millis()).unwrap_or(u64::MAX),
        });
        // It travels as a text in a text, where a character may become many.
        let size = Value::String(result.to_string()).to_string().len();
        if size <= room || limit < 1_000 {
            return result;
        }
        limit = limit.min(MAX_OUTPUT) / 2;
    }
}

/// The end of a text: what went wrong stands there.
fn cut(captured: Option<&Captured>, limit: usize) -> &str {
    let text = captured.map_or("", |captured| captured.text.as_str());
    text.get(text.ceil_char_boundary(text.len().saturating_sub(limit))..).unwrap_or_default()
}

fn told(finished: &Finished) -> String {
    let errors = finished.errors.as_ref().map_or("", |errors| errors.text.as_str());
    let all = format!("{}{}{errors}", finished.captured.text, if errors.is_empty() { "" } else { "\n" });
    let all = all.trim();
    all.chars().skip(all.chars().count().saturating_sub(TOLD)).collect()
}

/// Tells the session what becomes of a command.
struct Events<'a> {
    params: &'a RunParams,
    call: &'a Invoke,
    command: String,
}

impl Events<'_> {
    async fn tell(&self, event: &str, facts: Value) {
        let mut payload = json!({
            "sessionKey": self.params.session(self.call).unwrap_or("node"),
            "runId": self.params.run_id().unwrap_or(&self.call.id),
            "invokeId": self.call.id,
            "host": "node",
            "command": self.command,
        });
        if let (Some(payload), Value::Object(facts)) = (payload.as_object_mut(), facts) {
            payload.extend(facts.into_iter().filter(|(_, fact)| !fact.is_null()));
        }
        self.call.link.tell(event, &payload).await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn finished(stdout: &str) -> Finished {
        let text = |text: &str| Captured { text: text.to_owned(), total: text.len() as u64, omitted: 0 };
        Finished {
            ending: Ending::Exited,
            status: Some(postern_tools::exec::Status { code: Some(0), signal: None }),
            captured: text(stdout),
            errors: Some(text("warning")),
            duration: Duration::from_millis(5),
            left_behind: false,
        }
    }

    #[test]
    fn what_does_not_fit_keeps_its_end_and_says_so() {
        let whole = result(&finished("all of it"), 10_000);
        assert_eq!((&whole["stdout"], &whole["truncated"]), (&json!("all of it"), &json!(false)));
        let long = format!("{}ü-the-end", "\u{1}".repeat(100_000));
        let short = result(&finished(&long), 60_000);
        assert_eq!(short["truncated"], json!(true));
        assert!(short["stdout"].as_str().unwrap().ends_with("ü-the-end"));
        assert_eq!(short["stderr"], json!("warning"));
        assert!(Value::String(short.to_string()).to_string().len() <= 60_000);
    }
}
