//! `backup`: archives that are made by themselves.

use std::path::PathBuf;

use super::agents::parse_duration_ms;
use super::raw::RawBackup;
use super::resolve::Notes;

/// Archives that are kept when nothing is said.
const KEEP: usize = 7;
/// Shortest time between two, milliseconds.
const SHORTEST: u64 = 5 * 60 * 1_000;

/// Archives that are made by themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupSettings {
    /// Folder of all archives; below the state folder when relative.
    pub dir: PathBuf,
    /// Milliseconds between two; `None` makes none.
    pub every_ms: Option<i64>,
    /// How many are kept.
    pub keep: usize,
}

impl Notes {
    pub(super) fn backup(&mut self, raw: &RawBackup) -> BackupSettings {
        let dir = raw.dir.as_deref().map(str::trim);
        if dir.is_some_and(|dir| dir.is_empty() || dir.contains('\0')) {
            self.problem("backup.dir", "must be the path of a folder");
        }
        let every = raw.every.as_deref().map(str::trim).map(|text| (text, parse_duration_ms(text)));
        let every_ms = match every {
            None | Some((_, Some(0))) => None,
            Some((_, Some(every))) if every >= SHORTEST => i64::try_from(every).ok(),
            Some(_) => {
                self.problem("backup.every", "must be a duration of at least 5m, such as 24h or 7d; 0 is off");
                None
            }
        };
        BackupSettings {
            dir: PathBuf::from(dir.filter(|dir| !dir.is_empty()).unwrap_or("backups")),
            every_ms,
            keep: raw.keep.unwrap_or(KEEP),
        }
    }
}
