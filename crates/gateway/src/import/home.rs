//! The home of another gateway: found, and read within limits. Nothing here
//! opens a file for writing.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::ImportError;
use super::report::Report;
use crate::config::json5_value;

/// Names of the homes, newest first.
const HOMES: [&str; 4] = [".openclaw", ".clawdbot", ".moltbot", ".moldbot"];
/// Names of the configuration in one.
const CONFIGS: [&str; 4] = ["openclaw.json", "clawdbot.json", "moltbot.json", "moldbot.json"];
/// What says that a folder is one.
const MARKS: [&str; 5] = ["agents", "devices", "identity", "cron", "state"];
/// Largest document that is read.
const MAX_DOCUMENT: u64 = 64 * 1024 * 1024;

/// The home of another gateway below a user's home folder, if there is one.
#[must_use]
pub fn find_home(user_home: &Path) -> Option<PathBuf> {
    HOMES.iter().map(|name| user_home.join(name)).find(|path| is_home(path))
}

fn is_home(path: &Path) -> bool {
    CONFIGS.iter().chain(&MARKS).any(|name| path.join(name).exists())
}

/// A home.
#[derive(Debug)]
pub(super) struct Home {
    path: PathBuf,
}

impl Home {
    pub(super) fn open(path: &Path) -> Result<Self, ImportError> {
        // A user's home folder is meant as the one below it.
        let path = if is_home(path) { path.to_owned() } else { find_home(path).unwrap_or_else(|| path.to_owned()) };
        if !is_home(&path) {
            return Err(ImportError::NoHome(path));
        }
        Ok(Self { path: path.canonicalize().unwrap_or(path) })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn is(&self, other: &Path) -> bool {
        other.canonicalize().is_ok_and(|other| other == self.path)
    }

    /// The folder that `~` stands for in its files.
    pub(super) fn user_home(&self) -> Option<&Path> {
        self.path.parent()
    }

    /// Its configuration; an empty one when there is none that can be read.
    pub(super) fn config(&self, report: &mut Report) -> Value {
        let empty = || Value::Object(serde_json::Map::new());
        let Some(name) = CONFIGS.iter().find(|name| self.path.join(name).exists()) else { return empty() };
        match self.text(name) {
            Ok(text) => json5_value(&text).unwrap_or_else(|| {
                report.left("config", *name, "is not JSON5");
                empty()
            }),
            Err(error) => {
                report.left("config", *name, error.to_string());
                empty()
            }
        }
    }

    /// A regular file as text: a pipe would be waited for without end.
    pub(super) fn text(&self, name: impl AsRef<Path>) -> io::Result<String> {
        let path = self.path.join(name);
        if !fs::metadata(&path)?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "is no regular file"));
        }
        let file = File::open(path)?;
        let mut text = String::new();
        file.take(MAX_DOCUMENT + 1).read_to_string(&mut text)?;
        if text.len() as u64 > MAX_DOCUMENT {
            return Err(io::Error::other("is too large"));
        }
        Ok(text)
    }

    /// A JSON document; `None` when there is none, told when it cannot be read.
    pub(super) fn document(&self, area: &str, name: &str, report: &mut Report) -> Option<Value> {
        let text = match self.text(name) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                report.left(area, name, error.to_string());
                return None;
            }
        };
        let value = json5_value(&text);
        if value.is_none() {
            report.left(area, name, "cannot be read as JSON");
        }
        value
    }

    /// Plain folders below one, by name.
    pub(super) fn folders(&self, name: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path.join(name)) else { return Vec::new() };
        let named = entries.filter_map(|entry| {
            let entry = entry.ok()?;
            entry.file_type().ok()?.is_dir().then_some(())?;
            entry.file_name().into_string().ok()
        });
        let mut names: Vec<String> = named.collect();
        names.sort();
        names
    }

    /// Plain files of a folder, by name.
    pub(super) fn files(&self, name: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path.join(name)) else { return Vec::new() };
        let named = entries.filter_map(|entry| {
            let entry = entry.ok()?;
            entry.file_type().ok()?.is_file().then_some(())?;
            entry.file_name().into_string().ok()
        });
        let mut names: Vec<String> = named.collect();
        names.sort();
        names
    }
}
