//! The file itself: read whole, written whole or not at all, private.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use postern_protocol::hex::hex;
use sha2::{Digest, Sha256};

use super::read::MAX_BYTES;
use crate::private;

/// SHA-256 of a text, hex: what clients name when they change it.
#[must_use]
pub fn hash(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// The text of a file; `None` when there is none.
///
/// # Errors
/// When it is there and cannot be read, is no UTF-8, or is no regular file: a pipe
/// would be waited for without end, and a device may have no end.
pub fn read_file(path: &Path) -> io::Result<Option<String>> {
    let found = std::fs::metadata(path).and_then(|about| match about.is_file() {
        true => File::open(path),
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file")),
    });
    let file = match found {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut text = String::new();
    // One byte more than allowed, so that the parser sees that it is too much.
    file.take(MAX_BYTES as u64 + 1).read_to_string(&mut text)?;
    Ok(Some(text))
}

/// Writes a file that only its owner may read: whole or not at all, also when
/// the machine stops in the middle. A link is followed, so that a configuration
/// that is kept elsewhere stays there.
///
/// # Errors
/// What the system said; the old file is untouched.
pub fn write_file(path: &Path, text: &str) -> io::Result<()> {
    let target: PathBuf = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    private::write(&target, text)
}
