//! Reading an archive to its end and saying what it would restore.

use std::io;
use std::path::Path;

use super::archive::Archive;
use super::manifest::{Contents, DATABASE, Manifest};
use super::work::Work;
use super::{BackupError, create};
use crate::secrets::Secret;
use crate::store::{self, Holdings};

/// An archive that was read to its end.
#[derive(Debug, Clone)]
pub struct Verified {
    /// Its size.
    pub bytes: u64,
    /// What it says about itself.
    pub manifest: Manifest,
    /// What is in it; `None` for an encrypted one without its passphrase.
    pub contents: Option<Contents>,
    /// What its database holds.
    pub database: Option<Holdings>,
}

/// Checks every byte of an archive. Its database is unpacked into `scratch` for
/// that, and removed again.
///
/// # Errors
/// What is wrong with it.
pub async fn verify(path: &Path, passphrase: Option<Secret>, scratch: &Path) -> Result<Verified, BackupError> {
    let (path, scratch) = (path.to_owned(), scratch.to_owned());
    let read = tokio::task::spawn_blocking(move || read(&path, passphrase.as_ref(), &scratch)).await;
    let (verified, work) = read.map_err(|error| BackupError::Internal(error.to_string()))??;
    let Some(work) = work else { return Ok(verified) };
    let database = store::inspect(&work.path().join(DATABASE)).await?;
    Ok(Verified { database: Some(database), ..verified })
}

fn read(path: &Path, passphrase: Option<&Secret>, scratch: &Path) -> Result<(Verified, Option<Work>), BackupError> {
    let mut archive = Archive::open(path)?;
    let (bytes, manifest) = (archive.bytes, archive.manifest.clone());
    if archive.is_encrypted() && passphrase.is_none() {
        archive.check_bytes()?;
        return Ok((Verified { bytes, manifest, contents: None, database: None }, None));
    }
    let mut unlocked = archive.unlock(passphrase)?;
    let mut work = None;
    for entry in unlocked.contents.entries.clone() {
        if entry.name == DATABASE {
            let place = Work::begin(scratch)?;
            let target = place.path().join(DATABASE);
            let mut file = create::private_file(&target).map_err(|error| BackupError::io(&target, error))?;
            unlocked.read(&entry, &mut file, &target)?;
            work = Some(place);
        } else {
            unlocked.read(&entry, &mut io::sink(), path)?;
        }
    }
    let contents = Some(unlocked.contents.clone());
    Ok((Verified { bytes, manifest, contents, database: None }, work))
}
