//! Secrets as files: one per name, 0600, in a 0700 folder. For machines without
//! a keychain.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{Secret, SecretError, SecretStore, check_name};
use crate::private;

/// Larger files are not secrets of ours.
const MAX_BYTES: u64 = 64 * 1024;

/// Keeps each secret in a file of its own.
#[derive(Debug)]
pub struct FileSecrets {
    folder: PathBuf,
}

impl FileSecrets {
    /// Uses `folder`, creating it private, and making it private when it is not.
    pub fn open(folder: &Path) -> Result<Self, SecretError> {
        private::tighten_folder(folder).map_err(|error| io_error(folder, &error))?;
        Ok(Self { folder: folder.to_owned() })
    }

    fn path(&self, name: &str) -> Result<PathBuf, SecretError> {
        check_name(name)?;
        Ok(self.folder.join(name))
    }
}

impl SecretStore for FileSecrets {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        let path = self.path(name)?;
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io_error(&path, &error)),
        };
        refuse_exposed(&path, &file)?;
        read(&file).map(Some).map_err(|error| io_error(&path, &error))
    }

    fn set(&self, name: &str, value: &Secret) -> Result<(), SecretError> {
        let path = self.path(name)?;
        private::write(&path, value.expose()).map_err(|error| io_error(&path, &error))
    }

    fn delete(&self, name: &str) -> Result<(), SecretError> {
        let path = self.path(name)?;
        match fs::remove_file(&path) {
            Ok(()) => private::sync_folder(&self.folder).map_err(|error| io_error(&self.folder, &error)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(io_error(&path, &error)),
        }
    }

    fn kind(&self) -> &'static str {
        "file"
    }

    fn names(&self) -> Result<Vec<String>, SecretError> {
        let listed = fs::read_dir(&self.folder).map_err(|error| io_error(&self.folder, &error))?;
        let names = listed.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        Ok(names.filter(|name| check_name(name).is_ok()).collect())
    }
}

fn io_error(path: &Path, error: &io::Error) -> SecretError {
    SecretError::Io { path: path.to_owned(), detail: error.to_string() }
}

fn read(file: &File) -> io::Result<Secret> {
    let mut text = Zeroizing::new(String::new());
    file.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "too large for a secret"));
    }
    // Editors and `echo` end a file with a newline that is not part of the secret.
    let value = text.strip_suffix('\n').unwrap_or(&text);
    Ok(Secret::new(value.strip_suffix('\r').unwrap_or(value)))
}

#[cfg(unix)]
fn refuse_exposed(path: &Path, file: &File) -> Result<(), SecretError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata().map_err(|error| io_error(path, &error))?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(SecretError::Exposed { path: path.to_owned(), mode });
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_exposed(_path: &Path, _file: &File) -> Result<(), SecretError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survives_reopening() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("credentials");
        FileSecrets::open(&folder).unwrap().set("gateway-token", &Secret::new("t1")).unwrap();
        let store = FileSecrets::open(&folder).unwrap();
        assert_eq!(store.get("gateway-token"), Ok(Some(Secret::new("t1"))));
        store.set("gateway-token", &Secret::new("t2")).unwrap();
        assert_eq!(store.get("gateway-token"), Ok(Some(Secret::new("t2"))));
        let names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["gateway-token"], "no temporary file stays behind");
        store.delete("gateway-token").unwrap();
        store.delete("gateway-token").unwrap();
        assert_eq!(store.get("gateway-token"), Ok(None));
    }

    #[test]
    fn a_newline_at_the_end_is_not_part_of_the_secret() {
        let root = tempfile::tempdir().unwrap();
        let store = FileSecrets::open(root.path()).unwrap();
        store.set("a", &Secret::new("value\r\n")).unwrap();
        assert_eq!(store.get("a"), Ok(Some(Secret::new("value"))));
    }

    #[test]
    fn refuses_names_that_leave_the_folder() {
        let root = tempfile::tempdir().unwrap();
        let store = FileSecrets::open(&root.path().join("credentials")).unwrap();
        for name in ["../escape", "/etc/passwd", ".", ""] {
            assert_eq!(store.set(name, &Secret::new("x")), Err(SecretError::BadName(name.to_owned())));
        }
        assert!(!root.path().join("escape").exists());
    }

    #[test]
    fn refuses_what_is_too_large() {
        let root = tempfile::tempdir().unwrap();
        let store = FileSecrets::open(root.path()).unwrap();
        store.set("a", &Secret::new("x".repeat(64 * 1024 + 1))).unwrap();
        let error = store.get("a").unwrap_err().to_string();
        assert!(error.ends_with("too large for a secret"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn modes_are_private() {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("credentials");
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        let store = FileSecrets::open(&folder).unwrap();
        store.set("a", &Secret::new("x")).unwrap();
        assert_eq!((mode(&folder), mode(&folder.join("a"))), (0o700, 0o600));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused_with_the_fix() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().unwrap();
        let store = FileSecrets::open(root.path()).unwrap();
        store.set("a", &Secret::new("hunter2")).unwrap();
        let path = root.path().join("a");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = store.get("a").unwrap_err();
        assert_eq!(error, SecretError::Exposed { path: path.clone(), mode: 0o640 });
        let text = error.to_string();
        assert!(text.contains(&format!("chmod 600 {}", path.display())) && !text.contains("hunter2"), "{text}");
    }
}
