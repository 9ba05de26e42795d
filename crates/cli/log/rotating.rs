//! A log file that never grows without end: when it is full it becomes number 1,
//! number 1 becomes number 2, and the last one is gone.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Bytes in one file, and how many old ones are kept.
const FULL: u64 = 2 * 1024 * 1024;
const KEPT: u32 = 3;

/// The newest file, open at its end.
pub(crate) struct Rotating {
    path: PathBuf,
    file: File,
    written: u64,
    full: u64,
}

impl Rotating {
    /// Goes on where the last start ended.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Self::with_limit(path, FULL)
    }

    fn with_limit(path: &Path, full: u64) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            // It may be the first to make the state folder, which is private.
            let mut builder = fs::DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(folder)?;
        }
        let file = append(path)?;
        Ok(Self { path: path.to_owned(), written: file.metadata()?.len(), file, full })
    }

    fn turn(&mut self) -> io::Result<()> {
        for number in (1..KEPT).rev() {
            // A gap in the numbers is no mistake.
            drop(fs::rename(numbered(&self.path, number), numbered(&self.path, number + 1)));
        }
        fs::rename(&self.path, numbered(&self.path, 1))?;
        self.file = append(&self.path)?;
        self.written = 0;
        Ok(())
    }
}

impl Write for Rotating {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let length = u64::try_from(line.len()).unwrap_or(u64::MAX);
        if self.written > 0 && self.written.saturating_add(length) > self.full {
            self.turn()?;
        }
        self.file.write_all(line)?;
        self.written = self.written.saturating_add(length);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    name.into()
}

fn append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_lines_move_on_and_the_oldest_go() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logs/p.log");
        let mut log = Rotating::with_limit(&path, 10).unwrap();
        for line in ["one-\n", "two-\n", "three\n", "four-\n", "five-\n", "six--\n", "seven-longer\n"] {
            log.write_all(line.as_bytes()).unwrap();
        }
        drop(log);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&folder.path().join("logs")), mode(&path)), (0o700, 0o600));
        }
        let read = |path: &Path| fs::read_to_string(path).unwrap();
        assert_eq!(read(&path), "seven-longer\n");
        assert_eq!(read(&numbered(&path, 1)), "six--\n");
        assert_eq!(read(&numbered(&path, 3)), "four-\n");
        assert!(!numbered(&path, 4).exists());
        // A later start goes on in the same file until it is full.
        let mut again = Rotating::with_limit(&path, 100).unwrap();
        again.write_all(b"x\n").unwrap();
        assert_eq!(read(&path), "seven-longer\nx\n");
    }
}
