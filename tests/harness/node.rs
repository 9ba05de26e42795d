//! The real node host as a child process, on a computer of its own as far as folders go.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, TryRecvError};

use serde_json::Value;

use super::process::{kept_environment, lines_of};
use super::{Cli, Endpoint, run, until};

/// A node host; killed when dropped.
pub(crate) struct TestNode {
    child: Child,
    stdout: Receiver<String>,
    home: tempfile::TempDir,
    /// What it said so far.
    pub(crate) said: Vec<Value>,
}

impl TestNode {
    /// Runs `postern node run --json` against this gateway, with its token where it has one.
    pub(crate) fn start(gateway: &Endpoint, args: &[&str]) -> Self {
        Self::start_in(gateway, args, &[])
    }

    /// The same with these variables in its environment.
    pub(crate) fn start_in(gateway: &Endpoint, args: &[&str], env: &[(&str, &str)]) -> Self {
        let url = gateway.url();
        let mut all = vec!["--url", &url];
        all.extend(gateway.token.as_deref().into_iter().flat_map(|token| ["--token", token]));
        all.extend(args);
        Self::by(Command::new(env!("CARGO_BIN_EXE_postern")), tempfile::tempdir().unwrap(), &all, env)
    }

    /// The same without any word about a gateway, in a folder that may have been used before.
    pub(crate) fn with(home: tempfile::TempDir, args: &[&str]) -> Self {
        Self::by(Command::new(env!("CARGO_BIN_EXE_postern")), home, args, &[])
    }

    /// The same on a computer at the other end of the cable, without TLS.
    #[cfg(target_os = "linux")]
    pub(crate) fn beyond(cable: &super::Cable, args: &[&str]) -> Self {
        let mut command = cable.far_command("env");
        command.args(["POSTERN_ALLOW_PLAINTEXT=1", env!("CARGO_BIN_EXE_postern")]);
        Self::by(command, tempfile::tempdir().unwrap(), args, &[])
    }

    fn by(mut command: Command, home: tempfile::TempDir, args: &[&str], env: &[(&str, &str)]) -> Self {
        command.args(["node", "run", "--json"]).args(args);
        command.env_clear().envs(kept_environment());
        command.env("HOME", home.path()).env("POSTERN_STATE_DIR", home.path().join("state"));
        command.env("POSTERN_CREDENTIALS", "file").envs(env.iter().copied());
        let log = std::fs::File::options().create(true).append(true).open(home.path().join("stderr.log")).unwrap();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let stdout = lines_of(child.stdout.take().unwrap());
        Self { child, stdout, home, said: Vec::new() }
    }

    /// Waits until it says that it is in this state; what it said.
    pub(crate) async fn state(&mut self, wanted: &str) -> Value {
        let (stdout, said) = (&self.stdout, &mut self.said);
        until(&format!("the node to be {wanted}"), || match stdout.try_recv() {
            Ok(line) => {
                let line: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not JSON: {line}"));
                said.push(line.clone());
                (line["state"] == wanted).then_some(line)
            }
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => panic!("the node host ended: {said:?}"),
        })
        .await
    }

    /// Waits for the connection; the node's id.
    pub(crate) async fn connected(&mut self) -> String {
        self.state("connected").await["nodeId"].as_str().unwrap().to_owned()
    }

    /// Its home folder.
    pub(crate) fn home(&self) -> PathBuf {
        self.home.path().canonicalize().unwrap()
    }

    /// Writes its rules for commands.
    pub(crate) fn rules(&self, json: &str) {
        let file = self.home().join("state/node/exec-approvals.json");
        postern_gateway::private::write(&file, json).unwrap();
    }

    /// Runs `postern ARGS` on its computer.
    pub(crate) fn cli(&self, args: &[&str]) -> Cli {
        run(args, &[("POSTERN_STATE_DIR", self.home().join("state").to_str().unwrap())])
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as somebody at the terminal would; its folder stays.
    pub(crate) fn stop(mut self) -> tempfile::TempDir {
        let status = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status().unwrap();
        assert!(status.success());
        assert!(self.child.wait().unwrap().success(), "{:?}", self.log());
        std::mem::replace(&mut self.home, tempfile::tempdir().unwrap())
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.home.path().join("stderr.log")).unwrap_or_default()
    }
}

impl Drop for TestNode {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        if std::thread::panicking() {
            eprintln!("--- node host, pid {}: {:?}\n{}---", self.pid(), self.said, self.log());
        }
    }
}
