//! Why a backup was not made or not restored, in words that say what to do.

use std::io;
use std::path::{Path, PathBuf};

use crate::secrets::SecretError;
use crate::state_folder::FolderError;
use crate::store::StoreError;

/// Why nothing came of a backup or a restore. Never contains a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// A file or folder.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The disk is full.
    #[error("no space left for {}: free disk space and try again; nothing of it was kept", .0.display())]
    DiskFull(PathBuf),
    /// The file is no archive of ours, or not all of one.
    #[error("{} is not a whole backup: {why}", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Something in it that an archive of ours never has.
    #[error("{} is refused: {why}; it was not made by Postern, or was changed since", path.display())]
    Hostile {
        /// Which.
        path: PathBuf,
        /// What it has.
        why: String,
    },
    /// A newer release made it.
    #[error(
        "the backup was made by Postern {made_by} in format {found}, and this release reads up to format {known}: install the newer release first"
    )]
    Newer {
        /// Release that made it.
        made_by: String,
        /// Its format.
        found: u32,
        /// Newest format that is known here.
        known: u32,
    },
    /// It is encrypted and no passphrase was given.
    #[error("the backup is encrypted: give its passphrase")]
    PassphraseNeeded,
    /// The passphrase does not open it.
    #[error("the passphrase is wrong: it does not open this backup")]
    WrongPassphrase,
    /// A passphrase that is too easy to guess.
    #[error("the passphrase is too short: use at least {MIN_PASSPHRASE} characters, such as four random words")]
    ShortPassphrase,
    /// No archive with this id.
    #[error("there is no backup {0:?}: backup.list names those there are")]
    Unknown(String),
    /// A name that no archive can have.
    #[error("{0:?} cannot be the name of a backup: use letters, digits, `.`, `-` and `_`, and end it with .zip")]
    BadName(String),
    /// A piece of an upload that does not follow the one before.
    #[error(
        "the upload has {have} bytes so far, so the next piece begins there, not at {offset}; offset 0 begins anew"
    )]
    WrongOffset {
        /// What was received.
        have: u64,
        /// What came.
        offset: u64,
    },
    /// An archive that is larger than is taken.
    #[error(
        "the backup is larger than the {limit} bytes that are taken this way; copy it to the gateway's machine and use `postern restore FILE`"
    )]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// There is one of that name.
    #[error("{} exists already: name another file", .0.display())]
    Exists(PathBuf),
    /// Another is being made or restored.
    #[error("another backup or restore is under way: wait until it is done")]
    Busy,
    /// The folder cannot be claimed.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The credential store.
    #[error(transparent)]
    Secrets(#[from] SecretError),
    /// A bug in this build.
    #[error("internal error: {0}")]
    Internal(String),
}

/// Fewest characters of a passphrase.
pub const MIN_PASSPHRASE: usize = 8;

impl BackupError {
    /// What the system said about a path.
    pub(super) fn io(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::DiskFull(path.to_owned())
            }
            _ => Self::Io { path: path.to_owned(), source },
        }
    }

    pub(super) fn damaged(path: &Path, why: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), why: why.into() }
    }

    pub(super) fn hostile(path: &Path, why: impl Into<String>) -> Self {
        Self::Hostile { path: path.to_owned(), why: why.into() }
    }
}
