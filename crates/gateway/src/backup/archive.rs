//! Reading an archive. Everything in it is a claim: sizes, names and hashes are
//! checked before and while it is read, and nothing is written by its names.
//! Blocks.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use postern_protocol::hex::hex;
use sha2::{Digest as _, Sha256};
use zip::CompressionMethod;
use zip::read::ZipArchive;
use zip::result::ZipError;

use super::BackupError;
use super::manifest::{CONTENTS, Contents, Entry, FORMAT, MANIFEST, Manifest, is_known, is_plain};
use super::seal::{Key, Opening};
use crate::secrets::Secret;

/// Largest manifest and table of contents, bytes.
const MAX_MANIFEST: u64 = 64 * 1024;
const MAX_CONTENTS: u64 = 128 * 1024 * 1024;
/// How much more than its size an archive may unpack to: deflate never reaches
/// a thousandfold, and ours are far from it.
const MAX_GROWTH: u64 = 400;
/// A small archive may hold a large and empty database.
const ALWAYS_TAKEN: u64 = 256 * 1024 * 1024;

/// An archive that was opened; its manifest was read.
#[derive(Debug)]
pub struct Archive {
    path: PathBuf,
    zip: ZipArchive<File>,
    /// What it says about itself. Of an encrypted one this is only a claim until
    /// [`Archive::unlock`].
    pub manifest: Manifest,
    manifest_text: Vec<u8>,
    /// Size of the file.
    pub bytes: u64,
}

/// An archive whose table of contents was read.
pub struct Unlocked {
    archive: Archive,
    key: Option<Key>,
    /// What is in it.
    pub contents: Contents,
}

impl std::fmt::Debug for Unlocked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unlocked").field("archive", &self.archive).finish_non_exhaustive()
    }
}

impl Archive {
    /// Opens an archive and reads its manifest.
    ///
    /// # Errors
    /// When it is none, is cut off, was tampered with in a way that shows without
    /// its passphrase, or is of a newer format.
    pub fn open(path: &Path) -> Result<Self, BackupError> {
        let file = File::open(path).map_err(|error| BackupError::io(path, error))?;
        let bytes = file.metadata().map_err(|error| BackupError::io(path, error))?.len();
        let mut zip = ZipArchive::new(file).map_err(|error| refused(path, error))?;
        if zip.has_duplicate_names() {
            return Err(BackupError::hostile(path, "two files in it have one name"));
        }
        if zip.has_overlapping_files().map_err(|error| refused(path, error))? {
            return Err(BackupError::hostile(path, "files in it overlap"));
        }
        let unpacked = zip.decompressed_size();
        let most = u128::from(bytes.saturating_mul(MAX_GROWTH).saturating_add(ALWAYS_TAKEN));
        if unpacked.is_none_or(|unpacked| unpacked > most) {
            return Err(BackupError::hostile(path, "it would unpack to far more than it can hold"));
        }
        let manifest_text = small(path, &mut zip, MANIFEST, MAX_MANIFEST)?;
        let manifest = manifest(path, &manifest_text)?;
        let archive = Self { path: path.to_owned(), zip, manifest, manifest_text, bytes };
        if archive.zip.len() as u64 != archive.manifest.entries.saturating_add(2) {
            return Err(BackupError::damaged(path, "it holds more or fewer files than its manifest says"));
        }
        Ok(archive)
    }

    /// Whether a passphrase is needed.
    #[must_use]
    pub const fn is_encrypted(&self) -> bool {
        self.manifest.encryption.is_some()
    }

