//! The real program as a child process.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;

use super::{DEADLINE, Endpoint};

/// The token of gateways that the suite starts.
pub(crate) const TOKEN: &str = "suite-token-7h3Kp0wQzV5n";

/// Configuration of a gateway that believes the forwarded headers of this machine.
pub(crate) const PROXIED: &str = r#"{gateway: {trustedProxies: ["127.0.0.1"]}}"#;

/// How a gateway is to be started.
#[derive(Debug, Clone)]
pub(crate) struct Builder {
    config: Option<String>,
    env: Vec<(String, String)>,
    args: Vec<String>,
    token: Option<String>,
}

impl Builder {
    /// Writes this JSON5 text as its configuration.
    pub(crate) fn config(mut self, json5: &str) -> Self {
        self.config = Some(json5.to_owned());
        self
    }

    /// Sets an environment variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds arguments to `gateway --port 0 --json`.
    pub(crate) fn args(mut self, args: &[&str]) -> Self {
        self.args.extend(args.iter().map(|arg| (*arg).to_owned()));
        self
    }

    /// Sets this token in the environment.
    pub(crate) fn token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// Sets no token in the environment.
    pub(crate) fn no_token(mut self) -> Self {
        self.token = None;
        self
    }

    fn fresh_state(&self) -> tempfile::TempDir {
        let state = tempfile::tempdir().unwrap();
        if let Some(config) = &self.config {
            postern_gateway::private::make_folder(&state_dir(&state)).unwrap();
            std::fs::write(state_dir(&state).join("postern.json"), config).unwrap();
        }
        state
    }

    /// Starts it and waits for its ready line.
    pub(crate) fn start(self) -> TestGateway {
        let state = self.fresh_state();
        TestGateway::spawn(self, state).unwrap_or_else(|failed| panic!("did not start: {failed:?}"))
    }

    /// Starts it, and it ends without having served.
    pub(crate) fn fails(self) -> Failed {
        let state = self.fresh_state();
        match TestGateway::spawn(self, state) {
            Ok(gateway) => panic!("it started: {}", gateway.ready),
            Err(failed) => failed,
        }
    }
}

/// A start that failed.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) status: ExitStatus,
    /// First line of its output.
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A gateway process with a state folder of its own; killed when dropped.
pub(crate) struct TestGateway {
    endpoint: Endpoint,
    /// The ready line.
    pub(crate) ready: Value,
    builder: Builder,
    child: Child,
    stdout: Receiver<String>,
    state: tempfile::TempDir,
}

impl Deref for TestGateway {
    type Target = Endpoint;

    fn deref(&self) -> &Endpoint {
        &self.endpoint
    }
}

impl TestGateway {
    /// A gateway with every default and [`TOKEN`].
    pub(crate) fn start() -> Self {
        Self::builder().start()
    }

    /// A gateway that believes this machine's forwarded headers, so that callers can be remote.
    pub(crate) fn proxied() -> Self {
        Self::builder().config(PROXIED).start()
    }

    /// A gateway to be configured.
    pub(crate) fn builder() -> Builder {
        Builder { config: None, env: Vec::new(), args: Vec::new(), token: Some(TOKEN.to_owned()) }
    }

    fn spawn(builder: Builder, state: tempfile::TempDir) -> Result<Self, Failed> {
        let log = File::options().create(true).append(true).open(state.path().join("stderr.log")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_postern"));
        command.args(["gateway", "--port", "0", "--json"]).args(&builder.args);
        command.env_clear().envs(kept_environment());
        command
            .env("HOME", state.path())
            .env("POSTERN_STATE_DIR", state_dir(&state))
            .env("POSTERN_CREDENTIALS", "file");
        command.envs(builder.token.iter().map(|token| ("POSTERN_GATEWAY_TOKEN", token)));
        command.envs(builder.env.iter().map(|(name, value)| (name, value)));
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let stdout = lines_of(child.stdout.take().unwrap());
        let line = stdout.recv_timeout(DEADLINE).unwrap_or_default();
        let ready: Value = serde_json::from_str(&line).unwrap_or_default();
        if ready["event"] != "ready" {
            // It said what is wrong and ends, or it said nothing and hangs.
            while stdout.recv_timeout(DEADLINE).is_ok() {}
            drop(child.kill());
            let status = child.wait().unwrap();
            let stderr = std::fs::read_to_string(state.path().join("stderr.log")).unwrap_or_default();
            return Err(Failed { status, stdout: line, stderr });
        }
        let port = ready["port"].as_u64().and_then(|port| u16::try_from(port).ok()).unwrap();
        let endpoint = Endpoint { port, token: builder.token.clone() };
        Ok(Self { endpoint, ready, builder, child, stdout, state })
    }

    /// Where it listens, to outlive a borrow of the gateway.
    pub(crate) fn endpoint(&self) -> Endpoint {
        self.endpoint.clone()
    }

    /// Its state folder.
    pub(crate) fn state_dir(&self) -> PathBuf {
        state_dir(&self.state)
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it logged so far, over all restarts.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.state.path().join("stderr.log")).unwrap_or_default()
    }

    /// Asks it to stop.
    pub(crate) fn terminate(&self) {
        let pid = self.child.id().to_string();
        // Windows knows no polite way to end a console program from outside.
        let (program, args) =
            if cfg!(unix) { ("kill", vec!["-TERM", &pid]) } else { ("taskkill", vec!["/F", "/PID", &pid]) };
        assert!(Command::new(program).args(args).status().unwrap().success());
    }

    /// Asks it to stop and waits; returns how it ended and the rest of its output.
    pub(crate) fn stop(&mut self) -> (ExitStatus, Vec<String>) {
        self.terminate();
        self.wait()
    }

    /// Waits for its end; returns how it ended and the rest of its output.
    pub(crate) fn wait(&mut self) -> (ExitStatus, Vec<String>) {
        let mut lines = Vec::new();
        while let Ok(line) = self.stdout.recv_timeout(DEADLINE) {
            lines.push(line);
        }
        (self.child.wait().unwrap(), lines)
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill9(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Stops it, and starts it again with the same state on another port.
    pub(crate) fn restart(mut self) -> Self {
        self.stop();
        self.start_again()
    }

    /// Starts one that has ended again, with the same state on another port.
    pub(crate) fn start_again(mut self) -> Self {
        let state = std::mem::replace(&mut self.state, tempfile::tempdir().unwrap());
        Self::spawn(self.builder.clone(), state).unwrap_or_else(|failed| panic!("did not start again: {failed:?}"))
    }
}

impl Drop for TestGateway {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        if std::thread::panicking() {
            eprintln!("--- log of the gateway, pid {} ---\n{}---", self.child.id(), self.log());
        }
    }
}

fn state_dir(state: &tempfile::TempDir) -> PathBuf {
    state.path().join("state")
}

/// What the program needs of its surroundings, and none of its settings.
pub(super) fn kept_environment() -> impl Iterator<Item = (String, String)> {
    let kept = |name: &str| matches!(name, "PATH" | "LD_LIBRARY_PATH" | "TMPDIR" | "SystemRoot" | "LLVM_PROFILE_FILE");
    std::env::vars().filter(move |(name, _)| kept(name))
}

/// The lines of a pipe, read by a thread so that a wait can end.
pub(super) fn lines_of(pipe: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

/// Every regular file below a folder.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.file_type().unwrap() {
            kind if kind.is_dir() => files.extend(files_below(&entry.path())),
            _ => files.push(entry.path()),
        }
    }
    files
}
