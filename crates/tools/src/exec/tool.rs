//! `exec`: the tool. Makes a plan, has it decided, runs it, tells how it ended.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt};
use serde::Deserialize;
use serde_json::{Value, json};

use super::gate::ExecDecision;
use super::plan::{ExecPlan, PlanRequest};
use super::run::{self, Ending, Finished};
use crate::fs::arguments;
use crate::tool::{Group, Tool, ToolCx, ToolOutcome, ToolSpec};

const DESCRIPTION: &str = "Runs a command in the workspace and waits for its end. Give `command`, a line for the shell, or \
`argv`, a program with its arguments. It may need approval. Output beyond a limit keeps its beginning and end. When the \
command ends, is cancelled or takes too long, everything it started in the background is ended too.";

pub(crate) struct ExecTool(ToolSpec);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExecArgs {
    #[serde(default)]
    command: Option<String>,
    #[serde(default)]
    argv: Option<Vec<String>>,
    #[serde(default, alias = "workdir")]
    cwd: Option<String>,
    #[serde(default)]
    env: Option<BTreeMap<String, String>>,
    #[serde(default)]
    pty: Option<bool>,
    #[serde(default, alias = "timeout")]
    timeout_seconds: Option<f64>,
    #[serde(default)]
    stdin: Option<String>,
}

impl ExecTool {
    pub(crate) fn new() -> Self {
        let schema = json!({
            "type": "object",
            "properties": {
                "command": { "type": "string", "description": "A line for the shell" },
                "argv": { "type": "array", "items": { "type": "string" }, "description": "Program and arguments, without a shell; instead of `command`" },
                "cwd": { "type": "string", "description": "Folder, relative to the workspace (default: the workspace)" },
                "env": { "type": "object", "additionalProperties": { "type": "string" }, "description": "Additional environment variables" },
                "pty": { "type": "boolean", "description": "Give the command a terminal (default: false)" },
                "timeoutSeconds": { "type": "number", "exclusiveMinimum": 0, "description": "End the command after this time" },
                "stdin": { "type": "string", "description": "What the command reads from its standard input" }
            }
        });
        Self(ToolSpec {
            name: "exec".into(),
            label: "Run command".to_owned(),
            description: DESCRIPTION.to_owned(),
            group: Group::Runtime,
            input_schema: schema,
            source: "core".to_owned(),
        })
    }
}

impl Tool for ExecTool {
    fn spec(&self) -> &ToolSpec {
        &self.0
    }

    fn call(&self, cx: ToolCx, args: Value) -> BoxFuture<'static, ToolOutcome> {
        async move {
            match prepare(&cx, args).await {
                Ok(plan) => execute(&plan, &cx).await,
                Err(outcome) => outcome,
            }
        }
        .boxed()
    }
}

/// The plan, once made. Looking up programs and folders touches the disk, so it is done on a thread that may block.
async fn prepare(cx: &ToolCx, args: Value) -> Result<Arc<ExecPlan>, ToolOutcome> {
    let request = request(arguments("exec", args)?).map_err(ToolOutcome::error)?;
    let (workspace, base_env, limit) = (cx.workspace.clone(), cx.base_env.clone(), cx.exec.timeout);
    let planning = tokio::task::spawn_blocking(move || ExecPlan::new(request, &workspace, &base_env, limit));
    tokio::select! {
        biased;
        () = cx.cancel.cancelled() => Err(cancelled()),
        planned = planning => match planned {
            Ok(Ok(plan)) => Ok(Arc::new(plan)),
            Ok(Err(error)) => Err(ToolOutcome::error(error.to_string())),
            Err(error) => Err(ToolOutcome::error(format!("the command could not be planned: {error}"))),
        },
    }
}

fn request(args: ExecArgs) -> Result<PlanRequest, &'static str> {
    let request = match (args.command, args.argv) {
        (Some(line), None) if line.trim().is_empty() => return Err("`command` is empty"),
        (Some(line), None) => PlanRequest::shell(line),
        (None, Some(argv)) => PlanRequest::program(argv),
        _ => return Err("`exec` needs either `command` or `argv`"),
    };
    let timeout = match args.timeout_seconds {
        None => None,
        Some(seconds) if seconds.is_nan() || seconds <= 0.0 => return Err("`timeoutSeconds` must be more than 0"),
        Some(seconds) => Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)),
    };
    Ok(PlanRequest {
        cwd: args.cwd,
        env: args.env.unwrap_or_default(),
        stdin: args.stdin,
        pty: args.pty.unwrap_or(false),
        timeout,
        ..request
    })
}

async fn execute(plan: &Arc<ExecPlan>, cx: &ToolCx) -> ToolOutcome {
    let decision = tokio::select! {
        biased;
        () = cx.cancel.cancelled() => return cancelled(),
        decision = cx.gate.decide(plan.clone()) => decision,
    };
    if let ExecDecision::Denied { reason } = decision {
        let text = format!("The command was not run: {reason}");
        return ToolOutcome::error(text).with_details(json!({ "status": "denied", "command": plan.command_text() }));
    }
    if cx.cancel.is_cancelled() {
        return cancelled();
    }
    match Box::pin(run::run(plan, cx)).await {
        Ok(finished) => outcome(plan, &finished),
        Err(error) => ToolOutcome::error(error.to_string())
            .with_details(json!({ "status": "refused", "command": plan.command_text() })),
    }
}

fn cancelled() -> ToolOutcome {
    ToolOutcome::error("cancelled").with_details(json!({ "status": "cancelled" }))
}

fn outcome(plan: &ExecPlan, finished: &Finished) -> ToolOutcome {
    let code = finished.status.and_then(|status| status.code);
    let signal = finished.status.and_then(|status| status.signal);
    let mut text = finished.captured.text.trim_end().to_owned();
    if text.is_empty() {
        text.push_str("(no output)");
    }
    let (status, note) = match (finished.ending, code) {
        (Ending::Exited, Some(0)) => ("completed", None),
        (Ending::Exited, Some(code)) => ("failed", Some(format!("exit code {code}"))),
        (Ending::Exited, None) => {
            ("failed", Some(signal.map_or_else(|| "ended".to_owned(), |signal| format!("ended by signal {signal}"))))
        }
        (Ending::TimedOut, _) => {
            ("timeout", Some(format!("ended: it took more than {} s", plan.timeout().as_secs_f64())))
        }
        (Ending::Cancelled, _) => ("cancelled", Some("ended: cancelled".to_owned())),
        (Ending::TooMuchOutput, _) => ("too-much-output", Some("ended: it wrote more than 256 MiB".to_owned())),
    };
    if finished.left_behind {
        text.push_str("\n[processes it left in the background were ended]");
    }
    if let Some(note) = note {
        text.push_str(&format!("\n[{note}]"));
    }
    let mut details = json!({
        "status": status,
        "command": plan.command_text(),
        "cwd": plan.cwd().display().to_string(),
        "durationMs": u64::try_from(finished.duration.as_millis()).unwrap_or(u64::MAX),
        "outputBytes": finished.captured.total,
        "omittedBytes": finished.captured.omitted,
    });
    if let Some(code) = code {
        details["exitCode"] = code.into();
    }
    if let Some(signal) = signal {
        details["signal"] = signal.into();
    }
    let outcome = if status == "completed" { ToolOutcome::ok(text) } else { ToolOutcome::error(text) };
    outcome.with_details(details)
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
