//! Servers that are processes: a script for `sh`, its log and its process ids.

use std::path::{Path, PathBuf};

use postern_tools::mcp::{McpServerConfig, McpTransport};

const SERVER: &str = include_str!("server.sh");

/// A folder for the logs of some servers.
pub(crate) struct Bench {
    pub(crate) folder: tempfile::TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn server(&self, name: &str, mode: &str) -> McpServerConfig {
        let log = self.log(name);
        let env = [("MODE", mode), ("TOKEN", "canary-token"), ("LOG", log.to_str().unwrap())];
        McpServerConfig {
            name: name.into(),
            transport: McpTransport::Stdio {
                command: "sh".into(),
                args: vec!["-c".into(), SERVER.into()],
                env: env.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
                cwd: Some(self.folder.path().to_owned()),
            },
        }
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.log(name)).unwrap_or_default()
    }

    /// The processes a server has started, itself first.
    pub(crate) fn pids(&self, name: &str) -> Vec<i32> {
        self.read(&format!("{name}.pids")).lines().map(|line| line.parse().unwrap()).collect()
    }
}

/// Whether a process runs; one that has ended and is not yet fetched by its parent does not.
pub(crate) fn runs(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    if Path::new("/proc/self/stat").exists() {
        return stat.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'));
    }
    std::process::Command::new("kill").args(["-0", &pid.to_string()]).status().unwrap().success()
}
