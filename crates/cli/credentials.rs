//! Which place keeps the secrets of a profile, decided once and remembered: a
//! start over SSH, where no keychain answers, must not silently make new keys
//! and lock every paired device out.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use postern_gateway::secrets::{FileSecrets, MemorySecrets, Secret, SecretError, SecretStore, Secrets};

use crate::env::{CredentialsChoice, Settings};
use crate::exit::{Exit, Failure, Outcome};
use crate::keychain::KeychainSecrets;

/// Holds `keychain` or `file`. A file beside the secrets, whichever place keeps them.
const PLACE: &str = "kept-in";
const FOLDER: &str = "credentials";

/// The chosen place.
#[derive(Clone)]
pub(crate) struct Credentials {
    /// For `Options`, which brings its own front.
    pub(crate) store: Arc<dyn SecretStore>,
    /// The same with a deadline, for async code.
    pub(crate) secrets: Secrets,
    /// Why not the keychain, when nobody chose files.
    pub(crate) warning: Option<String>,
}

/// What is known before anything is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plan {
    /// Files.
    File,
    /// The keychain; failing is fatal.
    Keychain,
    /// Whichever works, and remember it.
    Probe,
}

fn plan(choice: CredentialsChoice, remembered: Option<&str>, files_exist: bool) -> Plan {
    match (choice, remembered) {
        (CredentialsChoice::File, _) => Plan::File,
        (CredentialsChoice::Keychain, _) | (CredentialsChoice::Auto, Some("keychain")) => Plan::Keychain,
        (CredentialsChoice::Auto, Some(_)) => Plan::File,
        (CredentialsChoice::Auto, None) if files_exist => Plan::File,
        (CredentialsChoice::Auto, None) => Plan::Probe,
    }
}

impl Credentials {
    /// Opens the place that this profile uses; creates the state folder.
    pub(crate) async fn open(settings: &Settings) -> Outcome<Self> {
        let folder = Self::folder(&settings.state_dir);
        let files_exist = has_entries(&folder);
        let files = FileSecrets::open(&folder).map_err(failure)?;
        let remembered = files.get(PLACE).map_err(failure)?;
        let remembered = remembered.as_ref().map(Secret::expose);
        let (keychain, warning) = match plan(settings.credentials, remembered, files_exist) {
            Plan::File if settings.credentials == CredentialsChoice::File => (None, None),
            Plan::File => (None, Some(no_keychain("this profile began without one", &folder))),
            Plan::Keychain => (Some(demanded(&settings.state_dir, settings.credentials).await?), None),
            Plan::Probe => match working(&settings.state_dir).await {
                Ok(keychain) => (Some(keychain), None),
                Err(SecretError::Unavailable { detail, .. }) => (None, Some(no_keychain(&detail, &folder))),
                Err(error) => (None, Some(no_keychain(&error.to_string(), &folder))),
            },
        };
        let place = if keychain.is_some() { "keychain" } else { "file" };
        if remembered != Some(place) {
            files.set(PLACE, &Secret::new(place)).map_err(failure)?;
        }
        let store: Arc<dyn SecretStore> = match keychain {
            Some(keychain) => Arc::new(keychain),
            None => Arc::new(files),
        };
        Ok(Self { secrets: Secrets::new(Arc::clone(&store), None), store, warning })
    }

    /// The secrets that are there, to look only: where nothing is kept yet nothing is made.
    pub(crate) async fn look(settings: &Settings) -> Outcome<Secrets> {
        if has_entries(&Self::folder(&settings.state_dir)) {
            return Ok(Self::open(settings).await?.secrets);
        }
        Ok(Secrets::new(Arc::new(MemorySecrets::default()), None))
    }

    /// The folder of a profile's secrets.
    pub(crate) fn folder(state_dir: &Path) -> PathBuf {
        state_dir.join(FOLDER)
    }

    /// Forgets which place was chosen, as long as nothing is kept there in a file.
    pub(crate) fn forget_place(state_dir: &Path) {
        let folder = Self::folder(state_dir);
        let is_alone = fs::read_dir(&folder)
            .is_ok_and(|entries| entries.flatten().all(|entry| entry.file_name().to_str() == Some(PLACE)));
        if is_alone {
            // What stays behind is one word.
            drop(fs::remove_file(folder.join(PLACE)));
            drop(fs::remove_dir(folder));
        }
    }