    /// Reads the table of contents.
    ///
    /// # Errors
    /// A missing or wrong passphrase, or an archive that was changed.
    pub fn unlock(mut self, passphrase: Option<&Secret>) -> Result<Unlocked, BackupError> {
        let key = match (&self.manifest.encryption, passphrase) {
            (None, _) => None,
            (Some(_), None) => return Err(BackupError::PassphraseNeeded),
            (Some(encryption), Some(passphrase)) => {
                Some(encryption.key(passphrase).map_err(|error| in_file(error, &self.path))?)
            }
        };
        let raw = small(&self.path, &mut self.zip, CONTENTS, MAX_CONTENTS)?;
        let text = match &key {
            None => raw,
            Some(key) => {
                let name = contents_name(&self.manifest_text);
                let mut text = Vec::new();
                let opened = Opening::new(key, &name, raw.as_slice()).and_then(|mut open| open.read_to_end(&mut text));
                opened.map_err(|_| BackupError::damaged(&self.path, "it was changed after it was made"))?;
                text
            }
        };
        if key.is_none() && self.manifest.contents_sha256.as_deref() != Some(hex(&Sha256::digest(&text)).as_str()) {
            return Err(BackupError::damaged(&self.path, "its table of contents was changed after it was made"));
        }
        let contents: Contents = serde_json::from_slice(&text)
            .map_err(|_| BackupError::damaged(&self.path, "its table of contents cannot be read"))?;
        let unlocked = Unlocked { archive: self, key, contents };
        unlocked.check()?;
        Ok(unlocked)
    }

    /// Reads every byte of an encrypted archive without its passphrase: finds
    /// damage, though not a forgery.
    ///
    /// # Errors
    /// [`BackupError::Damaged`].
    pub fn check_bytes(&mut self) -> Result<(), BackupError> {
        for index in 0..self.zip.len() {
            let mut file = self.zip.by_index(index).map_err(|error| refused(&self.path, error))?;
            io::copy(&mut file, &mut io::sink())
                .map_err(|error| BackupError::damaged(&self.path, error.to_string()))?;
        }
        Ok(())
    }
}

impl Unlocked {
    /// The manifest, now known to be the archive's own.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.archive.manifest
    }

    /// Size of the archive.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.archive.bytes
    }

    fn check(&self) -> Result<(), BackupError> {
        let path = &self.archive.path;
        let (mut names, mut stored) = (HashSet::new(), HashSet::new());
        for entry in &self.contents.entries {
            if !is_known(&entry.name) {
                return Err(BackupError::hostile(path, format!("{:?} is no name of a file in a backup", entry.name)));
            }
            if !names.insert(entry.name.as_str()) || !stored.insert(entry.stored.as_str()) {
                return Err(BackupError::hostile(path, format!("{:?} is in it twice", entry.name)));
            }
        }
        let is_agent = |agent: &str| is_plain(agent) && !agent.contains('/');
        if self.contents.workspaces.iter().any(|outside| !is_agent(&outside.agent)) {
            return Err(BackupError::hostile(path, "it names an agent that cannot be one"));
        }
        let claimed: u64 = self.contents.entries.iter().map(|entry| entry.bytes).fold(0, u64::saturating_add);
        let fits = self.contents.entries.len() as u64 == self.archive.manifest.entries
            && claimed == self.archive.manifest.bytes;
        if fits { Ok(()) } else { Err(BackupError::damaged(path, "its manifest and its table of contents differ")) }
    }

    /// Bytes of everything, unpacked.
    #[must_use]
    pub const fn unpacked(&self) -> u64 {
        self.archive.manifest.bytes
    }

    /// The entry of this name.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<Entry> {
        self.contents.entries.iter().find(|entry| entry.name == name).cloned()
    }

    /// Unpacks one file into `sink`, and checks it.
    ///
    /// # Errors
    /// When it is damaged, or `sink` fails; `into` names that in the error.
    pub(super) fn read(&mut self, entry: &Entry, sink: &mut dyn Write, into: &Path) -> Result<(), BackupError> {
        let path = self.archive.path.clone();
        let damaged = |why: &str| BackupError::damaged(&path, format!("{}: {why}", entry.name));
        let file = self.archive.zip.by_name(&entry.stored).map_err(|_| damaged("is missing"))?;
        if file.is_symlink() || file.is_dir() || file.encrypted() {
            return Err(BackupError::hostile(&path, format!("{} is no plain file", entry.name)));
        }
        if !matches!(file.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
            return Err(BackupError::hostile(&path, format!("{} is packed in an unusual way", entry.name)));
        }
        let name = entry_name(&self.archive.manifest.id, &entry.stored);
        let reader: Box<dyn Read> = match &self.key {
            None => Box::new(file),
            Some(key) => Box::new(Opening::new(key, &name, file).map_err(|_| damaged("is cut off"))?),
        };
        // One byte more than it may have shows that it has more.
        let mut reader = reader.take(entry.bytes.saturating_add(1));
        let (mut hash, mut read, mut piece) = (Sha256::new(), 0_u64, vec![0_u8; 64 * 1024]);
        loop {
            let n = reader.read(&mut piece).map_err(|error| damaged(&error.to_string()))?;
            if n == 0 {
                break;
            }
            read += n as u64;
            if read > entry.bytes {
                return Err(damaged("is larger than it says"));
            }
            hash.update(&piece[..n]);
            sink.write_all(&piece[..n]).map_err(|error| BackupError::io(into, error))?;
        }
        if read != entry.bytes || hex(&hash.finalize()) != entry.sha256 {
            return Err(damaged("was changed after the backup was made"));
        }
        Ok(())
    }
}

