//! What an archive says about itself. The manifest is readable by everybody; the
//! table of contents is encrypted when the rest is, and bound to the manifest.

use serde::{Deserialize, Serialize};

use super::seal::Encryption;

/// Newest format that this release writes and reads.
pub const FORMAT: u32 = 1;
/// Name of the manifest in an archive.
pub(super) const MANIFEST: &str = "manifest.json";
/// Name of the table of contents in an archive.
pub(super) const CONTENTS: &str = "contents";
/// Names of what is restored in its own way; everything else is below a folder.
pub(super) const DATABASE: &str = "database.sqlite";
pub(super) const CONFIG: &str = "config.json5";
pub(super) const SECRETS: &str = "secrets.json";
/// Files of the state folder, and of agents' folders elsewhere.
pub(super) const STATE: &str = "state/";
pub(super) const WORKSPACE: &str = "workspace/";

/// Where an archive is from, readable without the passphrase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Format of the archive.
    pub format: u32,
    /// `postern`.
    pub product: String,
    /// Release that made it.
    pub version: String,
    /// Random, part of every encrypted file's name.
    pub id: String,
    /// Epoch milliseconds.
    pub created_at_ms: i64,
    /// Machine.
    pub host: String,
    /// Profile, when not the default one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Whether it was made by itself.
    #[serde(default)]
    pub scheduled: bool,
    /// Whether keys and tokens are in it.
    pub secrets: bool,
    /// Files in it, manifest and table of contents not counted.
    pub entries: u64,
    /// Bytes of them all, uncompressed.
    pub bytes: u64,
    /// How it is encrypted; absent when it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encryption: Option<Encryption>,
    /// Hex SHA-256 of the table of contents, when that is not encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contents_sha256: Option<String>,
}

/// The table of contents.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Contents {
    /// The files.
    pub entries: Vec<Entry>,
    /// Agents whose folders were outside the state folder.
    #[serde(default)]
    pub workspaces: Vec<OutsideWorkspace>,
    /// Settings that were taken out because they are secret.
    #[serde(default)]
    pub redacted: Vec<String>,
    /// What was left out.
    #[serde(default)]
    pub left_out: Vec<LeftOut>,
    /// Names of the keys and tokens in it.
    #[serde(default)]
    pub secrets: Vec<String>,
}

impl Contents {
    fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| entry.name == name)
    }

    /// Whether there is a database in it.
    #[must_use]
    pub fn has_database(&self) -> bool {
        self.has(DATABASE)
    }

    /// Whether there is a configuration in it.
    #[must_use]
    pub fn has_config(&self) -> bool {
        self.has(CONFIG)
    }
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What it is.
    pub name: String,
    /// Its name in the zip file: the same, or a number when that would tell too much.
    pub stored: String,
    /// Size.
    pub bytes: u64,
    /// Hex SHA-256.
    pub sha256: String,
    /// Whether it is a program.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub executable: bool,
}

/// An agent's folder outside the state folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutsideWorkspace {
    /// The agent.
    pub agent: String,
    /// Where it was.
    pub folder: String,
}

/// Something that did not go in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// What.
    pub what: String,
    /// Why.
    pub why: String,
}

impl LeftOut {
    pub(super) fn new(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self { what: what.into(), why: why.into() }
    }
}

/// Longest name of a file in an archive, bytes, and longest part of it.
const MAX_NAME: usize = 4096;
const MAX_PART: usize = 255;

/// Whether a name stays below the folder that it is unpacked into, on every
/// system: relative, no `..`, no separators or drive letters of other systems.
pub(super) fn is_plain(name: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part.len() <= MAX_PART
            && part != "."
            && part != ".."
            && !part.contains('\\')
            && !part.chars().any(char::is_control)
            && !(cfg!(windows) && (part.contains(':') || part.ends_with(['.', ' '])))
    };
    name.len() <= MAX_NAME && name.split('/').all(part)
}

/// Whether a name is one that an archive of ours has.
pub(super) fn is_known(name: &str) -> bool {
    let below = |folder: &str| name.strip_prefix(folder).is_some_and(is_plain);
    match name {
        DATABASE | CONFIG | SECRETS => true,
        _ if below(STATE) => true,
        // The agent's id, then a path.
        _ => below(WORKSPACE) && name[WORKSPACE.len()..].contains('/'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_below_the_folder_are_taken() {
        for good in ["database.sqlite", "config.json5", "state/a", "state/.x/b c", "workspace/main/SOUL.md"] {
            assert!(is_known(good), "{good}");
        }
        let long = format!("state/{}", "x".repeat(256));
        for bad in [
            "",
            "/etc/passwd",
            "../x",
            "state/../x",
            "state/a/../../x",
            "state/",
            "state//a",
            "state/./a",
            "state/a\\b",
            "C:/x",
            "state/a\0",
            "state/a\nb",
            "workspace/main",
            "workspace/../x/y",
            "other/x",
            "manifest.json",
            &long,
        ] {
            assert!(!is_known(bad), "{bad:?}");
        }
    }
}
