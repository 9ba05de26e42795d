//! Whole lines of a log from a cursor. A file is known by its first line, so that
//! a reader finds the rest of one that was given a number in the meantime.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use postern_protocol::hex::hex;
use sha2::{Digest as _, Sha256};

use super::older;

/// What is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ask<'a> {
    pub(super) cursor: Option<u64>,
    pub(super) mark: Option<&'a str>,
    pub(super) lines: usize,
    pub(super) bytes: usize,
}

/// What there is.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) cursor: u64,
    pub(super) size: u64,
    pub(super) lines: Vec<String>,
    pub(super) truncated: bool,
    pub(super) reset: bool,
    pub(super) mark: String,
}

/// A mark that stands for the oldest file there is.
const OLDEST: &str = "oldest";
/// Older files that are looked through for a mark.
const MOST_OLDER: u32 = 1_000;
/// Bytes of the first line that tell a file from others; it begins with a time.
const MARKED_BYTES: u64 = 512;
/// Bytes that are looked through at once for the end of a long line.
const CHUNK: usize = 64 * 1024;

pub(super) fn read(path: &Path, ask: &Ask<'_>) -> io::Result<Piece> {
    let current = LogFile::open(path)?;
    match (ask.cursor, ask.mark) {
        (None, _) => newest(current, ask),
        (Some(cursor), Some(mark)) => match chain(path, current, mark, cursor)? {
            Ok(files) => forward(files, cursor, ask),
            Err(current) => Ok(Piece { reset: true, ..newest(current, ask)? }),
        },
        (Some(cursor), None) => match current {
            Some(current) if cursor <= current.size => skipping(current, cursor, ask),
            current => Ok(Piece { reset: cursor > 0, ..newest(current, ask)? }),
        },
    }
}

struct LogFile {
    file: File,
    size: u64,
    mark: String,
}

impl LogFile {
    /// Never follows a link: whoever can replace the file must not choose what
    /// readers of the log get to see.
    fn open(path: &Path) -> io::Result<Option<Self>> {
        let missing = |error: io::Error| if error.kind() == ErrorKind::NotFound { Ok(None) } else { Err(error) };
        let named = match fs::symlink_metadata(path) {
            Ok(named) => named,
            Err(error) => return missing(error),
        };
        if !named.is_file() {
            return Err(io::Error::new(ErrorKind::InvalidInput, format!("{} is not a regular file", path.display())));
        }
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) => return missing(error),
        };
        let opened = file.metadata()?;
        if !is_same(&named, &opened) {
            // Replaced between the two looks; the next call sees what it is now.
            return Ok(None);
        }
        let mark = mark(&mut file)?;
        Ok(Some(Self { file, size: opened.len(), mark }))
    }

    /// Up to `length` bytes from there, less at the end of the file.
    fn bytes(&mut self, from: u64, length: usize) -> io::Result<Vec<u8>> {
        self.file.seek(SeekFrom::Start(from))?;
        let wanted = (length as u64).min(self.size.saturating_sub(from));
        let mut bytes = Vec::with_capacity(usize::try_from(wanted).unwrap_or_default());
        self.file.by_ref().take(wanted).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Just after the next line break at or after `from`.
    fn next_line(&mut self, mut from: u64) -> io::Result<Option<u64>> {
        loop {
            let bytes = self.bytes(from, CHUNK)?;
            if bytes.is_empty() {
                return Ok(None);
            }
            if let Some(at) = bytes.iter().position(|byte| *byte == b'\n') {
                return Ok(Some(from + at as u64 + 1));
            }
            from += bytes.len() as u64;
        }
    }
}

#[cfg(unix)]
fn is_same(named: &fs::Metadata, opened: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    opened.is_file() && (named.dev(), named.ino()) == (opened.dev(), opened.ino())
}

#[cfg(not(unix))]
fn is_same(_named: &fs::Metadata, opened: &fs::Metadata) -> bool {
    opened.is_file()
}

/// Of the first line; empty while that is not whole.
fn mark(file: &mut File) -> io::Result<String> {
    let mut first = Vec::new();
    file.by_ref().take(MARKED_BYTES).read_to_end(&mut first)?;
    match first.iter().position(|byte| *byte == b'\n') {
        Some(end) => first.truncate(end),
        None if first.len() as u64 == MARKED_BYTES => {}
        None => return Ok(String::new()),
    }
    Ok(hex(&Sha256::digest(&first)[..8]))
}

/// The files from the marked one to the newest, oldest first; or the newest alone
/// when the marked one is gone. Looked up from new to old, the way in which files
/// move when one becomes full, so that none is missed.
fn chain(
    path: &Path,
    current: Option<LogFile>,
    mark: &str,
    cursor: u64,
) -> io::Result<Result<Vec<LogFile>, Option<LogFile>>> {
    if mark == OLDEST {
        return all(path, current).map(Ok);
    }
    let mut files: Vec<LogFile> = current.into_iter().collect();
    let is_it = |file: &LogFile| (file.mark == mark || (mark.is_empty() && cursor == 0)) && cursor <= file.size;
    for number in 1..=MOST_OLDER {
        if files.last().is_some_and(is_it) {
            files.reverse();
            return Ok(Ok(files));
        }
        // A number may be missing for the moment in which the files move.
        let found = match LogFile::open(&older(path, number))? {
            Some(found) => found,
            None if number <= 2 => continue,
            None => break,
        };
        if files.iter().all(|file| file.mark != found.mark || file.mark.is_empty()) {
            files.push(found);
        }
    }
    files.truncate(1);
    Ok(Err(files.pop()))
}

