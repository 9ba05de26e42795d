//! The fixed files of a workspace on disk: read and replaced without following
//! links, whatever an agent put in their place. Everything here blocks.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::time::UNIX_EPOCH;

use super::AgentError;
use crate::private;

/// Largest file that is read or written, bytes.
pub(super) const MAX_FILE: u64 = 256 * 1024;

/// What tells one state of a file from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Bytes.
    pub size: u64,
    /// Nanoseconds since 1970; nothing where the system does not know.
    modified_ns: Option<u128>,
    /// A replaced file is another one, even of the same size in the same moment.
    identity: (u64, u64),
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        let modified = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        Self { size: metadata.len(), modified_ns: modified.map(|age| age.as_nanos()), identity: identity(metadata) }
    }

    /// When it was written, epoch milliseconds.
    pub(super) fn updated_at_ms(&self) -> Option<i64> {
        i64::try_from(self.modified_ns? / 1_000_000).ok()
    }
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn identity(_metadata: &Metadata) -> (u64, u64) {
    (0, 0)
}

/// The state of a file; `None` when there is none.
pub(super) fn stat(root: &Path, name: &'static str) -> Result<Option<Stamp>, AgentError> {
    let path = root.join(name);
    match fs::symlink_metadata(&path) {
        Ok(metadata) if metadata.is_file() => Ok(Some(Stamp::of(&metadata))),
        Ok(_) => Err(AgentError::NotAFile(name)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(AgentError::folder(&path, error)),
    }
}

/// A file with its text, at most [`MAX_FILE`] bytes of it.
pub(super) fn read(root: &Path, name: &'static str) -> Result<Option<(Stamp, String)>, AgentError> {
    let Some(seen) = stat(root, name)? else { return Ok(None) };
    let path = root.join(name);
    let failed = |error| AgentError::folder(&path, error);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let metadata = file.metadata().map_err(failed)?;
    // A link put there between look and open leads to another file than the one seen.
    if !metadata.is_file() || Stamp::of(&metadata).identity != seen.identity {
        return Err(AgentError::NotAFile(name));
    }
    let mut bytes = Vec::new();
    file.take(MAX_FILE).read_to_end(&mut bytes).map_err(failed)?;
    let text = String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    Ok(Some((Stamp::of(&metadata), text)))
}

/// Replaces a file as a whole: readers see the old text or the new one.
pub(super) fn replace(root: &Path, name: &'static str, text: &str) -> Result<Stamp, AgentError> {
    let size = u64::try_from(text.len()).unwrap_or(u64::MAX);
    if size > MAX_FILE {
        return Err(AgentError::TooLarge { name, size, max: MAX_FILE });
    }
    stat(root, name)?;
    let path = root.join(name);
    let write = || {
        let file = private::replace(&path, |draft| draft.write_all(text.as_bytes()))?;
        Ok(Stamp::of(&file.metadata()?))
    };
    write().map_err(|error: io::Error| AgentError::folder(&path, error))
}
