//! A log file that never grows without end: when it is full, or the day is over,
//! it becomes number 1, number 1 becomes number 2, and the oldest go. Whatever
//! happens to the file, the next line tries again.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use postern_gateway::config::LogKeep;
use postern_gateway::logs::older;
use postern_gateway::private;

use super::keep;

const DAY_MS: i64 = 86_400_000;
/// How often it is looked whether the file is still in its place.
const LOOK_EVERY_MS: i64 = 1_000;

/// Where lines go and how many stay; may change while they are written.
#[derive(Clone)]
pub(super) struct Place(Arc<Mutex<(PathBuf, LogKeep)>>);

impl Place {
    pub(super) fn new(path: &Path, keep: LogKeep) -> Self {
        Self(Arc::new(Mutex::new((path.to_owned(), keep))))
    }

    pub(super) fn set(&self, path: &Path, keep: LogKeep) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (path.to_owned(), keep);
    }

    fn get(&self) -> (PathBuf, LogKeep) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The newest file, open at its end.
pub(super) struct Rotating {
    place: Place,
    path: PathBuf,
    keep: LogKeep,
    clock: fn() -> i64,
    open: Option<Open>,
}

struct Open {
    file: File,
    written: u64,
    /// Days since 1970 of what is in it, in UTC.
    day: i64,
    looked_ms: i64,
}

impl Rotating {
    /// Goes on where the last start ended. Nothing is made before the first line.
    pub(super) fn new(place: Place, clock: fn() -> i64) -> Self {
        let (path, keep) = place.get();
        Self { place, path, keep, clock, open: None }
    }

    fn put(&mut self, line: &[u8]) -> io::Result<()> {
        let now_ms = (self.clock)();
        let today = now_ms.div_euclid(DAY_MS);
        let (path, keep) = self.place.get();
        if path != self.path {
            (self.path, self.open) = (path, None);
        }
        self.keep = keep;
        let mut open = match self.open.take() {
            Some(open) if open.is_in_place(&self.path, now_ms) => open,
            // The first line, or somebody moved or removed the file.
            _ => {
                keep::prune(&self.path, &self.keep, now_ms);
                Open::at(&self.path, now_ms)?
            }
        };
        let is_full = open.written.saturating_add(line.len() as u64) > self.keep.file_bytes;
        if open.written > 0 && (is_full || open.day != today) {
            open = self.turn(open, now_ms)?;
        }
        open.append(line)?;
        open.day = today;
        if now_ms.saturating_sub(open.looked_ms).unsigned_abs() >= LOOK_EVERY_MS.unsigned_abs() {
            open.looked_ms = now_ms;
        }
        self.open = Some(open);
        Ok(())
    }

    /// Begins a new file. Where the old one cannot be moved it goes on, and is
    /// emptied at twice its size: better without old lines than without a disk.
    fn turn(&self, mut full: Open, now_ms: i64) -> io::Result<Open> {
        keep::prune(&self.path, &self.keep, now_ms);
        for number in keep::numbers(&self.path).into_iter().rev() {
            drop(fs::rename(older(&self.path, number), older(&self.path, number.saturating_add(1))));
        }
        if fs::rename(&self.path, older(&self.path, 1)).is_err() {
            if full.written > self.keep.file_bytes.saturating_mul(2) {
                full.file.set_len(0)?;
                full.written = 0;
            }
            return Ok(full);
        }
        drop(full);
        keep::prune(&self.path, &self.keep, now_ms);
        Open::at(&self.path, now_ms)
    }
}

impl Open {
    fn at(path: &Path, now_ms: i64) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            // It may be the first to make the state folder, which is private.
            private::make_folder(folder)?;
        }
        // A link would let whoever made it choose where lines are appended, and a
        // pipe would let it stop the writer.
        if fs::symlink_metadata(path).is_ok_and(|named| !named.is_file()) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("{} is not a regular file", path.display()),
            ));
        }
        let file = private::options().append(true).create(true).open(path)?;
        let metadata = file.metadata()?;
        let changed = metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        let changed_ms = changed.and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or(now_ms);
        Ok(Self { file, written: metadata.len(), day: changed_ms.div_euclid(DAY_MS), looked_ms: now_ms })
    }

    /// Looks once a second; elsewhere than on Unix an open file stays where it is.
    fn is_in_place(&self, path: &Path, now_ms: i64) -> bool {
        let looked = now_ms.saturating_sub(self.looked_ms).unsigned_abs() < LOOK_EVERY_MS.unsigned_abs();
        looked || self.is_at(path)
    }

    #[cfg(unix)]
    fn is_at(&self, path: &Path) -> bool {
        use std::os::unix::fs::MetadataExt as _;
        let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
        let named = fs::symlink_metadata(path).map(identity);
        let own = self.file.metadata().map(identity);
        matches!((named, own), (Ok(named), Ok(own)) if named == own)
    }

    #[cfg(not(unix))]
    fn is_at(&self, path: &Path) -> bool {
        path.exists()
    }

    /// The whole line or nothing: half of one would spoil the next.
    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        if let Err(error) = self.file.write_all(line) {
            drop(self.file.set_len(self.written));
            return Err(error);
        }
        self.written = self.written.saturating_add(line.len() as u64);
        Ok(())
    }
}

impl Write for Rotating {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.put(line).map(|()| line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
#[path = "rotating/tests.rs"]
mod tests;
