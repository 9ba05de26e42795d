//! The folder of archives: which there are, pieces of them for keeping them
//! elsewhere, archives from elsewhere, and how many are kept. Blocks.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::BackupError;
use super::archive::Archive;
use super::create::private_file;
use super::manifest::Manifest;
use crate::private;

/// What every archive's file ends with.
const END: &str = ".zip";
/// An upload that is not whole yet.
const PART: &str = ".upload.part";
/// Largest archive that can be brought piece by piece.
pub(super) const LARGEST_UPLOAD: u64 = 8 * 1024 * 1024 * 1024;

/// The folder of archives.
#[derive(Debug, Clone)]
pub struct Shelf {
    folder: PathBuf,
}

/// An archive in it.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Names it.
    pub id: String,
    /// Its file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// What it says about itself.
    pub manifest: Manifest,
}

/// Everything in it.
#[derive(Debug, Clone, Default)]
pub struct Listed {
    /// Newest first.
    pub backups: Vec<Stored>,
    /// Files that end like archives and are none that can be read here.
    pub unreadable: Vec<String>,
}

/// A piece of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Size of the archive.
    pub total: u64,
}

/// Name of a new archive's file: host and time, so that it tells what it is
/// wherever it lies.
#[must_use]
pub fn file_name(host: &str, now_ms: i64, scheduled: bool) -> String {
    let host: String =
        host.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let host = host.trim_matches('-');
    let host = if host.is_empty() { "gateway" } else { &host[..host.len().min(40)] };
    let time = jiff::Timestamp::from_millisecond(now_ms).unwrap_or_default();
    let time = time.strftime("%Y%m%d-%H%M%S");
    format!("postern-backup-{host}-{time}{}{END}", if scheduled { "-auto" } else { "" })
}

impl Shelf {
    /// The archives in this folder; it is made when one is put there.
    #[must_use]
    pub const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes the folder where it is missing, and gives a free name in it.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn place(&self, name: &str) -> Result<PathBuf, BackupError> {
        self.prepare()?;
        let stem = name.strip_suffix(END).unwrap_or(name);
        let names = (1..1000).map(|n| if n == 1 { format!("{stem}{END}") } else { format!("{stem}-{n}{END}") });
        let mut free = names.map(|name| self.folder.join(name)).filter(|path| fs::symlink_metadata(path).is_err());
        free.next().ok_or_else(|| BackupError::Exists(self.folder.join(name)))
    }

    fn prepare(&self) -> Result<(), BackupError> {
        private::make_folder(&self.folder).map_err(|error| BackupError::io(&self.folder, error))
    }

