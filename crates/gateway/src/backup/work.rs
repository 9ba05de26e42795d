//! A private folder for work that is under way, removed with everything in it
//! when the work ends. One that a killed process left is removed by the next, and
//! when a gateway starts.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use super::BackupError;
use super::create::private_file;
use crate::private;

const BEGINNING: &str = ".postern-backup-";
/// Held as long as the work goes on.
const LOCK: &str = "lock";
/// Folders that are made when others sweep at the same moment.
const ATTEMPTS: usize = 8;

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
        for _ in 0..ATTEMPTS {
            if let Some(work) = Self::claim(parent).map_err(|error| BackupError::io(parent, error))? {
                return Ok(work);
            }
        }
        Err(BackupError::io(parent, io::Error::other("others remove what is made there")))
    }

    /// `None` when somebody swept it away before it was locked.
    fn claim(parent: &Path) -> io::Result<Option<Self>> {
        let folder = tempfile::Builder::new().prefix(BEGINNING).tempdir_in(parent)?;
        let path = folder.path().join(LOCK);
        let lock = match private_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            made => made?,
        };
        match lock.try_lock() {
            Ok(()) => Ok(path.exists().then_some(Self { folder, _lock: lock })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
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

/// Removes folders whose workers are gone, also killed ones. What cannot be removed stays for the
/// next time.
pub(super) fn sweep(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    let left = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let left = left.filter(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with(BEGINNING) && fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
    });
    for folder in left {
        match File::open(folder.join(LOCK)) {
            // Whoever holds the lock works; this holds it until the folder is gone.
            Ok(lock) if lock.try_lock().is_ok() => drop(fs::remove_dir_all(&folder)),
            // Killed before it was locked, with nothing in it; or made a moment ago, and
            // whoever made it makes another.
            Err(error) if error.kind() == io::ErrorKind::NotFound => drop(fs::remove_dir(&folder)),
            _ => {}
        }
    }
}
