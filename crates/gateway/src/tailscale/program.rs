//! The `tailscale` program: what changes settings of the daemon, and answers
//! where its socket cannot be reached (the apps of macOS and Windows).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;

/// Most that is read of its output, bytes.
const MAX_OUTPUT: u64 = 256 * 1024;

/// Where installers put it without telling `PATH`.
const USUAL_PLACES: [&str; 3] = [
    "/usr/bin/tailscale",
    "/Applications/Tailscale.app/Contents/MacOS/Tailscale",
    r"C:\Program Files\Tailscale\tailscale.exe",
];

/// The program, and the surroundings it runs in.
#[derive(Debug, Clone)]
pub(super) struct Program {
    env: BTreeMap<String, String>,
}

/// What a run came to.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) success: bool,
    pub(super) stdout: Vec<u8>,
    /// Everything that it wrote, for people.
    pub(super) text: String,
}

/// Why there was no run.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProgramError {
    #[error("the tailscale program is not installed")]
    Missing,
    #[error("the tailscale program did not end in time: {0}")]
    TooSlow(String),
    #[error("the tailscale program cannot be run: {0}")]
    Failed(#[from] std::io::Error),
}

impl Program {
    pub(super) fn new(env: BTreeMap<String, String>) -> Self {
        Self { env }
    }

    fn find(&self) -> Option<PathBuf> {
        let name = if cfg!(windows) { "tailscale.exe" } else { "tailscale" };
        let path = self.env.get("PATH").map(String::as_str).unwrap_or_default();
        let folders = std::env::split_paths(path).filter(|folder| folder.is_absolute());
        let mut candidates = folders.map(|folder| folder.join(name)).chain(USUAL_PLACES.iter().map(PathBuf::from));
        candidates.find(|path| path.is_file())
    }

    /// Runs it with these arguments. It never waits for somebody to type.
    pub(super) async fn run(
        &self,
        socket: Option<&Path>,
        args: &[&str],
        patience: Duration,
    ) -> Result<Said, ProgramError> {
        let program = self.find().ok_or(ProgramError::Missing)?;
        let mut command = Command::new(program);
        if let Some(socket) = socket {
            command.arg(format!("--socket={}", socket.display()));
        }
        command.args(args).env_clear().envs(&self.env).stdin(Stdio::null());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).spawn()?;
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let ended = async {
            let reading = futures_util::future::join(read(out, &mut stdout), read(err, &mut stderr));
            let (status, _) = futures_util::future::join(child.wait(), reading).await;
            status
        };
        // It waits without end where a tailnet has to be told something first, and
        // has said by then where.
        let ended = tokio::time::timeout(patience, ended).await;
        let text = [&stdout, &stderr].map(|output| String::from_utf8_lossy(output).trim().to_owned()).join("\n");
        let text = text.trim().to_owned();
        match ended {
            Ok(status) => Ok(Said { success: status?.success(), stdout, text }),
            Err(_) => Err(ProgramError::TooSlow(text)),
        }
    }
}

async fn read(pipe: Option<impl AsyncRead + Unpin>, into: &mut Vec<u8>) {
    if let Some(pipe) = pipe {
        // What was read before an error is kept.
        drop(pipe.take(MAX_OUTPUT).read_to_end(into).await);
    }
}
