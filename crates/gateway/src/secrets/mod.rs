//! Secrets: a type that does not leak, places that keep it, and a front that
//! does not hang when the operating system's keychain does.
//!
//! | file | owns |
//! |---|---|
//! | `front.rs` | [`Secrets`]: timeout and fallback |
//! | `file.rs` | [`FileSecrets`]: one 0600 file per secret |
//! | `memory.rs` | [`MemorySecrets`]: for tests and throw-away gateways |
//!
//! The keychain itself is behind [`SecretStore`] and comes in through `Options`,
//! so this crate links none.

mod file;
mod front;
mod memory;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

pub use self::file::FileSecrets;
pub use self::front::Secrets;
pub use self::memory::MemorySecrets;

/// Longest name of a secret.
const MAX_NAME: usize = 64;

/// A value that must not be printed. Overwritten when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a value into custody.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// 32 bytes from the operating system's generator as base64url, 43 characters.
    #[must_use]
    pub fn random() -> Self {
        let mut bytes: [u8; 32] = rand::random();
        let text = URL_SAFE_NO_PAD.encode(bytes);
        bytes.zeroize();
        Self::new(text)
    }

    /// The value, for the moment of use.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether `presented` is this value. The time does not depend on where they
    /// differ, nor on the length of this one.
    #[must_use]
    pub fn matches(&self, presented: &str) -> bool {
        let own = Sha256::digest(self.0.as_bytes());
        let other = Sha256::digest(presented.as_bytes());
        own.as_slice().ct_eq(other.as_slice()).into()
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.matches(other.expose())
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// A place that keeps secrets by name. Calls block; [`Secrets`] is the front for
/// async code.
pub trait SecretStore: Send + Sync {
    /// The value, or `None` when there is none.
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError>;
    /// Writes the value, replacing an older one.
    fn set(&self, name: &str, value: &Secret) -> Result<(), SecretError>;
    /// Removes the value; removing one that does not exist is fine.
    fn delete(&self, name: &str) -> Result<(), SecretError>;
    /// `keychain`, `file` or `memory`.
    fn kind(&self) -> &'static str;
    /// Names of the values there are, as far as the place can tell.
    fn names(&self) -> Result<Vec<String>, SecretError> {
        Ok(Vec::new())
    }
}

/// Why a secret cannot be read or written. Never contains the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The store does not work on this machine or in this session.
    #[error("the {kind} cannot be used: {detail}")]
    Unavailable {
        /// Which store.
        kind: &'static str,
        /// What it reported.
        detail: String,
    },
    /// The store did not answer in time.
    #[error("the {kind} did not answer within {} s", after.as_secs_f32())]
    Timeout {
        /// Which store.
        kind: &'static str,
        /// How long was waited.
        after: Duration,
    },
    /// Not a name for a secret.
    #[error("{0:?} is not a name for a secret: use 1 to 64 of a-z, 0-9 and -")]
    BadName(String),
    /// Somebody else could have read or replaced it.
    #[error("{} can be read by others (mode {mode:03o}): run `chmod 600 {}`, and replace the secret if anybody else uses this machine", path.display(), path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A file could not be read or written.
    #[error("{}: {detail}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was reported.
        detail: String,
    },
}

/// Names become file names and keychain entries, so nothing else gets in.
fn check_name(name: &str) -> Result<(), SecretError> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() || name.len() > MAX_NAME || !name.bytes().all(allowed) {
        return Err(SecretError::BadName(name.chars().take(MAX_NAME).collect()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_value() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret:?} {:?}", Some(&secret)), "[secret] Some([secret])");
    }

    #[test]
    fn random_is_32_bytes_and_new_each_time() {
        let one = Secret::random();
        assert_eq!(one.expose().len(), 43);
        assert_eq!(URL_SAFE_NO_PAD.decode(one.expose()).unwrap().len(), 32);
        assert_ne!(one, Secret::random());
    }

    #[test]
    fn matching_is_exact() {
        let secret = Secret::new("abc");
        assert!(secret.matches("abc"));
        for other in ["", "ab", "abd", "abcd", "ABC"] {
            assert!(!secret.matches(other), "{other}");
        }
    }

    #[test]
    fn names_are_plain() {
        for good in ["gateway-token", "a", "0-9", &"x".repeat(64)] {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }
        for bad in ["", "..", "a/b", "A", "a_b", "ä", "a b", &"x".repeat(65)] {
            assert!(matches!(check_name(bad), Err(SecretError::BadName(_))), "{bad}");
        }
    }
}