    /// Everything in it, newest first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn list(&self) -> Result<Listed, BackupError> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Listed::default()),
            Err(error) => return Err(BackupError::io(&self.folder, error)),
        };
        let mut listed = Listed::default();
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            let Some(id) = id_of(&path) else { continue };
            match Archive::open(&path) {
                Ok(archive) => {
                    listed.backups.push(Stored { id, path, bytes: archive.bytes, manifest: archive.manifest });
                }
                Err(_) => listed.unreadable.push(format!("{id}{END}")),
            }
        }
        listed.backups.sort_by(|a, b| (b.manifest.created_at_ms, &b.id).cmp(&(a.manifest.created_at_ms, &a.id)));
        listed.unreadable.sort();
        Ok(listed)
    }

    /// The file of an archive.
    ///
    /// # Errors
    /// [`BackupError::Unknown`].
    pub fn path_of(&self, id: &str) -> Result<PathBuf, BackupError> {
        let unknown = || BackupError::Unknown(id.chars().take(200).collect());
        let path = self.folder.join(format!("{id}{END}"));
        if !is_name(&format!("{id}{END}")) {
            return Err(unknown());
        }
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_file() => Ok(path),
            _ => Err(unknown()),
        }
    }

    /// One archive.
    ///
    /// # Errors
    /// When there is none of this id, or it cannot be read.
    pub fn get(&self, id: &str) -> Result<Stored, BackupError> {
        let path = self.path_of(id)?;
        let archive = Archive::open(&path)?;
        Ok(Stored { id: id.to_owned(), path, bytes: archive.bytes, manifest: archive.manifest })
    }

    /// A piece of an archive.
    ///
    /// # Errors
    /// When there is none of this id, or it cannot be read.
    pub fn read(&self, id: &str, offset: u64, length: u32) -> Result<Piece, BackupError> {
        let path = self.path_of(id)?;
        let failed = |error| BackupError::io(&path, error);
        let mut file = File::open(&path).map_err(failed)?;
        let total = file.metadata().map_err(failed)?.len();
        file.seek(SeekFrom::Start(offset.min(total))).map_err(failed)?;
        let mut bytes = Vec::new();
        file.take(u64::from(length)).read_to_end(&mut bytes).map_err(failed)?;
        Ok(Piece { bytes, total })
    }

    /// Deletes an archive.
    ///
    /// # Errors
    /// When there is none of this id, or it stays.
    pub fn remove(&self, id: &str) -> Result<(), BackupError> {
        let path = self.path_of(id)?;
        fs::remove_file(&path).map_err(|error| BackupError::io(&path, error))
    }

    /// Takes a piece of an archive from elsewhere. With the last piece it is read
    /// once and gets its name. Gives how much was received.
    ///
    /// # Errors
    /// When the piece does not fit, there is no room, or the whole is no archive;
    /// then nothing of it stays.
    pub fn upload(
        &self,
        name: &str,
        (offset, bytes): (u64, &[u8]),
        done: bool,
    ) -> Result<(u64, Option<Stored>), BackupError> {
        if !is_name(name) {
            return Err(BackupError::BadName(name.chars().take(200).collect()));
        }
        if offset.saturating_add(bytes.len() as u64) > LARGEST_UPLOAD {
            return Err(BackupError::TooLarge { limit: LARGEST_UPLOAD });
        }
        self.prepare()?;
        let part = self.folder.join(format!("{name}{PART}"));
        let received = self.append(&part, offset, bytes)?;
        if !done {
            return Ok((received, None));
        }
        if let Err(error) = Archive::open(&part) {
            drop(fs::remove_file(&part));
            return Err(error);
        }
        let path = self.place(name)?;
        fs::rename(&part, &path).map_err(|error| BackupError::io(&path, error))?;
        private::sync_folder(&self.folder).map_err(|error| BackupError::io(&self.folder, error))?;
        let id = id_of(&path).ok_or_else(|| BackupError::BadName(name.to_owned()))?;
        Ok((received, Some(self.get(&id)?)))
    }

    /// One upload at a time: another that was begun and left makes room.
    fn forget_parts(&self) -> io::Result<()> {
        for path in fs::read_dir(&self.folder)?.filter_map(|entry| Some(entry.ok()?.path())) {
            if path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(PART)) {
                drop(fs::remove_file(path));
            }
        }
        Ok(())
    }

    fn append(&self, part: &Path, offset: u64, bytes: &[u8]) -> Result<u64, BackupError> {
        let failed = |error| BackupError::io(part, error);
        if offset == 0 {
            self.forget_parts().map_err(failed)?;
            drop(private_file(part).map_err(failed)?);
        }
        let mut file = match File::options().append(true).open(part) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(BackupError::WrongOffset { have: 0, offset });
            }
            Err(error) => return Err(failed(error)),
        };
        let have = file.metadata().map_err(failed)?.len();
        if have != offset {
            return Err(BackupError::WrongOffset { have, offset });
        }
        if let Err(error) = file.write_all(bytes).and_then(|()| file.sync_data()) {
            // Room for something else.
            drop(fs::remove_file(part));
            return Err(failed(error));
        }
        Ok(have + bytes.len() as u64)
    }

    /// Deletes the oldest of those that were made by themselves until `keep` are
    /// left. Gives their ids.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn prune(&self, keep: usize) -> Result<Vec<String>, BackupError> {
        let scheduled = self.list()?.backups.into_iter().filter(|stored| stored.manifest.scheduled);
        let mut removed = Vec::new();
        for stored in scheduled.skip(keep) {
            if fs::remove_file(&stored.path).is_ok() {
                removed.push(stored.id);
            }
        }
        Ok(removed)
    }
}

fn id_of(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    is_name(name).then(|| name.strip_suffix(END).map(str::to_owned))?
}

/// A plain name that ends like an archive and is not hidden.
fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    name.len() > END.len()
        && name.len() <= 180
        && name.ends_with(END)
        && !name.starts_with(['.', '-'])
        && name.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_host_and_time_and_stay_in_the_folder() {
        let name = file_name("Ada's Laptop", 1_767_225_600_000, false);
        assert_eq!(name, "postern-backup-ada-s-laptop-20260101-000000.zip");
        assert!(is_name(&name) && file_name("", 0, true).ends_with("-auto.zip"));
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(folder.path().join("backups"));
        fs::write(folder.path().join("x.zip"), "outside").unwrap();
        for id in ["../x", "", ".hidden", "a/b", "none", "-x"] {
            assert!(matches!(shelf.path_of(id), Err(BackupError::Unknown(_))), "{id}");
        }
        assert!(matches!(shelf.upload("../x.zip", (0, b"x"), false), Err(BackupError::BadName(_))));
    }

    #[test]
    fn an_upload_that_is_no_archive_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(folder.path().to_owned());
        assert!(matches!(shelf.upload("a.zip", (7, b"x"), false), Err(BackupError::WrongOffset { have: 0, .. })));
        assert_eq!(shelf.upload("a.zip", (0, b"not a "), false).unwrap().0, 6);
        assert!(matches!(shelf.upload("a.zip", (9, b"x"), false), Err(BackupError::WrongOffset { have: 6, .. })));
        assert!(matches!(shelf.upload("a.zip", (6, b"zip file"), true), Err(BackupError::Damaged { .. })));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(shelf.list().unwrap().backups.is_empty());
    }
}
