//! Folders of agents: where they are, who may have which, how they begin and
//! how they go.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use postern_tools::Workspace;

use super::starter::starter_files;
use super::{AgentError, AgentProfile};
use crate::private;

/// Where folders of deleted agents go, below the state folder.
const TRASH: &str = "trash";

/// The folder of an agent: as written, else one named after its id. The id is
/// checked before it comes here, so it is one plain name.
pub(super) fn folder_of(state_dir: &Path, written: Option<&Path>, (id, is_default): (&str, bool)) -> PathBuf {
    match written {
        Some(path) => state_dir.join(path),
        None if is_default => state_dir.join("workspace"),
        None => state_dir.join(format!("workspace-{id}")),
    }
}

/// Reads a folder that a client wants for an agent. What it would open to the
/// agent's tools is what decides.
pub(super) fn wanted_folder(state_dir: &Path, written: &str) -> Result<PathBuf, AgentError> {
    let written = written.trim();
    let path = Path::new(written);
    if written.is_empty() || written.contains(char::is_control) {
        return Err(AgentError::BadWorkspace("must be the path of a folder"));
    }
    if written.starts_with('~') {
        return Err(AgentError::BadWorkspace("~ is not known here; write the whole path"));
    }
    if path.components().any(|part| matches!(part, Component::ParentDir)) {
        return Err(AgentError::BadWorkspace("must not contain .."));
    }
    let full = state_dir.join(path);
    match refusal(&full, state_dir) {
        Some(why) => Err(AgentError::BadWorkspace(why)),
        None => Ok(path.to_path_buf()),
    }
}

/// Why a folder is none for an agent; `None` when it may be.
pub(crate) fn refusal(folder: &Path, state_dir: &Path) -> Option<&'static str> {
    if covers(folder, state_dir) {
        return Some("would contain the state folder with its database");
    }
    is_private(folder, state_dir).then_some("holds keys or belongs to the system; choose a folder of its own")
}

/// Folders of the state folder that are nobody's to work in.
const PRIVATE: [&str; 3] = [TRASH, "credentials", "identity"];
/// Folders of the system, and those that hold people's keys wherever they are.
const SYSTEM: [&str; 8] = ["/etc", "/usr", "/bin", "/sbin", "/boot", "/dev", "/proc", "/sys"];
pub(crate) const KEYS: [&str; 2] = [".ssh", ".gnupg"];

/// Whether working in a folder would open keys or the system, links followed:
/// tools read and write a workspace without asking.
fn is_private(folder: &Path, state_dir: &Path) -> bool {
    let (folder, state_dir) = (real(folder), real(state_dir));
    let is_key = |part: Component<'_>| KEYS.iter().any(|name| part.as_os_str() == *name);
    PRIVATE.iter().any(|name| folder.starts_with(state_dir.join(name)))
        || SYSTEM.iter().any(|root| folder.starts_with(root))
        || folder.components().any(is_key)
}

/// A path with its links followed as far as it exists.
fn real(path: &Path) -> PathBuf {
    match (path.canonicalize(), path.parent(), path.file_name()) {
        (Ok(real), ..) => real,
        (Err(_), Some(parent), Some(name)) => real(parent).join(name),
        (Err(_), ..) => path.to_path_buf(),
    }
}

/// Whether `folder` is the state folder or above it, links followed.
fn covers(folder: &Path, state_dir: &Path) -> bool {
    state_dir.starts_with(folder) || real(state_dir).starts_with(real(folder))
}

/// Opens the folder of an agent; a new or empty one gets its first files. Blocks.
pub(super) fn open(profile: &AgentProfile, state_dir: &Path) -> Result<Workspace, AgentError> {
    let path = &profile.workspace;
    if covers(path, state_dir) {
        return Err(AgentError::BadWorkspace(
            "contains the state folder with its database; choose another in agents.list",
        ));
    }
    if is_private(path, state_dir) {
        return Err(AgentError::BadWorkspace("holds keys or belongs to the system; choose another in agents.list"));
    }
    let failed = |source| AgentError::folder(path, source);
    let is_new = match fs::read_dir(path) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => return Err(failed(error)),
    };
    let workspace = Workspace::open(path).map_err(failed)?;
    if is_new {
        for (name, text) in starter_files(profile) {
            write_first(&workspace.root().join(name), &text).map_err(failed)?;
        }
    }
    Ok(workspace)
}

/// Writes a file that is not there; one that came first wins.
fn write_first(path: &Path, text: &str) -> io::Result<()> {
    match private::options().write(true).create_new(true).open(path) {
        Ok(mut file) => file.write_all(text.as_bytes()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// What became of the folder of a deleted agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Discarded {
    /// It is in the trash.
    Trashed,
    /// There was none.
    Missing,
    /// It stays, and why.
    Kept(String),
}

/// Moves a folder of the state folder to the trash. Anything else is somebody's
/// own and stays. Blocks.
pub(super) fn discard(state_dir: &Path, (id, folder): (&str, &Path), now_ms: i64) -> Discarded {
    match fs::symlink_metadata(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Discarded::Missing,
        Err(error) => return Discarded::Kept(error.to_string()),
        Ok(metadata) if !metadata.is_dir() => {
            return Discarded::Kept("it is a link or a file, not a folder".to_owned());
        }
        Ok(_) => {}
    }
    let (Ok(real_state), Ok(real)) = (state_dir.canonicalize(), folder.canonicalize()) else {
        return Discarded::Kept("it cannot be reached".to_owned());
    };
    let trash = real_state.join(TRASH);
    if real == real_state || !real.starts_with(&real_state) || real.starts_with(&trash) || trash.starts_with(&real) {
        return Discarded::Kept("it is not below the state folder".to_owned());
    }
    match move_into(&trash, &format!("{id}-{now_ms}"), &real) {
        Ok(()) => Discarded::Trashed,
        Err(error) => Discarded::Kept(error.to_string()),
    }
}

fn move_into(trash: &Path, name: &str, folder: &Path) -> io::Result<()> {
    private::make_folder(trash)?;
    if !fs::symlink_metadata(trash)?.is_dir() {
        return Err(io::Error::other("the trash is not a folder"));
    }
    let place = (0..100).map(|n| if n == 0 { trash.join(name) } else { trash.join(format!("{name}-{n}")) });
    let free = place.into_iter().find(|place| fs::symlink_metadata(place).is_err());
    let free = free.ok_or_else(|| io::Error::other("the trash holds too many of this name"))?;
    fs::rename(folder, free)
}
