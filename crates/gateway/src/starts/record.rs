//! `starts.json`: how the last starts of this state folder went. Bounded, written
//! whole or not at all; a file that cannot be read is a fresh one.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;

use crate::private;
use serde::{Deserialize, Serialize};

/// Starts that are remembered.
const KEPT: usize = 20;
/// Characters of a reason that are kept.
const REASON: usize = 500;

/// How one start ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct End {
    /// Epoch milliseconds.
    pub(crate) at_ms: i64,
    /// Whether it was asked to end.
    pub(crate) clean: bool,
    /// It never served, and could say why: no crash.
    #[serde(default)]
    pub(crate) refused: bool,
    /// Why, for people.
    pub(crate) reason: String,
}

impl End {
    pub(crate) fn new(at_ms: i64, clean: bool, reason: &str) -> Self {
        Self { at_ms, clean, refused: false, reason: reason.chars().take(REASON).collect() }
    }
}

/// One start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Start {
    /// Epoch milliseconds.
    pub(crate) at_ms: i64,
    /// Process.
    pub(crate) pid: u32,
    /// Release.
    pub(crate) version: String,
    /// SHA-256 of the configuration's text.
    pub(crate) config: String,
    /// Where it listened first of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) listens: Option<SocketAddr>,
    /// It ran long enough to count as a good one.
    #[serde(default)]
    pub(crate) healthy: bool,
    /// How it ended; nothing while it runs, or when it ended without a word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) end: Option<End>,
}

impl Start {
    /// It never served, and could say why.
    pub(crate) fn was_refused(&self) -> bool {
        self.end.as_ref().is_some_and(|end| end.refused)
    }
}

/// The file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    /// Oldest first.
    #[serde(default)]
    pub(crate) starts: Vec<Start>,
    /// Starts before this time, epoch milliseconds, do not count any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) forgiven_ms: Option<i64>,
}

impl Record {
    /// What is written there.
    pub(crate) fn read(path: &Path) -> Self {
        // Longer than 20 starts can be: not ours.
        let small = fs::metadata(path).is_ok_and(|about| about.is_file() && about.len() < 256 * 1024);
        let text = small.then(|| fs::read_to_string(path).ok()).flatten();
        text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }

    /// Adds a start, and forgets the oldest.
    pub(crate) fn push(&mut self, start: Start) {
        // One that is tried again and again takes one place, not all of them.
        if self.starts.last().is_some_and(Start::was_refused) {
            self.starts.pop();
        }
        self.starts.push(start);
        let surplus = self.starts.len().saturating_sub(KEPT);
        self.starts.drain(..surplus);
    }

    /// Writes it, private and whole.
    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        private::write(path, serde_json::to_string_pretty(self).map_err(io::Error::other)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(at_ms: i64) -> Start {
        Start { at_ms, pid: 1, version: "1".into(), config: "c".into(), listens: None, healthy: false, end: None }
    }

    #[test]
    fn it_is_bounded_private_and_survives_nonsense() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("starts.json");
        assert_eq!(Record::read(&path), Record::default());
        let mut record = Record::default();
        for at in 0..100 {
            record.push(start(at));
        }
        record.write(&path).unwrap();
        let read = Record::read(&path);
        assert_eq!((read.starts.len(), read.starts[0].at_ms), (KEPT, 80));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        for nonsense in ["", "{", "[]", "{\"starts\":7}", "\u{0}"] {
            fs::write(&path, nonsense).unwrap();
            assert_eq!(Record::read(&path), Record::default(), "{nonsense:?}");
        }
        assert_eq!(End::new(0, false, &"x".repeat(5_000)).reason.len(), REASON);
    }
}
