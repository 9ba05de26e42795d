//! One run of the `postern` command.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::TestGateway;

/// What a run of the command came to.
#[derive(Debug)]
pub(crate) struct Cli {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Cli {
    /// Its output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl TestGateway {
    /// Runs `postern ARGS` with this gateway's state folder and token, as its owner would in a shell.
    pub(crate) fn cli(&self, args: &[&str]) -> Cli {
        self.cli_with(args, &[])
    }

    /// The same with more in its environment.
    pub(crate) fn cli_with(&self, args: &[&str], more: &[(&str, &str)]) -> Cli {
        let state = self.state_dir();
        let url = self.url();
        let mut env = vec![("POSTERN_STATE_DIR", state.to_str().unwrap()), ("POSTERN_GATEWAY_URL", &url)];
        env.extend(self.token.as_deref().map(|token| ("POSTERN_GATEWAY_TOKEN", token)));
        env.extend(more);
        run(args, &env)
    }
}

/// Runs `postern ARGS` with exactly these variables besides `PATH`; `HOME` is a folder of its own.
pub(crate) fn run(args: &[&str], env: &[(&str, &str)]) -> Cli {
    run_with_input(args, env, "")
}

/// The same with text on its standard input.
pub(crate) fn run_with_input(args: &[&str], env: &[(&str, &str)], input: &str) -> Cli {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_postern"));
    command.args(args).env_clear().env("PATH", std::env::var("PATH").unwrap_or_default());
    command.env("HOME", home.path()).env("POSTERN_CREDENTIALS", "file").envs(env.iter().copied());
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    // A command that reads no input may have ended by now.
    drop(child.stdin.take().map(|mut stdin| stdin.write_all(input.as_bytes())));
    let mut stderr_pipe = child.stderr.take().unwrap();
    let stderr = std::thread::spawn(move || {
        let mut text = String::new();
        stderr_pipe.read_to_string(&mut text).map(|_| text)
    });
    let output = child.wait_with_output().unwrap();
    Cli {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: stderr.join().unwrap().unwrap(),
    }
}
