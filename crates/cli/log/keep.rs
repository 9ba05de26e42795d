//! Old log files: which there are, and which go. What may stay is bounded in
//! number, age and bytes, also where many lie already.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use postern_gateway::config::LogKeep;

/// One old file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Old {
    number: u32,
    bytes: u64,
    changed_ms: i64,
}

/// Numbers of the old files there are, the newest first.
pub(super) fn numbers(path: &Path) -> Vec<u32> {
    found(path).into_iter().map(|(old, _)| old.number).collect()
}

/// Removes what may not stay. `now_ms` is epoch milliseconds.
pub(super) fn prune(path: &Path, keep: &LogKeep, now_ms: i64) {
    let all = found(path);
    let olds: Vec<Old> = all.iter().map(|(old, _)| old.clone()).collect();
    for index in surplus(&olds, keep, now_ms) {
        if let Some((_, file)) = all.get(index) {
            // One that cannot be removed is tried again the next time.
            drop(fs::remove_file(file));
        }
    }
}

fn found(path: &Path) -> Vec<(Old, PathBuf)> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Vec::new();
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut olds: Vec<(Old, PathBuf)> = entries
        .filter_map(|entry| {
            let number = entry.file_name().to_str()?.strip_prefix(name)?.strip_prefix('.')?.parse().ok()?;
            // Of a link itself, not of what it points to.
            let metadata = fs::symlink_metadata(entry.path()).ok().filter(|metadata| !metadata.is_dir())?;
            let changed = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            let changed_ms = changed.map_or(i64::MAX, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
            Some((Old { number, bytes: metadata.len(), changed_ms }, entry.path()))
        })
        .collect();
    olds.sort_by_key(|(old, _)| old.number);
    olds
}

/// Indexes of those that go. The newest file of all, which is not among them, may
/// become full: room for it is left.
fn surplus(olds: &[Old], keep: &LogKeep, now_ms: i64) -> Vec<usize> {
    let oldest_ms = now_ms.saturating_sub(i64::try_from(keep.age.as_millis()).unwrap_or(i64::MAX));
    let room = keep.total_bytes.saturating_sub(keep.file_bytes);
    let mut taken = 0_u64;
    let mut is_full = false;
    let mut goes = Vec::new();
    for (index, old) in olds.iter().enumerate() {
        taken = taken.saturating_add(old.bytes);
        // Once one is too much, so is every older one: no gaps.
        is_full |= taken > room;
        if is_full || index >= keep.files as usize || old.changed_ms < oldest_ms {
            goes.push(index);
        }
    }
    goes
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const DAY_MS: i64 = 86_400_000;

    fn keep() -> LogKeep {
        LogKeep { file_bytes: 10, files: 4, age: Duration::from_secs(3 * 86_400), total_bytes: 50 }
    }

    fn olds(facts: &[(u64, i64)]) -> Vec<Old> {
        let old =
            |(number, (bytes, days)): (u32, &(u64, i64))| Old { number, bytes: *bytes, changed_ms: -days * DAY_MS };
        (1..).zip(facts).map(old).collect()
    }

    #[test]
    fn number_age_and_bytes_are_bounded() {
        let surplus = |facts: &[(u64, i64)]| surplus(&olds(facts), &keep(), 0);
        assert_eq!(surplus(&[]), [0; 0]);
        assert_eq!(surplus(&[(10, 0), (10, 1), (10, 2), (10, 3)]), [0; 0]);
        assert_eq!(surplus(&[(1, 0); 6]), [4, 5]);
        assert_eq!(surplus(&[(1, 0), (1, 4)]), [1]);
        assert_eq!(surplus(&[(20, 0), (20, 0), (1, 0)]), [2]);
        // One file of 46 GB, and an old one behind it.
        assert_eq!(surplus(&[(46_000_000_000, 0), (1, 0)]), [0, 1]);
    }

    #[test]
    fn only_files_of_this_log_go() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.log");
        for name in ["p.log", "p.log.1", "p.log.2", "p.log.7", "p.log.900", "p.log.x", "q.log.9", "p.log.1.gz"] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        assert_eq!(numbers(&path), [1, 2, 7, 900]);
        prune(&path, &LogKeep { files: 2, total_bytes: 1_000, ..keep() }, 0);
        assert_eq!(numbers(&path), [1, 2]);
        for name in ["p.log", "p.log.x", "q.log.9", "p.log.1.gz"] {
            assert!(folder.path().join(name).exists(), "{name}");
        }
    }
}
