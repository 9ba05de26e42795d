//! Keeps a gateway running where the system does not: starts it, waits for its end,
//! waits a little longer each time, and starts it again. Told to stop by a file,
//! because Windows has no polite signal for programs without a window.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use postern_gateway::private;
use tokio::process::Command;

use crate::commands::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::serve::signals;

/// Between two looks at whether a gateway is still wanted.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// The first wait after an end, and the longest.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// A gateway that ran this long begins with the first wait again.
const LONG_RUN: Duration = Duration::from_secs(60);

/// Exit codes that starting again would not change.
const FINAL: [i32; 3] = [0, 2, 78];

fn lock_path(state_dir: &Path) -> PathBuf {
    state_dir.join("service.lock")
}

fn unwanted_path(state_dir: &Path) -> PathBuf {
    state_dir.join("service.stopped")
}

/// Whether a supervisor of this folder runs.
pub(super) fn is_running(state_dir: &Path) -> bool {
    let Ok(file) = File::open(lock_path(state_dir)) else { return false };
    matches!(file.try_lock(), Err(TryLockError::WouldBlock))
}

/// Says whether a gateway is wanted.
pub(super) fn want(state_dir: &Path, wanted: bool) -> io::Result<()> {
    let path = unwanted_path(state_dir);
    if !wanted {
        private::make_folder(state_dir)?;
        return private::write(&path, "");
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn is_wanted(state_dir: &Path) -> bool {
    !unwanted_path(state_dir).exists()
}

/// `postern service supervise`.
pub(super) async fn run(cx: &Context) -> Outcome {
    let state_dir = &cx.settings.state_dir;
    let unusable = |error: io::Error| Failure::new(Exit::StateUnwritable, format!("{}: {error}", state_dir.display()));
    private::make_folder(state_dir).map_err(unusable)?;
    let lock = private::options().create(true).truncate(false).write(true).open(lock_path(state_dir));
    let lock = lock.map_err(unusable)?;
    if lock.try_lock().is_err() {
        return Err(Failure::new(Exit::InUse, "another supervisor keeps this profile's gateway running"));
    }
    want(state_dir, true).map_err(unusable)?;
    let program =
        crate::env::program().ok_or_else(|| Failure::new(Exit::Failed, "this program does not know where it is"))?;
    let mut signals = signals::listen()?;
    let mut wait = FIRST_WAIT;
    while is_wanted(state_dir) {
        let begun = std::time::Instant::now();
        let mut command = Command::new(&program);
        command.args(["gateway", "--supervised"]).stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        if let Some(profile) = &cx.settings.profile {
            command.args(["--profile", profile]);
        }
        let mut child = command.spawn().map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
        let ended = tokio::select! {
            status = child.wait() => status.ok().and_then(|status| status.code()),
            () = unwanted(state_dir) => None,
            _ = signals.received() => None,
        };
        if child.try_wait().is_ok_and(|status| status.is_none()) {
            return end(child).await;
        }
        if ended.is_some_and(|code| FINAL.contains(&code)) {
            return Ok(());
        }
        wait = if begun.elapsed() >= LONG_RUN { FIRST_WAIT } else { (wait * 2).min(LONGEST_WAIT) };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = unwanted(state_dir) => {}
            _ = signals.received() => return Ok(()),
        }
    }
    Ok(())
}

async fn unwanted(state_dir: &Path) {
    while is_wanted(state_dir) {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Ends the gateway: politely where that can be said.
async fn end(mut child: tokio::process::Child) -> Outcome {
    if let Some(pid) = child.id() {
        super::processes::ask_to_end(pid);
    }
    if tokio::time::timeout(Duration::from_secs(15), child.wait()).await.is_err() {
        child.kill().await.map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
    }
    Ok(())
}
