//! The folder of an agent, and the only way to files in it.
//!
//! Every access starts at the root and lets the system itself keep it below (`openat2` with `RESOLVE_BENEATH` where there
//! is one), so a link that is swapped between check and use gains nothing: there is no separate check.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use thiserror::Error;

use super::folder::{Folder, Kind};
use super::path::RelativePath;

/// Why an access was refused or failed. Every text is written for the model that asked.
#[derive(Debug, Error)]
pub enum WorkspaceError {
    /// The path leads out of the workspace.
    #[error(
        "{0:?} is outside the workspace; paths are relative to it and may not leave it, not by `..` and not by links"
    )]
    Outside(String),
    /// No path can hold this.
    #[error("`path` contains a NUL byte")]
    Nul,
    /// Longer than systems take.
    #[error("`path` is too long: at most 4096 bytes, each name at most 255")]
    TooLong,
    /// Nothing there.
    #[error("{0:?} does not exist in the workspace")]
    NotFound(String),
    /// A folder was named where a file is needed.
    #[error("{0:?} is a folder, not a file; use `list`")]
    IsFolder(String),
    /// A file was named where a folder is needed.
    #[error("{0:?} is not a folder")]
    NotFolder(String),
    /// Devices, pipes, sockets: reading them can block for ever or act on hardware.
    #[error("{0:?} is not a regular file (a device, pipe or socket)")]
    Special(String),
    /// A link would be replaced by a file.
    #[error("{0:?} is a symbolic link; name the file it points to")]
    Link(String),
    /// Limits and contradictions told in words.
    #[error("{0}")]
    Refused(String),
    /// The call was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// The system said no.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// The root folder of an agent.
#[derive(Debug)]
pub struct Workspace {
    root: PathBuf,
    /// A folder beside it that is open as well: as it was named, and as it really is.
    shared: Option<(PathBuf, Arc<Path>)>,
    /// Held over read-change-write of one file, so that two calls of one agent do not lose each other's change.
    changes: Mutex<()>,
}

