//! What the second half of a restore has to do, as the first half wrote it down.
//! It is read again by another process, so what it names is checked before
//! anything moves: the file may have come with a folder from elsewhere.

use std::fs;
use std::io;
use std::path::{Component, Path};

use serde::{Deserialize, Serialize};

use super::gather::stays;
use super::manifest::is_plain;
use super::stage::{FOLDER, NEW};

/// How the name begins of the folder for what was there before.
pub(super) const ASIDE_BEGINNING: &str = "before-restore-";

/// What the second half has to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Plan {
    /// Folder that what is there goes to, below the state folder.
    pub(super) aside: String,
    /// Entries that go there; found when it begins.
    pub(super) old: Option<Vec<String>>,
    /// Entries that come.
    pub(super) new: Vec<String>,
    /// Whether there is a configuration among them.
    pub(super) config: bool,
    /// Names of secrets that wait in the credential store.
    pub(super) secrets: Vec<String>,
    /// Secret files that were not in the archive; what is there stays in force.
    pub(super) keep: Vec<String>,
    /// Secret settings that were not in the archive, likewise.
    pub(super) keep_settings: Vec<String>,
    /// Where it is from, for people.
    pub(super) from: String,
}

impl Plan {
    /// The field whose names lead elsewhere or to what no restore touches.
    pub(super) fn astray(&self) -> Option<&'static str> {
        let moves = |name: &String| is_entry(name) && may_move(name);
        let keeps = |name: &String| is_plain(name) && name.split('/').next().is_some_and(|top| !stays(Path::new(top)));
        let fields = [
            ("aside", is_entry(&self.aside) && self.aside.starts_with(ASIDE_BEGINNING)),
            ("old", self.old.iter().flatten().all(moves)),
            ("new", self.new.iter().all(moves)),
            ("keep", self.keep.iter().all(keeps)),
        ];
        fields.into_iter().find(|(_, good)| !good).map(|(field, _)| field)
    }
}

/// Entries of the state folder that a restore replaces.
pub(super) fn may_move(name: &str) -> bool {
    name.starts_with("postern.sqlite") || !stays(Path::new(name))
}

/// One name, not a way somewhere.
fn is_entry(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == name)
}

/// Whether the folders that things move between are folders of the state folder,
/// and not links to others. One that is missing does no harm.
pub(super) fn folders_are_own(state_dir: &Path, aside: &str) -> io::Result<bool> {
    for folder in [FOLDER.into(), Path::new(FOLDER).join(NEW), aside.into()] {
        match fs::symlink_metadata(state_dir.join(folder)) {
            Ok(found) if !found.is_dir() => return Ok(false),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        Plan {
            aside: "before-restore-20260101-000000".to_owned(),
            old: Some(vec!["postern.sqlite-wal".to_owned(), "workspace".to_owned()]),
            new: vec!["postern.sqlite".to_owned(), ".hidden".to_owned(), "a \\ of an agent".to_owned()],
            config: true,
            secrets: Vec::new(),
            keep: vec![".env".to_owned(), "workspace/.env".to_owned()],
            keep_settings: Vec::new(),
            from: "a.zip of here".to_owned(),
        }
    }

    #[test]
    fn a_plan_stays_in_the_state_folder_and_away_from_what_stays() {
        assert_eq!(plan().astray(), None);
        for name in ["", ".", "..", "../else", "/etc", "a/b", "a/", "credentials", "Update", "restore"] {
            let one = || vec![name.to_owned()];
            assert_eq!(Plan { aside: name.to_owned(), ..plan() }.astray(), Some("aside"), "{name}");
            assert_eq!(Plan { old: Some(one()), ..plan() }.astray(), Some("old"), "{name}");
            assert_eq!(Plan { new: one(), ..plan() }.astray(), Some("new"), "{name}");
        }
        for name in ["", "../else", "/etc/passwd", "a/../../b", "credentials/gateway-token"] {
            assert_eq!(Plan { keep: vec![name.to_owned()], ..plan() }.astray(), Some("keep"), "{name}");
        }
        let elsewhere = format!("{ASIDE_BEGINNING}/../../else");
        assert_eq!(Plan { aside: elsewhere, ..plan() }.astray(), Some("aside"));
    }
}
