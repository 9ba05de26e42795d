//! One program of the system that does one thing for a call.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postern_tools::exec::{Ending, Errors, RunLimits, execute, find_program};
use postern_tools::{ExecLimits, ExecPlan, PlanRequest, Progress};
use tokio::process::Command;
use tokio::time::timeout;

use crate::commands::{Host, Invoke};
use crate::refusal::{Outcome, Refusal};

/// The longest such a program may take.
const LONGEST: Duration = Duration::from_secs(120);
/// How long a program that opens something gets to say that it did not work.
const OPENING: Duration = Duration::from_secs(5);
/// What is told of its complaints, characters from their end.
const TOLD: usize = 400;

/// A program and its arguments.
#[derive(Debug, Clone)]
pub(crate) struct Helper {
    program: &'static str,
    args: Vec<String>,
    env: Vec<(&'static str, String)>,
}

impl Helper {
    pub(crate) const fn new(program: &'static str, args: Vec<String>) -> Self {
        Self { program, args, env: Vec::new() }
    }

    #[must_use]
    pub(crate) fn with_env(mut self, name: &'static str, value: String) -> Self {
        self.env.push((name, value));
        self
    }

    /// Starts it as a program of the user's own: what it starts, a browser for example, stays when it has ended.
    pub(crate) async fn open(self, host: &Host) -> Outcome<()> {
        let env = &host.options.desktop_env;
        let program = find_program(self.program, env.get("PATH").map(String::as_str))
            .ok_or_else(|| Refusal::unsupported(format!("{} is not there any more", self.program)))?;
        let mut command = Command::new(&program);
        command.args(self.args).env_clear().envs(env).current_dir(&host.options.home);
        opened(command, self.program).await
    }

    /// Its standard output, once it has ended well.
    pub(crate) async fn run(self, host: &Host, call: &Invoke) -> Outcome<String> {
        let program = self.program;
        let mut env = host.options.desktop_env.clone();
        env.extend(self.env.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let request = PlanRequest::program(std::iter::once(program.to_owned()).chain(self.args));
        let plan = ExecPlan::anywhere(request, &host.options.scratch, &env, call.limit.min(LONGEST))
            .map_err(|error| Refusal::unsupported(error.to_string()))?;
        let (exec, cancel) = (ExecLimits::default(), call.cancel.clone());
        let limits = RunLimits { exec, errors: Errors::Apart, progress: Progress::none(), cancel };
        let finished = execute(&plan, limits).await.map_err(|error| Refusal::failed(format!("{program}: {error}")))?;
        match (finished.ending, finished.status.and_then(|status| status.code)) {
            (Ending::Exited, Some(0)) => Ok(finished.captured.text),
            (Ending::TimedOut, _) => Err(Refusal::new("TIMEOUT", format!("{program} took too long"))),
            _ => {
                let said = finished.errors.map(|errors| errors.text).unwrap_or_default();
                let said = said.trim();
                let end: String = said.chars().skip(said.chars().count().saturating_sub(TOLD)).collect();
                Err(Refusal::failed(format!("{program} failed: {end}")))
            }
        }
    }
}

/// Waits a moment for a program that opens something. One that stays is what was opened.
async fn opened(mut command: Command, name: &str) -> Outcome<()> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // Its own, so that the terminal of the node host does not end it.
    #[cfg(unix)]
    command.process_group(0);
    let failed = |why: String| Refusal::failed(format!("{name}: {why}"));
    let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
    match timeout(OPENING, child.wait()).await {
        Err(_) => Ok(()),
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(failed(format!("it failed ({status})"))),
        Ok(Err(error)) => Err(failed(error.to_string())),
    }
}

/// A file that a program fills, gone with this value.
pub(super) struct Scratch(pub(super) PathBuf);

impl Scratch {
    pub(super) fn new(host: &Host, extension: &str) -> Self {
        Self(host.options.scratch.join(format!("{}.{extension}", uuid::Uuid::new_v4())))
    }

    pub(super) fn path(&self) -> String {
        self.0.to_string_lossy().into_owned()
    }

    /// What is in it, in base64; `most` bytes fit into an answer.
    pub(super) async fn base64(&self, most: usize) -> Outcome<String> {
        let failed = |error: std::io::Error| Refusal::failed(format!("nothing was recorded: {error}"));
        let size = tokio::fs::metadata(&self.0).await.map_err(failed)?.len();
        let encoded = size.div_ceil(3).saturating_mul(4);
        if encoded > most as u64 {
            return Err(Refusal::new(
                "PAYLOAD_TOO_LARGE",
                format!("the recording has {size} bytes, more than the gateway takes; ask for less"),
            ));
        }
        Ok(STANDARD.encode(tokio::fs::read(&self.0).await.map_err(failed)?))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // It may never have been written.
        drop(std::fs::remove_file(&self.0));
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    fn script(text: &str, folder: &std::path::Path) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", text]).current_dir(folder);
        command
    }

    #[tokio::test]
    async fn what_was_opened_stays() {
        let folder = tempfile::tempdir().unwrap();
        opened(script("sleep 1000 & echo $! > pid", folder.path()), "opener").await.unwrap();
        let pid = std::fs::read_to_string(folder.path().join("pid")).unwrap();
        let told = |signal: &str| {
            let status = std::process::Command::new("kill").args([signal, pid.trim()]).status();
            status.is_ok_and(|status| status.success())
        };
        assert!(told("-0"), "the browser of the user runs on");
        told("-KILL");
        let refused = opened(script("exit 3", folder.path()), "opener").await.unwrap_err();
        assert!(refused.message.contains("opener: it failed"), "{refused}");
    }
}