impl Workspace {
    /// Opens `root`, and creates it (for its owner alone) where it is missing.
    pub fn open(root: &Path) -> io::Result<Self> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(root)?;
        let root = root.canonicalize()?;
        Folder::open_root(&root)?;
        Ok(Self { root, shared: None, changes: Mutex::new(()) })
    }

    /// Opens `folder`, which exists, to file tools too, under its whole path. Commands stay in the root.
    pub fn share(&mut self, folder: &Path) -> io::Result<()> {
        let real = folder.canonicalize()?;
        Folder::open_root(&real)?;
        self.shared = Some((folder.to_owned(), real.into()));
        Ok(())
    }

    /// The root: absolute, without symbolic links.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The absolute path of something in the workspace, links resolved; what does not exist yet is appended.
    ///
    /// For display and for programs that take paths. It is a fact of this moment: for access to content use the tools.
    pub fn resolve(&self, path: &str) -> Result<PathBuf, WorkspaceError> {
        let relative = RelativePath::parse(&self.root, path)?;
        let mut resolved = self.root.clone();
        let mut names = relative.names().iter();
        for name in names.by_ref() {
            let next = resolved.join(name);
            if next.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
                resolved = next;
                break;
            }
            // A link to nowhere, a loop, or a file where a folder is needed: an error, never a guess.
            resolved = next.canonicalize().map_err(|error| explain(error, path))?;
            if !resolved.starts_with(&self.root) {
                return Err(WorkspaceError::Outside(path.to_owned()));
            }
        }
        resolved.extend(names);
        Ok(resolved)
    }

    /// Like [`Self::resolve`], for a folder that exists.
    pub fn resolve_folder(&self, path: &str) -> Result<PathBuf, WorkspaceError> {
        let resolved = self.resolve(path)?;
        match std::fs::metadata(&resolved) {
            Ok(metadata) if metadata.is_dir() => Ok(resolved),
            Ok(_) => Err(WorkspaceError::NotFolder(path.to_owned())),
            Err(error) => Err(explain(error, path)),
        }
    }

    pub(super) fn parse(&self, path: &str) -> Result<RelativePath, WorkspaceError> {
        let parsed = RelativePath::parse(&self.root, path);
        match (&parsed, &self.shared) {
            (Err(WorkspaceError::Outside(_)), Some((named, real))) if Path::new(path).is_absolute() => {
                let below = [named.as_path(), real].into_iter().find_map(|root| RelativePath::parse(root, path).ok());
                below.map_or(parsed, |below| Ok(below.below_shared(real)))
            }
            _ => parsed,
        }
    }

    /// Opens a regular file below the root for those who serve it: the same way, and as safe, as tools open it.
    pub fn open_for_reading(&self, path: &str) -> Result<(File, Metadata), WorkspaceError> {
        self.open_file(&self.parse(path)?)
    }

    /// Opens a regular file for reading, without blocking on anything that is none.
    pub(super) fn open_file(&self, path: &RelativePath) -> Result<(File, Metadata), WorkspaceError> {
        let file = self.folder(path)?.open_file(&path.to_path()).map_err(|error| explain(error, &path.to_string()))?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(WorkspaceError::IsFolder(path.to_string()));
        }
        if !metadata.is_file() {
            return Err(WorkspaceError::Special(path.to_string()));
        }
        Ok((file, metadata))
    }

    pub(super) fn open_folder(&self, path: &RelativePath) -> Result<Folder, WorkspaceError> {
        let root = self.folder(path)?;
        if path.is_root() {
            return Ok(root);
        }
        root.open_folder(&path.to_path()).map_err(|error| explain(error, &path.to_string()))
    }

    /// The folder a file is to be written to, with all its parents created, and the file's name.
    pub(super) fn open_parent<'p>(&self, path: &'p RelativePath) -> Result<(Folder, &'p str), WorkspaceError> {
        let (parents, name) = path.split_name().ok_or_else(|| WorkspaceError::IsFolder(path.to_string()))?;
        match self.open_folder(&parents) {
            Err(WorkspaceError::NotFound(_)) => {}
            other => return Ok((other?, name)),
        }
        let mut folder = self.folder(path)?;
        for parent in parents.names() {
            folder = folder.enter_or_create(parent).map_err(|error| explain(error, &path.to_string()))?;
        }
        Ok((folder, name))
    }

    /// Serialises changes of files. A panic in another change left no half state: files are replaced whole.
    pub(super) fn changing(&self) -> std::sync::MutexGuard<'_, ()> {
        self.changes.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn folder(&self, path: &RelativePath) -> Result<Folder, WorkspaceError> {
        Folder::open_root(path.shared().unwrap_or(&self.root)).map_err(|error| explain(error, "."))
    }
}

/// The system's error in words; `path` is what the model wrote.
pub(super) fn explain(error: io::Error, path: &str) -> WorkspaceError {
    let path = path.to_owned();
    if super::folder::leads_out(&error) {
        return WorkspaceError::Outside(path);
    }
    match error.kind() {
        io::ErrorKind::NotFound => WorkspaceError::NotFound(path),
        io::ErrorKind::NotADirectory => WorkspaceError::NotFolder(path),
        io::ErrorKind::IsADirectory => WorkspaceError::IsFolder(path),
        io::ErrorKind::PermissionDenied => WorkspaceError::Refused(format!("{path:?}: permission denied")),
        _ if super::folder::is_unopenable(&error) => WorkspaceError::Special(path),
        _ => WorkspaceError::Refused(format!("{path:?}: {error}")),
    }
}

/// What a file that is to be replaced may be.
pub(super) fn check_replaceable(kind: Option<Kind>, path: &RelativePath) -> Result<(), WorkspaceError> {
    match kind {
        None | Some(Kind::File) => Ok(()),
        Some(Kind::Folder) => Err(WorkspaceError::IsFolder(path.to_string())),
        Some(Kind::Link) => Err(WorkspaceError::Link(path.to_string())),
        Some(Kind::Other) => Err(WorkspaceError::Special(path.to_string())),
    }
}