    /// Where the secrets are, for people.
    pub(crate) fn place(&self, state_dir: &Path) -> String {
        match self.store.kind() {
            "keychain" => "the OS keychain".to_owned(),
            _ => format!("files in {}", Self::folder(state_dir).display()),
        }
    }
}

fn has_entries(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

async fn demanded(state_dir: &Path, choice: CredentialsChoice) -> Outcome<KeychainSecrets> {
    let answered = match KeychainSecrets::of(state_dir) {
        Ok(keychain) => Secrets::new(Arc::new(keychain), None).get(PLACE).await,
        Err(error) => Err(error),
    };
    match answered {
        Ok(_) => KeychainSecrets::of(state_dir).map_err(failure),
        Err(error) => Err(failure(error).hint(match choice {
            CredentialsChoice::Keychain => "unlock it, or choose files: POSTERN_CREDENTIALS=file",
            _ => {
                "this profile keeps its keys in the keychain, so unlock it or start from the desktop session.\n\
                 POSTERN_CREDENTIALS=file starts with new keys; every device must pair again then"
            }
        })),
    }
}

/// A keychain that has just kept, returned and forgotten a value. Reading alone
/// would also succeed on one that is locked.
async fn working(state_dir: &Path) -> Result<KeychainSecrets, SecretError> {
    const TRIAL: &str = "trial";
    let secrets = Secrets::new(Arc::new(KeychainSecrets::of(state_dir)?), None);
    let value = Secret::random();
    secrets.set(TRIAL, &value).await?;
    let kept = secrets.get(TRIAL).await?;
    secrets.delete(TRIAL).await?;
    if kept.as_ref() == Some(&value) {
        return KeychainSecrets::of(state_dir);
    }
    Err(SecretError::Unavailable { kind: "keychain", detail: "it does not keep what is put into it".to_owned() })
}

fn no_keychain(cause: &str, folder: &Path) -> String {
    format!(
        "secrets are files in {} that only this user can read, not in an OS keychain.\n\
         Fine on a server; POSTERN_CREDENTIALS=file silences this, keychain demands one.\n\
         The reason: {cause}",
        folder.display()
    )
}

/// The failure that a secret store's error means.
pub(crate) fn failure(error: SecretError) -> Failure {
    let exit = match &error {
        SecretError::Unavailable { kind: "keychain", .. } | SecretError::Timeout { kind: "keychain", .. } => {
            Exit::KeychainMissing
        }
        SecretError::Io { .. } => Exit::StateUnwritable,
        _ => Exit::Failed,
    };
    let failure = Failure::new(exit, error.to_string());
    match exit {
        Exit::StateUnwritable => failure.hint("check owner, permissions and free space, or set POSTERN_STATE_DIR"),
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_place_never_changes_by_itself() {
        use CredentialsChoice::{Auto, File, Keychain};
        let table = [
            ((Auto, None, false), Plan::Probe),
            ((Auto, None, true), Plan::File),
            ((Auto, Some("file"), true), Plan::File),
            ((Auto, Some("keychain"), true), Plan::Keychain),
            ((File, Some("keychain"), true), Plan::File),
            ((Keychain, Some("file"), true), Plan::Keychain),
            ((Keychain, None, false), Plan::Keychain),
        ];
        for ((choice, remembered, files_exist), want) in table {
            assert_eq!(plan(choice, remembered, files_exist), want, "{choice:?} {remembered:?} {files_exist}");
        }
    }

    #[test]
    fn failures_have_their_own_exit_codes() {
        let after = Duration::from_secs(3);
        let table = [
            (SecretError::Timeout { kind: "keychain", after }, Exit::KeychainMissing),
            (SecretError::Unavailable { kind: "keychain", detail: "no bus".into() }, Exit::KeychainMissing),
            (SecretError::Io { path: "/s".into(), detail: "read-only".into() }, Exit::StateUnwritable),
            (SecretError::Exposed { path: "/s/a".into(), mode: 0o644 }, Exit::Failed),
        ];
        for (error, want) in table {
            assert_eq!(failure(error.clone()).exit, want, "{error}");
        }
    }
}
