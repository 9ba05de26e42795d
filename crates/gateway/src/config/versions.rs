//! Kept versions: the text that was in force before each change, so that any
//! change can be taken back. They may contain secrets: 0600, in a 0700 folder.

use std::fs;
use std::io;
use std::path::PathBuf;

use super::file::{hash, read_file, write_file};
use crate::options::Paths;
use crate::private;

/// How many are kept; the oldest go first.
const KEPT: usize = 30;
/// Name of the folder in the state folder.
const FOLDER: &str = "config-versions";
/// End of the year 9999: a larger number in a name is no time.
const LAST_MS: i64 = 253_402_300_799_999;
/// Ending of every version.
const ENDING: &str = ".json5";

/// What replaced a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The whole text was set.
    Set,
    /// Single settings were changed.
    Patch,
    /// The whole text was set and the gateway started again.
    Apply,
    /// An earlier version was brought back.
    Restore,
    /// Somebody wrote the file.
    Disk,
    /// Settings of another program were taken over.
    Import,
    /// A setup assistant wrote it.
    Setup,
}

impl Cause {
    const ALL: [Self; 7] = [Self::Set, Self::Patch, Self::Apply, Self::Restore, Self::Disk, Self::Import, Self::Setup];

    /// The word in file names and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Patch => "patch",
            Self::Apply => "apply",
            Self::Restore => "restore",
            Self::Disk => "disk",
            Self::Import => "import",
            Self::Setup => "setup",
        }
    }
}

/// A kept version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its name.
    pub id: String,
    /// When it was replaced, epoch milliseconds.
    pub at_ms: i64,
    /// What replaced it.
    pub cause: Cause,
    /// Size, bytes.
    pub bytes: u64,
}

/// Keeps `text`, which is about to be replaced. The same text as the newest kept
/// one is not kept again.
///
/// # Errors
/// What the system said.
pub fn keep(paths: &Paths, text: &str, cause: Cause, now_ms: i64) -> io::Result<()> {
    let folder = folder(paths);
    let known = list(paths)?;
    let digest = hash(text);
    let short = &digest[..12];
    if known.first().is_some_and(|newest| newest.id.ends_with(&format!("-{short}"))) {
        return Ok(());
    }
    private::tighten_folder(&folder)?;
    // Two changes in one millisecond, or a clock that was set back.
    let newest = known.first().map_or(0, |newest| newest.at_ms.saturating_add(1));
    let at_ms = now_ms.max(newest).min(LAST_MS);
    write_file(&folder.join(format!("{at_ms:013}-{}-{short}{ENDING}", cause.as_str())), text)?;
    for old in known.iter().skip(KEPT - 1) {
        fs::remove_file(folder.join(format!("{}{ENDING}", old.id)))?;
    }
    Ok(())
}

/// The kept versions, newest first.
///
/// # Errors
/// What the system said.
pub fn list(paths: &Paths) -> io::Result<Vec<Version>> {
    let entries = match fs::read_dir(folder(paths)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut versions: Vec<Version> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().into_string().ok()?;
            version(name.strip_suffix(ENDING)?, entry.metadata().ok()?.len())
        })
        .collect();
    versions.sort_by(|a, b| b.at_ms.cmp(&a.at_ms).then_with(|| b.id.cmp(&a.id)));
    Ok(versions)
}

/// The text of a kept version; `None` when there is none of that name.
///
/// # Errors
/// What the system said.
pub fn read(paths: &Paths, id: &str) -> io::Result<Option<String>> {
    // The id comes from clients: it is a name of the list or nothing.
    let known = list(paths)?.into_iter().any(|version| version.id == id);
    if known { read_file(&folder(paths).join(format!("{id}{ENDING}"))) } else { Ok(None) }
}

fn folder(paths: &Paths) -> PathBuf {
    paths.state_dir.join(FOLDER)
}

fn version(id: &str, bytes: u64) -> Option<Version> {
    let mut parts = id.splitn(3, '-');
    let at_ms = parts.next()?.parse().ok().filter(|at_ms| (0..=LAST_MS).contains(at_ms))?;
    let word = parts.next()?;
    let cause = Cause::ALL.into_iter().find(|cause| cause.as_str() == word)?;
    parts.next()?;
    Some(Version { id: id.to_owned(), at_ms, cause, bytes })
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    use std::path::Path;

    use super::*;

    fn paths(root: &tempfile::TempDir) -> Paths {
        Paths { state_dir: root.path().to_owned(), config_path: root.path().join("postern.json") }
    }

    #[test]
    fn the_newest_are_kept_and_can_be_read_again() {
        let root = tempfile::tempdir().unwrap();
        let paths = paths(&root);
        assert!(list(&paths).unwrap().is_empty());
        for number in 0..40 {
            keep(&paths, &format!("{{ n: {number} }}"), Cause::Patch, 1_000 + number).unwrap();
        }
        let versions = list(&paths).unwrap();
        assert_eq!((versions.len(), versions[0].at_ms, versions[0].cause), (KEPT, 1_039, Cause::Patch));
        assert_eq!(read(&paths, &versions[3].id).unwrap().unwrap(), "{ n: 36 }");
        assert_eq!(read(&paths, "../postern").unwrap(), None);
    }

    #[test]
    fn the_same_text_is_kept_once_and_order_survives_a_clock_set_back() {
        let root = tempfile::tempdir().unwrap();
        let paths = paths(&root);
        for (text, at) in [("a", 50), ("a", 60), ("b", 10), ("c", 10)] {
            keep(&paths, text, Cause::Set, at).unwrap();
        }
        let texts = list(&paths).unwrap().into_iter().map(|version| read(&paths, &version.id).unwrap().unwrap());
        assert_eq!(texts.collect::<Vec<_>>(), ["c", "b", "a"]);
    }

    #[test]
    fn a_name_that_is_no_time_stops_nothing() {
        let root = tempfile::tempdir().unwrap();
        let paths = paths(&root);
        keep(&paths, "a", Cause::Set, 1_000).unwrap();
        for number in ["9223372036854775807", "9223372036854775806", "253402300800000", "-1"] {
            fs::write(folder(&paths).join(format!("{number}-set-0123456789ab{ENDING}")), "not ours").unwrap();
        }
        keep(&paths, "b", Cause::Set, 2_000).unwrap();
        assert_eq!(list(&paths).unwrap().iter().map(|version| version.at_ms).collect::<Vec<_>>(), [2_000, 1_000]);
        // The last one that is a time.
        fs::write(folder(&paths).join(format!("{LAST_MS}-set-0123456789ab{ENDING}")), "far away").unwrap();
        keep(&paths, "c", Cause::Set, 3_000).unwrap();
        assert_eq!(list(&paths).unwrap().len(), 4);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_them() {
        use std::os::unix::fs::PermissionsExt as _;
        let root = tempfile::tempdir().unwrap();
        let paths = paths(&root);
        keep(&paths, "{ gateway: { auth: { token: 'x' } } }", Cause::Disk, 1).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let folder = folder(&paths);
        let file = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
        assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
    }
}
