//! A private folder for work that is under way, removed with everything in it
//! when the work ends. One that a killed process left is removed by the next.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use super::BackupError;
use super::create::private_file;
use crate::private;

const BEGINNING: &str = ".postern-backup-";
/// Held as long as the work goes on.
const LOCK: &str = "lock";

/// The folder.
#[derive(Debug)]
pub(super) struct Work {
    folder: tempfile::TempDir,
    _lock: File,
}

impl Work {
    /// Begins work in `parent`, which must exist.
    pub(super) fn begin(parent: &Path) -> Result<Self, BackupError> {
        sweep(parent);
        let made = tempfile::Builder::new().prefix(BEGINNING).tempdir_in(parent);
        let folder = made.map_err(|error| BackupError::io(parent, error))?;
        let lock = private_file(&folder.path().join(LOCK)).map_err(|error| BackupError::io(parent, error))?;
        lock.try_lock().map_err(|error| BackupError::io(parent, io::Error::other(error.to_string())))?;
        Ok(Self { folder, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Gives a finished file its name, unless there is one of that name.
    pub(super) fn publish(&self, part: &Path, out: &Path) -> Result<(), BackupError> {
        let part = tempfile::TempPath::try_from_path(part).map_err(|error| BackupError::io(out, error))?;
        part.persist_noclobber(out).map_err(|failed| match failed.error.kind() {
            io::ErrorKind::AlreadyExists => BackupError::Exists(out.to_owned()),
            _ => BackupError::io(out, failed.error),
        })?;
        private::sync_folder(private::folder_of(out)).map_err(|error| BackupError::io(out, error))
    }
}

/// Removes folders whose workers are gone. What cannot be removed stays for the
/// next time.
fn sweep(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    let left = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let left = left.filter(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with(BEGINNING) && fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
    });
    for folder in left {
        let abandoned = match File::open(folder.join(LOCK)) {
            Ok(lock) => !matches!(lock.try_lock(), Err(TryLockError::WouldBlock)),
            // Made a moment ago, or left before it was locked: only an old one may go.
            Err(_) => false,
        };
        if abandoned {
            drop(fs::remove_dir_all(&folder));
        }
    }
}
