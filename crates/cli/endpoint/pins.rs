//! Certificates that somebody has confirmed, by host and port. Nothing that is
//! heard on the network ever changes one.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use postern_gateway::private;
use serde::{Deserialize, Serialize};

use crate::env::now_ms;
use crate::exit::{Exit, Failure, Outcome};

/// File in the state folder.
const FILE: &str = "remote-pins.json";

/// A confirmed certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pin {
    /// Its SHA-256, lower-case hex.
    pub(crate) sha256: String,
    /// When somebody confirmed it, epoch milliseconds.
    pub(crate) confirmed_at_ms: i64,
}

/// The file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Document {
    version: u32,
    pins: BTreeMap<String, Pin>,
}

/// Confirmed certificates of this profile.
#[derive(Debug)]
pub(crate) struct Pins {
    path: PathBuf,
    document: Document,
}

/// `host:port` of an address, lower case: what a pin is kept under.
pub(crate) fn place(url: &str) -> String {
    let usual = if url.starts_with("wss://") || url.starts_with("https://") { 443 } else { 80 };
    let Ok(parsed) = url::Url::parse(url) else { return url.to_ascii_lowercase() };
    let host = parsed.host_str().unwrap_or_default().to_ascii_lowercase();
    format!("{host}:{}", parsed.port().unwrap_or(usual))
}

impl Pins {
    /// Reads the file. One that cannot be read is an error: without it every
    /// changed certificate would look like a new one.
    pub(crate) fn open(state_dir: &Path) -> Outcome<Self> {
        let path = state_dir.join(FILE);
        let document = match fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text).map_err(|error| damaged(&path, &error))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Document { version: 1, pins: BTreeMap::new() },
            Err(error) => return Err(damaged(&path, &error)),
        };
        Ok(Self { path, document })
    }

    /// The certificate of a place.
    pub(crate) fn get(&self, place: &str) -> Option<&Pin> {
        self.document.pins.get(place)
    }

    /// Every one.
    pub(crate) fn all(&self) -> &BTreeMap<String, Pin> {
        &self.document.pins
    }

    /// Keeps what somebody confirmed.
    pub(crate) fn keep(&mut self, place: &str, sha256: &str) -> Outcome {
        let pin = Pin { sha256: sha256.to_owned(), confirmed_at_ms: now_ms() };
        self.document.pins.insert(place.to_owned(), pin);
        self.write()
    }

    /// Forgets one; whether there was one.
    pub(crate) fn forget(&mut self, place: &str) -> Outcome<bool> {
        let was = self.document.pins.remove(place).is_some();
        if was {
            self.write()?;
        }
        Ok(was)
    }

    fn write(&self) -> Outcome {
        let text = serde_json::to_string_pretty(&self.document).unwrap_or_default();
        let written = || -> io::Result<()> {
            private::make_folder(private::folder_of(&self.path))?;
            private::write(&self.path, &text)
        };
        written().map_err(|error| Failure::new(Exit::StateUnwritable, format!("{}: {error}", self.path.display())))
    }
}

fn damaged(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::new(Exit::Failed, format!("{} cannot be read: {error}", path.display()))
        .hint("mend it, or remove it; every certificate in it must then be confirmed again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_host_and_port() {
        for (url, wanted) in [
            ("wss://Gate.Example", "gate.example:443"),
            ("wss://gate.example:18789/base", "gate.example:18789"),
            ("wss://[fd00::1]:7", "[fd00::1]:7"),
            ("ws://127.0.0.1:7", "127.0.0.1:7"),
        ] {
            assert_eq!(place(url), wanted, "{url}");
        }
    }

    #[test]
    fn pins_are_kept_and_a_damaged_file_is_not_taken_for_an_empty_one() {
        let folder = tempfile::tempdir().unwrap();
        let mut pins = Pins::open(folder.path()).unwrap();
        pins.keep("gate:7", "ab").unwrap();
        assert_eq!(Pins::open(folder.path()).unwrap().get("gate:7").unwrap().sha256, "ab");
        assert!(pins.forget("gate:7").unwrap() && !pins.forget("gate:7").unwrap());
        fs::write(folder.path().join(FILE), "{").unwrap();
        assert!(Pins::open(folder.path()).is_err());
    }
}
