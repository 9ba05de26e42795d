//! The folder of the node host. One host to a profile: the lock is the system's, so it is gone when its holder is.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use postern_gateway::private;
use postern_gateway::state_folder::Holder;
use serde::{Deserialize, Serialize};

use crate::exit::{Exit, Failure, Outcome};

/// The folder.
pub(super) fn folder(state_dir: &Path) -> PathBuf {
    state_dir.join("node")
}

/// Rules for commands: those of this computer, whichever program lends it.
pub(super) fn approvals(state_dir: &Path) -> PathBuf {
    folder(state_dir).join("exec-approvals.json")
}

/// Held by the host that runs.
pub(crate) fn lock_path(state_dir: &Path) -> PathBuf {
    folder(state_dir).join("node.lock")
}

/// How the host is, as it wrote down last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Written {
    /// `connecting`, `connected`, `waiting-for-approval`, `lost`, `refused`.
    pub(super) state: String,
    /// Gateway.
    pub(super) url: String,
    /// Id of the device.
    pub(super) node_id: String,
    /// Since when, epoch milliseconds.
    pub(super) since_ms: i64,
    /// The request that waits for somebody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request_id: Option<String>,
    /// Why there is no connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
}

/// A claimed folder.
pub(super) struct Place {
    folder: PathBuf,
    /// Held as long as this.
    _lock: File,
}

impl Place {
    /// Makes the folder where needed and locks it.
    pub(super) fn claim(state_dir: &Path) -> Outcome<Self> {
        let folder = folder(state_dir);
        let unusable = |error: io::Error| Failure::new(Exit::StateUnwritable, format!("{}: {error}", folder.display()));
        private::make_folder(&folder).map_err(unusable)?;
        let lock = private::options().read(true).write(true).create(true).truncate(false).open(lock_path(state_dir));
        let mut lock = lock.map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
            Err(TryLockError::WouldBlock) => {
                let who =
                    Holder::read(&lock_path(state_dir)).map_or_else(String::new, |who| format!(" (pid {})", who.pid));
                return Err(Failure::new(Exit::InUse, format!("a node host of this profile runs already{who}"))
                    .hint("postern node status says how it is; postern node stop ends it"));
            }
        }
        let holder = Holder::new(0, env!("CARGO_PKG_VERSION"));
        let text = serde_json::to_vec(&holder).map_err(io::Error::other).map_err(unusable)?;
        lock.set_len(0).and_then(|()| lock.write_all(&text)).map_err(unusable)?;
        // What a crash left of the last host.
        drop(fs::remove_dir_all(folder.join("scratch")));
        private::make_folder(&folder.join("scratch")).map_err(unusable)?;
        Ok(Self { folder, _lock: lock })
    }

    /// What lives as long as the host.
    pub(super) fn scratch(&self) -> PathBuf {
        self.folder.join("scratch")
    }

    /// Writes down how the host is, for `postern node status`.
    pub(super) fn write(&self, written: &Written) {
        let text = serde_json::to_vec(written).unwrap_or_default();
        if let Err(error) = private::write(&self.folder.join("state.json"), text) {
            tracing::warn!(%error, "How the node host is could not be written down.");
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(self.scratch()));
    }
}

/// Who runs here.
pub(super) fn holder(state_dir: &Path) -> Option<Holder> {
    Holder::alive(&lock_path(state_dir))
}

/// What was written down last.
pub(super) fn written(state_dir: &Path) -> Option<Written> {
    serde_json::from_str(&fs::read_to_string(folder(state_dir).join("state.json")).ok()?).ok()
}
