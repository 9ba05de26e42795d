//! Which file a command starts, and whether it still is that file.

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why there is nothing to start.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ProgramError {
    /// No such file.
    #[error("program {0:?} was not found{1}")]
    NotFound(String, &'static str),
    /// It exists and cannot be run.
    #[error("{0:?} is not an executable file")]
    NotExecutable(String),
}

/// Which file the program is: a replaced or rewritten file differs in at least one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramIdentity {
    /// Device number (0 where the system has none).
    pub device: u64,
    /// Inode number (creation time on Windows).
    pub inode: u64,
    /// Time of the last change of content, in nanoseconds since 1970.
    pub modified_ns: u64,
    /// Length in bytes.
    pub size: u64,
}

/// What a name stands for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Program {
    /// The absolute path under which it was found; may be a link.
    pub(super) found: PathBuf,
    /// The file itself.
    pub(super) file: PathBuf,
    pub(super) identity: ProgramIdentity,
}

/// Which folder a path names. Its times are left out: they change with every file in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FolderIdentity {
    device: u64,
    inode: u64,
}

impl ProgramIdentity {
    /// Of the file at `path`, now.
    pub fn of(path: &Path) -> io::Result<Self> {
        let metadata = std::fs::metadata(path)?;
        let (device, inode) = place(&metadata);
        let modified = metadata.modified()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let modified_ns = u64::try_from(modified.as_nanos()).unwrap_or(u64::MAX);
        Ok(Self { device, inode, modified_ns, size: metadata.len() })
    }

    pub(super) fn numbers(&self) -> [u64; 4] {
        [self.device, self.inode, self.modified_ns, self.size]
    }
}

impl FolderIdentity {
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        Ok(Self::from_metadata(&std::fs::symlink_metadata(path)?))
    }

    pub(super) fn from_metadata(metadata: &Metadata) -> Self {
        let (device, inode) = place(metadata);
        Self { device, inode }
    }

    pub(super) fn numbers(&self) -> [u64; 2] {
        [self.device, self.inode]
    }
}

#[cfg(unix)]
fn place(metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

#[cfg(windows)]
fn place(metadata: &Metadata) -> (u64, u64) {
    use std::os::windows::fs::MetadataExt;
    (0, metadata.creation_time())
}

/// Finds the file for `name`: a path is taken relative to `cwd`, a bare name is looked up in `search` (`PATH`).
pub(super) fn resolve(name: &str, cwd: &Path, search: Option<&str>) -> Result<Program, ProgramError> {
    if name.is_empty() {
        return Err(ProgramError::NotFound(String::new(), ""));
    }
    let is_path = name.contains('/') || (cfg!(windows) && name.contains('\\'));
    if is_path {
        return program_at(cwd.join(name)).ok_or_else(|| refusal(name, &cwd.join(name)));
    }
    let folders = search.map(std::env::split_paths).into_iter().flatten();
    // A relative or empty entry would run whatever lies in the workspace under the name of a system program.
    let candidates = folders.filter(|folder| folder.is_absolute()).flat_map(|folder| with_extensions(&folder, name));
    candidates.filter_map(program_at).next().ok_or_else(|| ProgramError::NotFound(name.to_owned(), " in PATH"))
}

/// Where a program with this bare name is found in `search` (`PATH`).
#[must_use]
pub fn find_program(name: &str, search: Option<&str>) -> Option<PathBuf> {
    let is_path = name.contains('/') || (cfg!(windows) && name.contains('\\'));
    if is_path { None } else { resolve(name, Path::new("/"), search).ok().map(|program| program.found) }
}

fn with_extensions(folder: &Path, name: &str) -> Vec<PathBuf> {
    let plain = folder.join(name);
    if cfg!(windows) && plain.extension().is_none() {
        return ["exe", "com"].iter().map(|extension| plain.with_extension(extension)).collect();
    }
    vec![plain]
}

fn refusal(name: &str, path: &Path) -> ProgramError {
    if path.exists() {
        ProgramError::NotExecutable(name.to_owned())
    } else {
        ProgramError::NotFound(name.to_owned(), "")
    }
}

fn program_at(found: PathBuf) -> Option<Program> {
    let file = found.canonicalize().ok()?;
    let metadata = std::fs::metadata(&file).ok()?;
    if !metadata.is_file() || !may_execute(&file) {
        return None;
    }
    let identity = ProgramIdentity::of(&file).ok()?;
    Some(Program { found, file, identity })
}

#[cfg(unix)]
fn may_execute(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
}

#[cfg(windows)]
fn may_execute(_path: &Path) -> bool {
    true
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn program(folder: &Path, name: &str, mode: u32) -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, "#!/bin/sh\n").expect("write");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("chmod");
        path
    }

    #[test]
    fn relative_entries_of_the_search_path_are_never_used() {
        let folder = tempfile::tempdir().expect("temp dir");
        program(folder.path(), "tool", 0o755);
        for search in ["", ".", "bin:.", "./", "sub/.."] {
            let found = resolve("tool", folder.path(), Some(search));
            assert_eq!(found, Err(ProgramError::NotFound("tool".to_owned(), " in PATH")), "{search:?}");
        }
        let search = folder.path().to_string_lossy().into_owned();
        assert!(resolve("tool", Path::new("/"), Some(&search)).is_ok());
    }

    #[test]
    fn links_are_resolved_and_unusable_files_named() {
        let folder = tempfile::tempdir().expect("temp dir");
        let root = folder.path().canonicalize().expect("canonical");
        let real = program(&root, "real", 0o755);
        symlink(&real, root.join("link")).expect("symlink");
        program(&root, "text", 0o644);
        assert_eq!(resolve("./link", &root, None).expect("found").file, real);
        assert_eq!(resolve("./text", &root, None), Err(ProgramError::NotExecutable("./text".to_owned())));
        assert_eq!(resolve("./gone", &root, None), Err(ProgramError::NotFound("./gone".to_owned(), "")));
        assert_eq!(resolve("/", &root, None), Err(ProgramError::NotExecutable("/".to_owned())));
    }
}