/// Every file there is, oldest first.
fn all(path: &Path, current: Option<LogFile>) -> io::Result<Vec<LogFile>> {
    let mut files: Vec<LogFile> = current.into_iter().collect();
    for number in 1..=MOST_OLDER {
        match LogFile::open(&older(path, number))? {
            Some(found) if files.iter().all(|file| file.mark != found.mark) => files.push(found),
            None if number > 2 => break,
            _ => {}
        }
    }
    files.reverse();
    Ok(files)
}

/// From the cursor on until the answer is full; nothing is skipped.
fn forward(files: Vec<LogFile>, cursor: u64, ask: &Ask<'_>) -> io::Result<Piece> {
    let mut piece = Piece { cursor, ..Piece::default() };
    let mut left = ask.bytes;
    let last = files.len().saturating_sub(1);
    for (index, mut file) in files.into_iter().enumerate() {
        if index > 0 && file.mark.is_empty() {
            // Its first line is not whole, so it could not be found again.
            break;
        }
        let from = if index == 0 { cursor } else { 0 };
        piece.cursor = from;
        piece.size = file.size;
        piece.mark.clone_from(&file.mark);
        take_lines(&mut file, &mut piece, &mut left, ask)?;
        let is_read = piece.cursor == file.size;
        if !is_read && index < last && left > 0 && piece.lines.len() < ask.lines {
            // The last line of a file that is closed will not become longer.
            let rest = file.bytes(piece.cursor, left)?;
            let whole = piece.cursor + rest.len() as u64 == file.size && !rest.contains(&b'\n');
            if !whole {
                break;
            }
            left -= rest.len();
            piece.cursor = file.size;
            piece.lines.push(String::from_utf8_lossy(&rest).into_owned());
        } else if !is_read {
            break;
        }
    }
    Ok(piece)
}

/// Appends whole lines from `piece.cursor` on while there is room.
fn take_lines(file: &mut LogFile, piece: &mut Piece, left: &mut usize, ask: &Ask<'_>) -> io::Result<()> {
    let bytes = file.bytes(piece.cursor, *left)?;
    let mut rest = bytes.as_slice();
    while piece.lines.len() < ask.lines
        && let Some(end) = rest.iter().position(|byte| *byte == b'\n')
    {
        piece.lines.push(String::from_utf8_lossy(&rest[..end]).into_owned());
        piece.cursor += end as u64 + 1;
        *left -= end + 1;
        rest = &rest[end + 1..];
    }
    let is_longer = piece.lines.is_empty() && bytes.len() == *left;
    if is_longer && let Some(next) = file.next_line(piece.cursor)? {
        // Longer than an answer may be: its beginning, so that reading goes on.
        piece.lines.push(cut(&bytes));
        piece.truncated = true;
        piece.cursor = next;
        *left = 0;
    }
    Ok(())
}

/// From the cursor on; what does not fit is skipped.
fn skipping(mut file: LogFile, cursor: u64, ask: &Ask<'_>) -> io::Result<Piece> {
    let start = cursor.max(file.size.saturating_sub(ask.bytes as u64));
    let piece = last_lines(&mut file, start, ask)?;
    Ok(Piece { truncated: piece.truncated || start > cursor, ..piece })
}

/// The newest lines.
fn newest(file: Option<LogFile>, ask: &Ask<'_>) -> io::Result<Piece> {
    let Some(mut file) = file else { return Ok(Piece::default()) };
    let start = file.size.saturating_sub(ask.bytes as u64);
    let piece = last_lines(&mut file, start, ask)?;
    Ok(Piece { truncated: piece.truncated || start > 0, ..piece })
}

/// The last whole lines after `start`.
fn last_lines(file: &mut LogFile, start: u64, ask: &Ask<'_>) -> io::Result<Piece> {
    let mut piece = Piece { cursor: start, size: file.size, mark: file.mark.clone(), ..Piece::default() };
    // One byte before tells whether a line begins here.
    let before = start.saturating_sub(1);
    let bytes = file.bytes(before, ask.bytes + 1)?;
    let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n').map(|at| at + 1) else { return Ok(piece) };
    let begin = match start {
        0 => 0,
        _ => bytes.iter().position(|byte| *byte == b'\n').map_or(end, |at| at + 1),
    };
    piece.cursor = before + end as u64;
    piece.truncated = start > 0 && begin > 1;
    if begin == end && end > 1 {
        // The only line that ends here began before: its end is better than nothing.
        piece.lines.push(format!("…{}", cut_start(&bytes[..end - 1])));
        return Ok(piece);
    }
    let whole = bytes.get(begin..end.saturating_sub(1)).unwrap_or_default();
    let lines: Vec<&[u8]> = if end <= begin { Vec::new() } else { whole.split(|byte| *byte == b'\n').collect() };
    let skipped = lines.len().saturating_sub(ask.lines);
    piece.truncated |= skipped > 0;
    piece.lines = lines.iter().skip(skipped).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    Ok(piece)
}

/// As much as is whole characters, and a sign that there was more.
fn cut(bytes: &[u8]) -> String {
    let end =
        (0..4).map(|back| bytes.len().saturating_sub(back)).find(|end| std::str::from_utf8(&bytes[..*end]).is_ok());
    format!("{}…", String::from_utf8_lossy(&bytes[..end.unwrap_or(bytes.len())]))
}

/// Without the rest of a character whose beginning is missing.
fn cut_start(bytes: &[u8]) -> String {
    let is_rest = |byte: &&u8| (0x80..0xc0).contains(*byte);
    let rest = bytes.iter().take(3).take_while(is_rest).count();
    String::from_utf8_lossy(&bytes[rest..]).into_owned()
}

#[cfg(test)]
#[path = "tail/tests.rs"]
mod tests;
