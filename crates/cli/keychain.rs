//! The operating system's keychain as a place for secrets: Keychain Services,
//! Credential Manager, or the Secret Service.

use std::path::Path;

use keyring::{Entry, Error};
use postern_gateway::secrets::{Secret, SecretError, SecretStore};

/// Under which name the entries stand in the keychain's own window.
const SERVICE: &str = "postern";

/// Entries of one state folder. Calls block, and may wait for a dialog.
#[derive(Debug)]
pub(crate) struct KeychainSecrets {
    /// Canonical path, so that two profiles never share an entry and one folder
    /// reached by two paths does.
    state_dir: String,
}

impl KeychainSecrets {
    /// Entries of this state folder, which must exist.
    pub(crate) fn of(state_dir: &Path) -> Result<Self, SecretError> {
        let canonical = state_dir
            .canonicalize()
            .map_err(|error| SecretError::Io { path: state_dir.to_owned(), detail: error.to_string() })?;
        Ok(Self { state_dir: canonical.to_string_lossy().into_owned() })
    }

    fn account(&self, name: &str) -> String {
        format!("{}:{name}", self.state_dir)
    }

    fn entry(&self, name: &str) -> Result<Entry, SecretError> {
        // Asked first: `Entry::new` hides why there is no store.
        if let Err(error) = Entry::store_status() {
            return Err(unavailable(error));
        }
        Entry::new(SERVICE, &self.account(name)).map_err(|error| unavailable(&error))
    }
}

impl SecretStore for KeychainSecrets {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        match self.entry(name)?.get_password() {
            Ok(value) => Ok(Some(Secret::new(value))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(unavailable(&error)),
        }
    }

    fn set(&self, name: &str, value: &Secret) -> Result<(), SecretError> {
        self.entry(name)?.set_password(value.expose()).map_err(|error| unavailable(&error))
    }

    fn delete(&self, name: &str) -> Result<(), SecretError> {
        match self.entry(name)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(unavailable(&error)),
        }
    }

    fn kind(&self) -> &'static str {
        "keychain"
    }
}

/// Words of the error only, never the blobs that some variants carry.
fn unavailable(error: &Error) -> SecretError {
    let detail = match error {
        Error::PlatformFailure(source) | Error::NoStorageAccess(source) => {
            let text = source.to_string();
            text.strip_prefix("zbus error: ").unwrap_or(&text).to_owned()
        }
        Error::BadEncoding(_) | Error::BadDataFormat(..) => "the entry is damaged".to_owned(),
        Error::Ambiguous(_) => "there are several entries for one name".to_owned(),
        other => other.to_string(),
    };
    SecretError::Unavailable { kind: "keychain", detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_two_folders_never_meet() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let account = |folder: &Path| KeychainSecrets::of(folder).unwrap().account("device-key");
        assert_ne!(account(one.path()), account(two.path()));
        assert_eq!(account(one.path()), account(&one.path().join(".")));
        assert!(account(one.path()).ends_with(":device-key"));
        assert!(KeychainSecrets::of(&one.path().join("missing")).is_err());
    }

    #[test]
    fn damaged_entries_are_not_quoted() {
        let error = unavailable(&Error::BadEncoding(b"hunter2".to_vec()));
        assert!(!error.to_string().contains("hunter2"));
    }
}
