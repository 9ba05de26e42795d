//! An open folder, by its path: every access resolves the path first and checks that it stayed below.
//!
//! Windows has no call that keeps a path below a folder while it is resolved, so a link that is swapped between check and
//! use is not excluded here as it is elsewhere. Making links needs a privilege there.

use std::ffi::{OsStr, OsString};
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// What a name stands for, links not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    File,
    Folder,
    Link,
    Other,
}

/// Facts about a name, links not followed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    pub(super) kind: Kind,
    pub(super) size: u64,
    /// Permission bits of other systems; not used here.
    pub(super) mode: u32,
}

/// A folder.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// The folder at `path`.
    pub(super) fn open_root(path: &Path) -> io::Result<Self> {
        let root = path.canonicalize()?;
        if root.is_dir() { Ok(Self(root)) } else { Err(io::ErrorKind::NotADirectory.into()) }
    }

    /// Opens what is at `path` for reading. Follows links that stay below.
    pub(super) fn open_file(&self, path: &Path) -> io::Result<File> {
        File::open(self.below(path)?)
    }

    /// The folder at `path`. Follows links that stay below.
    pub(super) fn open_folder(&self, path: &Path) -> io::Result<Self> {
        Self::open_root(&self.below(path)?)
    }

    /// The folder `name` in this one, created where it is missing.
    pub(super) fn enter_or_create(&self, name: &str) -> io::Result<Self> {
        match std::fs::create_dir(self.0.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => self.open_folder(Path::new(name)),
        }
    }

    /// The folder `name` in this one; a link is refused.
    pub(super) fn child_folder(&self, name: &OsStr) -> io::Result<Self> {
        match self.facts(name)?.kind {
            Kind::Folder => Self::open_root(&self.0.join(name)),
            _ => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    /// The file `name` in this folder; a link is refused, and the caller asks what it got.
    pub(super) fn child_file(&self, name: &OsStr) -> io::Result<File> {
        match self.facts(name)?.kind {
            Kind::File => File::open(self.0.join(name)),
            _ => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    /// What is called `name` here.
    pub(super) fn facts(&self, name: &OsStr) -> io::Result<Facts> {
        let metadata = self.0.join(name).symlink_metadata()?;
        Ok(Facts { kind: kind_of(metadata.file_type()), size: metadata.len(), mode: 0o644 })
    }

    /// Where the link `name` points to.
    pub(super) fn link_target(&self, name: &OsStr) -> io::Result<OsString> {
        Ok(std::fs::read_link(self.0.join(name))?.into_os_string())
    }

    /// Names in this folder with their kinds, at most `limit`, unsorted; and whether there are more.
    pub(super) fn names(&self, limit: usize) -> io::Result<(Vec<(OsString, Kind)>, bool)> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.0)? {
            let entry = entry?;
            if names.len() == limit {
                return Ok((names, true));
            }
            names.push((entry.file_name(), kind_of(entry.file_type()?)));
        }
        Ok((names, false))
    }

    /// A new file that did not exist before.
    pub(super) fn create_new(&self, name: &str, _mode: u32) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).open(self.0.join(name))
    }

    /// Gives the file `from` the name `to`, replacing what had it.
    pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.0.join(from), self.0.join(to))
    }

    /// Removes the file `name`.
    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.0.join(name))
    }

    fn below(&self, path: &Path) -> io::Result<PathBuf> {
        let resolved = self.0.join(path).canonicalize()?;
        if resolved.starts_with(&self.0) { Ok(resolved) } else { Err(io::ErrorKind::CrossesDevices.into()) }
    }
}

/// Whether resolving a path led out of the folder.
pub(super) fn leads_out(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::CrossesDevices
}

/// Whether opening failed because the thing is no file.
pub(super) fn is_unopenable(_error: &io::Error) -> bool {
    false
}

fn kind_of(file_type: std::fs::FileType) -> Kind {
    if file_type.is_symlink() {
        Kind::Link
    } else if file_type.is_dir() {
        Kind::Folder
    } else if file_type.is_file() {
        Kind::File
    } else {
        Kind::Other
    }
}
