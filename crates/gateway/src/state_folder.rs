//! The state folder: private to one gateway at a time. The lock is the
//! operating system's, so it is gone when its holder is, also after kill -9.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::options::Paths;
use crate::private;

/// Looks at a lock that is held, before it counts as held.
const LOOKS: u32 = 30;
/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Why a state folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Another gateway uses it.
    #[error("the state folder {} is in use by {holder}; give each gateway its own with --profile NAME or POSTERN_STATE_DIR", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
        /// Who.
        holder: String,
    },
    /// It cannot be made or written.
    #[error("the state folder {} cannot be used: {source}; make it writable or choose another with POSTERN_STATE_DIR", path.display())]
    NotWritable {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Who holds a state folder, written into its lock file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Holder {
    /// Process id.
    pub pid: u32,
    /// Port it listens on.
    pub port: u16,
    /// Its version.
    pub version: String,
    /// Plain port for this machine's desktop app, while the other one speaks TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door: Option<u16>,
    /// Whether the port speaks TLS.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tls: bool,
}

impl Holder {
    /// This process.
    #[must_use]
    pub fn new(port: u16, version: &str) -> Self {
        Self { pid: std::process::id(), port, version: version.to_owned(), door: None, tls: false }
    }

    /// Address for clients of this machine.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.tls { "wss" } else { "ws" };
        format!("{scheme}://127.0.0.1:{}", self.port)
    }

    /// Address for the desktop app of this machine, never encrypted.
    #[must_use]
    pub fn window_url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.door.unwrap_or(self.port))
    }

    /// Who holds a lock file right now; `None` when its last holder is gone.
    #[must_use]
    pub fn alive(lock: &Path) -> Option<Self> {
        let file = File::open(lock).ok()?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => Self::read(lock),
            // The lock is given back when the file closes.
            _ => None,
        }
    }

    /// Reads a lock file; `None` when nobody signed it.
    #[must_use]
    pub fn read(lock: &Path) -> Option<Self> {
        serde_json::from_str(&fs::read_to_string(lock).ok()?).ok()
    }
}

/// A claimed state folder.
#[derive(Debug)]
pub struct StateFolder {
    path: PathBuf,
    lock: File,
}

impl StateFolder {
    /// Makes the folder where needed and locks it.
    ///
    /// # Errors
    /// [`FolderError`] when it is in use or not writable.
    pub fn claim(paths: &Paths) -> Result<Self, FolderError> {
        let path = paths.state_dir.clone();
        let unusable = |source: io::Error| FolderError::NotWritable { path: path.clone(), source };
        private::make_folder(&path).map_err(unusable)?;
        let lock = private::options().read(true).write(true).create(true).truncate(false).open(paths.lock());
        let mut lock = lock.map_err(unusable)?;
        match patiently(&lock) {
            Ok(()) => Ok(Self { path, lock }),
            Err(TryLockError::Error(source)) => Err(unusable(source)),
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // What cannot be read only makes the message shorter.
                drop(lock.read_to_string(&mut text));
                let holder = serde_json::from_str::<Holder>(&text).map_or_else(
                    |_| "another Postern".to_owned(),
                    |holder| format!("another Postern (pid {}, {})", holder.pid, holder.url()),
                );
                Err(FolderError::InUse { path, holder })
            }
        }
    }

    /// Writes into the lock file who holds it.
    ///
    /// # Errors
    /// [`FolderError::NotWritable`], for example on a full disk.
    pub fn sign(&mut self, holder: &Holder) -> Result<(), FolderError> {
        let text = serde_json::to_string(holder).unwrap_or_default();
        let written =
            self.lock.set_len(0).and_then(|()| self.lock.rewind()).and_then(|()| self.lock.write_all(text.as_bytes()));
        written.map_err(|source| FolderError::NotWritable { path: self.path.clone(), source })
    }

    /// Gives the folder back.
    pub fn release(mut self) {
        // The lock itself ends with the file handle; an empty file says nobody.
        drop(self.lock.set_len(0).and_then(|()| self.lock.flush()));
    }
}

/// Tells whether a claimed folder is still the one at its path. Deleted or moved,
/// it would take writes that nobody finds again, and let a second gateway in.
#[derive(Debug, Clone)]
pub struct FolderWatch {
    path: PathBuf,
    lock: PathBuf,
    identity: Option<(u64, u64)>,
}

impl StateFolder {
    /// A watch on this folder.
    #[must_use]
    pub fn watch(&self, paths: &Paths) -> FolderWatch {
        let identity = self.lock.metadata().ok().and_then(|metadata| identity(&metadata));
        FolderWatch { path: self.path.clone(), lock: paths.lock(), identity }
    }
}

impl FolderWatch {
    /// What happened to the folder, or `None` while it is in its place.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        let now = fs::metadata(&self.lock).ok().and_then(|metadata| identity(&metadata));
        let in_place = self.identity.is_none() || now == self.identity;
        (!in_place).then(|| format!("the state folder {} was moved or deleted while in use", self.path.display()))
    }
}

/// Locks a file. A command that a gateway was just starting when it was killed
/// shares its lock until the command begins, so one look is not enough.
#[expect(clippy::disallowed_methods, reason = "at start, before there is anything else to run")]
fn patiently(lock: &File) -> Result<(), TryLockError> {
    for _ in 0..LOOKS {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOOK_EVERY),
            settled => return settled,
        }
    }
    lock.try_lock()
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere there is none")]
fn identity(metadata: &fs::Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    Some((metadata.dev(), metadata.ino()))
}

/// Windows does not let a folder with open files be moved or deleted.
#[cfg(not(unix))]
fn identity(_metadata: &fs::Metadata) -> Option<(u64, u64)> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(dir: &Path) -> Paths {
        Paths { state_dir: dir.to_path_buf(), config_path: dir.join("postern.json") }
    }

    #[test]
    fn one_gateway_at_a_time_and_the_error_says_who() {
        let dir = tempfile::tempdir().unwrap();
        let paths = paths(&dir.path().join("state"));
        let mut first = StateFolder::claim(&paths).unwrap();
        first.sign(&Holder { pid: 42, ..Holder::new(18_789, "1") }).unwrap();
        let error = StateFolder::claim(&paths).unwrap_err().to_string();
        assert!(error.contains("pid 42") && error.contains("ws://127.0.0.1:18789"), "{error}");
        first.release();
        assert!(Holder::read(&paths.lock()).is_none());
        StateFolder::claim(&paths).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_goes_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let paths = paths(&dir.path().join("state"));
        let folder = StateFolder::claim(&paths).unwrap();
        let watch = folder.watch(&paths);
        assert_eq!(watch.problem(), None);
        fs::rename(&paths.state_dir, dir.path().join("elsewhere")).unwrap();
        assert!(watch.problem().unwrap().contains("moved or deleted"));
        let other = StateFolder::claim(&paths).unwrap();
        assert!(watch.problem().is_some());
        drop(other);
    }

    #[test]
    fn a_file_in_the_way_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "x").unwrap();
        let error = StateFolder::claim(&paths(&file.join("state"))).unwrap_err();
        assert!(matches!(&error, FolderError::NotWritable { .. }), "{error}");
        assert!(error.to_string().contains("POSTERN_STATE_DIR"));
    }
}