/// Under which name a file is sealed: its own, in this archive.
pub(super) fn entry_name(archive: &str, stored: &str) -> Vec<u8> {
    format!("entry|{archive}|{stored}").into_bytes()
}

/// Under which name the table of contents is sealed: this very manifest.
pub(super) fn contents_name(manifest: &[u8]) -> Vec<u8> {
    format!("contents|{}", hex(&Sha256::digest(manifest))).into_bytes()
}

fn small(path: &Path, zip: &mut ZipArchive<File>, name: &str, most: u64) -> Result<Vec<u8>, BackupError> {
    let file = match zip.by_name(name) {
        Err(ZipError::FileNotFound) => return Err(BackupError::damaged(path, format!("it has no {name}"))),
        file => file.map_err(|error| refused(path, error))?,
    };
    if file.is_symlink() || file.encrypted() || file.size() > most {
        return Err(BackupError::hostile(path, format!("its {name} is too large or no plain file")));
    }
    let mut bytes = Vec::new();
    let read = file.take(most + 1).read_to_end(&mut bytes);
    read.map_err(|error| BackupError::damaged(path, format!("{name}: {error}")))?;
    if bytes.len() as u64 > most {
        return Err(BackupError::hostile(path, format!("its {name} is too large")));
    }
    Ok(bytes)
}

fn manifest(path: &Path, text: &[u8]) -> Result<Manifest, BackupError> {
    // The format first: a newer manifest may not fit the rest.
    let value: serde_json::Value =
        serde_json::from_slice(text).map_err(|_| BackupError::damaged(path, "its manifest cannot be read"))?;
    if value["product"] != "postern" {
        return Err(BackupError::damaged(path, "its manifest is not one of Postern"));
    }
    let found = value["format"].as_u64().and_then(|format| u32::try_from(format).ok()).unwrap_or(0);
    if found > FORMAT {
        let made_by = value["version"].as_str().unwrap_or("a newer release").chars().take(40).collect();
        return Err(BackupError::Newer { made_by, found, known: FORMAT });
    }
    let read = serde_json::from_value::<Manifest>(value).ok().filter(|manifest| manifest.format >= 1);
    read.ok_or_else(|| BackupError::damaged(path, "its manifest lacks something"))
}

fn refused(path: &Path, error: ZipError) -> BackupError {
    match error {
        ZipError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => BackupError::io(path, error),
        error => BackupError::damaged(path, format!("it is no whole zip file ({error})")),
    }
}

/// A manifest's own mistakes are the archive's.
fn in_file(error: BackupError, path: &Path) -> BackupError {
    match error {
        BackupError::Internal(why) => BackupError::damaged(path, why),
        other => other,
    }
}
