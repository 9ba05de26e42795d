//! Paths as models write them, brought into one form: relative to the workspace, without `.` and `..`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::workspace::WorkspaceError;

/// The longest path, in bytes.
const MAX_PATH_BYTES: usize = 4096;
/// The longest name of one file or folder, in bytes.
const MAX_NAME_BYTES: usize = 255;

/// A path below the workspace. `..` was resolved by its text, so none is left and none can climb out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RelativePath {
    names: Vec<String>,
    /// The shared folder that it is below, when that is not the workspace.
    shared: Option<Arc<Path>>,
}

impl RelativePath {
    /// Accepts relative paths, and absolute ones that begin with `root`.
    pub(super) fn parse(root: &Path, text: &str) -> Result<Self, WorkspaceError> {
        if text.contains('\0') {
            return Err(WorkspaceError::Nul);
        }
        if text.len() > MAX_PATH_BYTES {
            return Err(WorkspaceError::TooLong);
        }
        let outside = || WorkspaceError::Outside(text.to_owned());
        let mut parts: Vec<String> = Vec::new();
        for part in split(below(root, text).ok_or_else(outside)?) {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop().ok_or_else(outside)?),
                "~" if parts.is_empty() => return Err(outside()),
                name if name.len() > MAX_NAME_BYTES => return Err(WorkspaceError::TooLong),
                name if cfg!(windows) && !plain_on_windows(name) => return Err(outside()),
                name => parts.push(name.to_owned()),
            }
        }
        Ok(Self { names: parts, shared: None })
    }

    /// The same names below the folder `root`.
    pub(super) fn below_shared(self, root: &Arc<Path>) -> Self {
        Self { shared: Some(Arc::clone(root)), ..self }
    }

    /// The shared folder that it is below.
    pub(super) fn shared(&self) -> Option<&Path> {
        self.shared.as_deref()
    }

    /// Whether this is the workspace itself.
    pub(super) fn is_root(&self) -> bool {
        self.names.is_empty()
    }

    /// Names from the workspace down.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// For system calls; `.` for the workspace itself.
    pub(super) fn to_path(&self) -> PathBuf {
        if self.is_root() { PathBuf::from(".") } else { self.names.iter().collect() }
    }

    /// The name of the last part and what is before it; nothing for the workspace itself.
    pub(super) fn split_name(&self) -> Option<(Self, &str)> {
        let (name, parents) = self.names.split_last()?;
        Some((Self { names: parents.to_vec(), shared: self.shared.clone() }, name))
    }
}

/// With `/` between names on every system, `.` for the workspace itself; below a shared folder the whole path.
impl fmt::Display for RelativePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.shared {
            None if self.is_root() => f.write_str("."),
            None => f.write_str(&self.names.join("/")),
            Some(root) if self.is_root() => write!(f, "{}", root.display()),
            Some(root) => write!(f, "{}/{}", root.display(), self.names.join("/")),
        }
    }
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c| c == '/' || (cfg!(windows) && c == '\\'))
}

/// The part of `text` below `root`; `None` for an absolute path elsewhere.
fn below<'t>(root: &Path, text: &'t str) -> Option<&'t str> {
    let is_absolute = text.starts_with('/') || Path::new(text).has_root() || Path::new(text).is_absolute();
    if !is_absolute {
        return Some(text);
    }
    let rest = text.strip_prefix(root.to_str()?)?;
    let ends_at_a_name = rest.is_empty() || rest.starts_with('/') || (cfg!(windows) && rest.starts_with('\\'));
    ends_at_a_name.then_some(rest)
}

/// Windows opens devices by name in every folder, streams by `:`, and drops dots and spaces at the end of names.
fn plain_on_windows(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix)
            .is_some_and(|rest| rest.chars().count() == 1 && rest.chars().all(|c| "0123456789¹²³".contains(c)))
    };
    let device = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].contains(&stem.as_str())
        || numbered("COM")
        || numbered("LPT");
    let forbidden = |c: char| c.is_control() || "<>:\"|?*".contains(c);
    !device && !name.contains(forbidden) && !name.ends_with(['.', ' '])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<String, WorkspaceError> {
        RelativePath::parse(Path::new("/home/me/ws"), text).map(|path| path.to_string())
    }

    #[test]
    fn one_form_for_all_spellings() {
        for (text, expected) in [
            ("a/b", "a/b"),
            ("./a//b/", "a/b"),
            ("a/x/../b", "a/b"),
            ("", "."),
            (".", "."),
            ("a/..", "."),
            ("/home/me/ws", "."),
            ("/home/me/ws/", "."),
            ("/home/me/ws/a", "a"),
            ("~x", "~x"),
            ("a/~", "a/~"),
            ("...", "..."),
            ("..a", "..a"),
        ] {
            assert_eq!(parse(text).ok().as_deref(), Some(expected), "{text:?}");
        }
    }

    #[test]
    fn nothing_climbs_out() {
        for text in [
            "..",
            "../x",
            "a/../../x",
            "/",
            "/etc/passwd",
            "/home/me/ws2",
            "/home/me/ws/../x",
            "//etc",
            "~",
            "~/x",
            "./..",
        ] {
            assert!(matches!(parse(text), Err(WorkspaceError::Outside(_))), "{text:?}");
        }
        assert!(matches!(parse("a\0b"), Err(WorkspaceError::Nul)));
        assert!(matches!(parse(&"a".repeat(256)), Err(WorkspaceError::TooLong)));
        assert!(matches!(parse(&"a/".repeat(3000)), Err(WorkspaceError::TooLong)));
    }

    #[test]
    fn devices_and_streams_of_windows_are_known() {
        for name in ["NUL", "nul.txt", "COM1", "lpt9.log", "COM¹", "a:stream", "a.", "a ", "C:", "CONIN$", "a?"] {
            assert!(!plain_on_windows(name), "{name:?}");
        }
        for name in ["nulls", "com", "COM10", "a.b", ".git", "lpt", "conx"] {
            assert!(plain_on_windows(name), "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn a_parsed_path_has_no_special_part_left(text in "([./~\\\\a-c\0]|\\PC){0,40}") {
            if let Ok(path) = RelativePath::parse(Path::new("/home/me/ws"), &text) {
                for name in path.names() {
                    prop_assert!(!name.is_empty() && name != "." && name != "..");
                    prop_assert!(!name.contains(['/', '\0']));
                }
                prop_assert!(path.to_path().is_relative());
            }
        }
    }
}
