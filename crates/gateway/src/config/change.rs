//! Changing the file while no gateway runs: the same edits, checks and kept
//! versions as over the wire, under a lock, so that two programs that change it
//! at once both count.

use std::fs::File;
use std::io;
use std::path::Path;

use super::edit::EditError;
use super::file::{hash, read_file, write_file};
use super::versions::{self, Cause};
use super::{ConfigProblem, Overrides, validate_at};
use crate::options::{Clock, Paths};
use crate::private;

/// Held while the file is changed; apart from the file, which is replaced.
const LOCK: &str = "config.lock";

/// A change that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The text that was there.
    pub before: String,
    /// The text that is there now.
    pub text: String,
    /// What of it is ignored or unwise.
    pub warnings: Vec<String>,
    /// Mistakes that were there before and still are.
    pub remaining: Vec<ConfigProblem>,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// It was changed by somebody else since it was read.
    #[error("the configuration was changed by somebody else meanwhile; nothing was written")]
    Conflict,
    /// The text cannot be edited like that.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The new text would not be valid.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Invalid(Vec<ConfigProblem>),
    /// The system refused.
    #[error("{path}: {source}")]
    Io {
        /// What was read or written.
        path: String,
        /// What the system said.
        source: io::Error,
    },
}

/// What the new text must live up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// It has no problem at all.
    Valid,
    /// It has no problem that was not there before, so that a broken file can be
    /// mended piece by piece.
    NoWorse,
    /// The same, and unless it is valid it has fewer problems than before.
    Better,
}

/// On which terms the file is changed.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// What replaces the version that is kept.
    pub cause: Cause,
    /// What the new text must live up to.
    pub check: Check,
    /// Hash of the text that was looked at, if any was.
    pub base: Option<&'a str>,
    /// What wins over the file, and the environment that it may refer to.
    pub overrides: Option<&'a Overrides>,
}

/// Changes the file.
///
/// # Errors
/// [`ChangeError`]; the file is as it was then.
pub fn change(
    paths: &Paths,
    clock: &Clock,
    Change { cause, check, base, overrides }: &Change<'_>,
    edit: impl FnOnce(&str) -> Result<String, EditError>,
) -> Result<Changed, ChangeError> {
    let io_at = |path: &Path| {
        let path = path.display().to_string();
        move |source| ChangeError::Io { path, source }
    };
    let nothing = Overrides::default();
    let overrides = overrides.unwrap_or(&nothing);
    let _lock = lock(&paths.state_dir).map_err(io_at(&paths.state_dir))?;
    let found = read_file(&paths.config_path).map_err(io_at(&paths.config_path))?;
    let before = found.clone().unwrap_or_default();
    if base.is_some_and(|base| base != hash(&before)) {
        return Err(ChangeError::Conflict);
    }
    let text = edit(&before)?;
    if let Some(by) = overrides.read_only.as_ref().filter(|_| text != before) {
        let why = format!("the configuration is read-only: {by} is set; nothing was changed");
        return Err(ChangeError::Edit(EditError::Unusable(why)));
    }
    let found_now = validate_at(&text, paths, overrides);
    let known = match *check {
        Check::Valid => Vec::new(),
        Check::NoWorse | Check::Better => validate_at(&before, paths, overrides).problems,
    };
    let is_known = |problem: &ConfigProblem| {
        known.iter().any(|old| (&old.path, &old.message) == (&problem.path, &problem.message))
    };
    let (remaining, new): (Vec<_>, Vec<_>) = found_now.problems.into_iter().partition(is_known);
    if !new.is_empty() {
        return Err(ChangeError::Invalid(new));
    }
    if *check == Check::Better && !remaining.is_empty() && remaining.len() >= known.len() {
        return Err(ChangeError::Invalid(remaining));
    }
    if text != before || found.is_none() {
        if found.is_some() {
            versions::keep(paths, &before, *cause, clock.now_ms()).map_err(io_at(&paths.state_dir))?;
        }
        if let Some(folder) = paths.config_path.parent() {
            private::make_folder(folder).map_err(io_at(folder))?;
        }
        write_file(&paths.config_path, &text).map_err(io_at(&paths.config_path))?;
    }
    Ok(Changed { before, text, warnings: found_now.warnings, remaining })
}

