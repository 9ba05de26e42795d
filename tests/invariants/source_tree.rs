//! The repository's files as text, for the tests of this folder.

use std::fs;
use std::path::{Path, PathBuf};

/// One Rust file: its path from the root of the repository, with `/`, and its text.
pub(super) struct Source {
    pub(super) path: String,
    pub(super) text: String,
}

impl Source {
    /// The text above the unit tests, which stand at the bottom of a file.
    pub(super) fn without_tests(&self) -> &str {
        if self.path.ends_with("/tests.rs") || self.path.contains("/testing/") {
            return "";
        }
        self.text.split_once("\n#[cfg(test)]\nmod ").map_or(&self.text, |(product, _)| product)
    }

    /// The unit tests of a file of the product; all of a file under `tests/`.
    pub(super) fn tests(&self) -> &str {
        if self.path.starts_with("tests/") { &self.text } else { &self.text[self.without_tests().len()..] }
    }
}

pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text of a file that must be there.
pub(super) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}")).replace("\r\n", "\n")
}

/// Every `.rs` file under `folder`, sorted by path.
pub(super) fn sources(folder: &str) -> Vec<Source> {
    let mut open = vec![root().join(folder)];
    let mut files = Vec::new();
    while let Some(folder) = open.pop() {
        let (folders, here): (Vec<_>, Vec<_>) = entries(&folder).into_iter().partition(|path| path.is_dir());
        open.extend(folders.into_iter().filter(|path| !path.ends_with("target")));
        files.extend(here.into_iter().filter(|path| path.extension().is_some_and(|kind| kind == "rs")));
    }
    files.sort();
    assert!(!files.is_empty(), "no .rs file under {folder}: the test looks at the wrong place");
    files.iter().map(|path| relative(path)).map(|path| Source { text: read(&path), path }).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let listing = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    listing.map(|entry| entry.expect("a readable folder").path()).collect()
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).expect("a path below the root").to_string_lossy().replace('\\', "/")
}

#[test]
fn unit_tests_are_told_from_the_product() {
    let file = |path: &str| Source { path: path.into(), text: "fn a() {}\n\n#[cfg(test)]\nmod tests {}\n".into() };
    assert_eq!(file("crates/x/src/a.rs").without_tests(), "fn a() {}\n");
    assert_eq!(file("crates/x/src/a.rs").tests(), "\n#[cfg(test)]\nmod tests {}\n");
    assert_eq!(file("crates/x/src/a/tests.rs").without_tests(), "");
    assert_eq!(file("tests/suite/a.rs").tests(), file("tests/suite/a.rs").text);
}