/// Waits for whoever changes the file at the moment.
fn lock(state_dir: &Path) -> io::Result<File> {
    private::make_folder(state_dir)?;
    let file = private::options().create(true).truncate(false).write(true).open(state_dir.join(LOCK))?;
    file.lock()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::edit;
    use super::super::path::SettingPath;
    use super::*;

    fn paths(root: &tempfile::TempDir) -> Paths {
        Paths { state_dir: root.path().to_owned(), config_path: root.path().join("postern.json") }
    }

    fn set(paths: &Paths, base: Option<&str>, path: &str, value: &str, check: Check) -> Result<Changed, ChangeError> {
        let (path, value) = (SettingPath::parse(path).unwrap(), serde_json::from_str(value).unwrap());
        let terms = Change { cause: Cause::Set, check, base, overrides: None };
        change(paths, &Clock::new(|| 1), &terms, |text| edit::set(text, &path, &value))
    }

    #[test]
    fn a_change_is_checked_kept_and_never_over_somebody_elses() {
        let root = tempfile::tempdir().unwrap();
        let paths = paths(&root);
        let first = set(&paths, None, "gateway.port", "1234", Check::Valid).unwrap();
        let read = || fs::read_to_string(&paths.config_path).unwrap();
        assert_eq!((first.before.as_str(), first.text), ("", read()));
        let before = read();
        let wrong = set(&paths, None, "gateway.port", "\"x\"", Check::Valid);
        assert!(matches!(wrong, Err(ChangeError::Invalid(_))), "{wrong:?}");
        let stale = set(&paths, Some(&hash("{}")), "gateway.port", "1", Check::Valid);
        assert!(matches!(stale, Err(ChangeError::Conflict)), "{stale:?}");
        assert_eq!(read(), before);
        set(&paths, Some(&hash(&before)), "gateway.port", "4321", Check::Valid).unwrap();
        let kept = versions::list(&paths).unwrap();
        assert_eq!(versions::read(&paths, &kept[0].id).unwrap().unwrap(), before);
    }

    #[test]
    fn better_means_fewer_mistakes_and_no_new_one() {
        let root = tempfile::tempdir().unwrap();
        let paths = paths(&root);
        fs::write(&paths.config_path, "{ gateway: { port: 'x', bind: 'y' } }").unwrap();
        let refused = |path, value| match set(&paths, None, path, value, Check::Better) {
            Err(ChangeError::Invalid(problems)) => problems.into_iter().map(|problem| problem.path).collect(),
            other => vec![format!("{other:?}")],
        };
        assert_eq!(refused("gateway.auth.mode", "\"z\""), ["gateway.auth.mode"], "the new one alone is told");
        assert_eq!(refused("session.mainKey", "\"home\""), ["gateway.port", "gateway.bind"], "nothing is mended by it");
        let remaining = set(&paths, None, "gateway.port", "1", Check::Better).unwrap().remaining;
        assert_eq!(remaining.iter().map(|problem| problem.path.as_str()).collect::<Vec<_>>(), ["gateway.bind"]);
        assert_eq!(set(&paths, None, "gateway.bind", "\"lan\"", Check::Better).unwrap().remaining, []);
    }

    #[test]
    fn a_broken_file_is_mended_piece_by_piece() {
        let root = tempfile::tempdir().unwrap();
        let paths = paths(&root);
        fs::write(&paths.config_path, "{ gateway: { port: 'x', bind: 'y' } }").unwrap();
        assert!(set(&paths, None, "gateway.port", "1", Check::Valid).is_err());
        set(&paths, None, "gateway.port", "1", Check::NoWorse).unwrap();
        assert!(set(&paths, None, "gateway.auth.mode", "\"z\"", Check::NoWorse).is_err());
        set(&paths, None, "gateway.bind", "\"lan\"", Check::NoWorse).unwrap();
        assert!(
            validate_at(&fs::read_to_string(&paths.config_path).unwrap(), &paths, &Overrides::default())
                .problems
                .is_empty()
        );
    }
}
