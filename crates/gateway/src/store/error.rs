//! What can go wrong with the database, in words that name the file and the fix.

use std::io;
use std::path::{Path, PathBuf};

use sqlx::migrate::MigrateError;

/// Why the store refused or failed. Cheap to clone: one failed commit is told
/// to everybody who waited for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The folder or file cannot be written by this user.
    #[error("cannot write {}: check owner and permissions of the file and its folder, or choose another state folder", .0.display())]
    NotWritable(PathBuf),
    /// No room left on the file system that holds the database.
    #[error("no space left for {}: free disk space; nothing that was acknowledged is lost", .0.display())]
    DiskFull(PathBuf),
    /// The file is not a database, or is damaged.
    #[error("{} is damaged ({detail}): move it away together with its -wal and -shm files, then restore a backup or pair the devices again", path.display())]
    Corrupt {
        /// The database.
        path: PathBuf,
        /// What SQLite says.
        detail: String,
    },
    /// The schema was written by a newer release.
    #[error("{} was written by a newer Postern (schema {found}, this one knows {known}): install the newer release, or choose another state folder", path.display())]
    Newer {
        /// The database.
        path: PathBuf,
        /// Schema version in the file.
        found: i64,
        /// Newest schema version of this release.
        known: i64,
    },
    /// Too much is waiting, or another program holds the file.
    #[error(
        "the store is busy: too many writes are waiting or another program holds the database; try again in a moment"
    )]
    Busy,
    /// The store was closed; the gateway is stopping.
    #[error("the store is closed: the gateway is stopping")]
    Closed,
    /// Anything else the operating system or SQLite reports.
    #[error("{}: {detail}", path.display())]
    Io {
        /// The database.
        path: PathBuf,
        /// What was reported.
        detail: String,
    },
}

impl StoreError {
    /// The same for clients, which learn nothing of the machine's folders.
    #[must_use]
    pub const fn for_clients(&self) -> &'static str {
        match self {
            Self::DiskFull(_) => "the gateway's disk is full; free space on its machine",
            Self::NotWritable(_) => "the gateway may not write its database; its log says which file",
            Self::Busy => "too many writes are waiting; try again in a moment",
            Self::Closed => "the gateway is stopping",
            Self::Corrupt { .. } | Self::Newer { .. } | Self::Io { .. } => {
                "the gateway's database failed; its log says how"
            }
        }
    }

    /// When to try again, in milliseconds.
    #[must_use]
    pub const fn retry_after_ms(&self) -> u64 {
        match self {
            Self::DiskFull(_) => 5_000,
            Self::Busy => 500,
            _ => 1_000,
        }
    }

    pub(super) fn from_io(path: &Path, error: &io::Error) -> Self {
        use io::ErrorKind as Kind;
        match error.kind() {
            Kind::PermissionDenied
            | Kind::ReadOnlyFilesystem
            | Kind::NotADirectory
            | Kind::IsADirectory
            | Kind::AlreadyExists => Self::NotWritable(path.to_owned()),
            Kind::StorageFull | Kind::QuotaExceeded => Self::DiskFull(path.to_owned()),
            _ => Self::Io { path: path.to_owned(), detail: error.to_string() },
        }
    }

    pub(super) fn from_sqlx(path: &Path, error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(database) => {
                let code = database.code().and_then(|code| code.parse().ok()).unwrap_or(0);
                Self::from_code(path, code, database.message())
            }
            sqlx::Error::PoolClosed => Self::Closed,
            sqlx::Error::PoolTimedOut => Self::Busy,
            sqlx::Error::Io(error) => Self::from_io(path, error),
            other => Self::Io { path: path.to_owned(), detail: other.to_string() },
        }
    }

    pub(super) fn from_migrate(path: &Path, known: i64, error: &MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(found) => Self::Newer { path: path.to_owned(), found: *found, known },
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => Self::from_sqlx(path, error),
            other => Self::Corrupt { path: path.to_owned(), detail: other.to_string() },
        }
    }

    /// Maps a SQLite extended result code; the low byte is the family
    /// (sqlite.org/rescode.html).
    fn from_code(path: &Path, code: i32, message: &str) -> Self {
        const IOERR_SHMSIZE: i32 = 4874;
        const READONLY_DBMOVED: i32 = 1032;
        let path = path.to_owned();
        match (code, code & 0xff) {
            (READONLY_DBMOVED, _) => {
                Self::Io { path, detail: "the file was moved or deleted while in use; restart the gateway".to_owned() }
            }
            (IOERR_SHMSIZE, _) | (_, 13) => Self::DiskFull(path),
            (_, 3 | 8 | 14) => Self::NotWritable(path),
            (_, 5 | 6) => Self::Busy,
            (_, 11 | 26) => Self::Corrupt { path, detail: message.to_owned() },
            _ => Self::Io { path, detail: format!("{message} (SQLite code {code})") },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_map_to_what_the_operator_can_do() {
        let path = Path::new("/s/postern.sqlite");
        let owned = path.to_owned();
        let expect = [
            (13, StoreError::DiskFull(owned.clone())),
            (4874, StoreError::DiskFull(owned.clone())),
            (8, StoreError::NotWritable(owned.clone())),
            (1544, StoreError::NotWritable(owned.clone())),
            (14, StoreError::NotWritable(owned.clone())),
            (5, StoreError::Busy),
            (517, StoreError::Busy),
            (11, StoreError::Corrupt { path: owned.clone(), detail: "m".to_owned() }),
            (26, StoreError::Corrupt { path: owned.clone(), detail: "m".to_owned() }),
            (10, StoreError::Io { path: owned.clone(), detail: "m (SQLite code 10)".to_owned() }),
        ];
        for (code, want) in expect {
            assert_eq!(StoreError::from_code(path, code, "m"), want, "code {code}");
        }
        assert!(matches!(StoreError::from_code(path, 1032, "m"), StoreError::Io { .. }));
    }

    #[test]
    fn clients_are_told_no_path() {
        let error = StoreError::DiskFull(PathBuf::from("/s/postern.sqlite"));
        for told in [
            crate::runs::RunError::from(error.clone()).to_string(),
            crate::sessions::SessionError::from(error).to_string(),
        ] {
            assert!(told.contains("disk is full") && !told.contains("/s/"), "{told}");
        }
    }

    #[test]
    fn texts_name_the_file() {
        let path = PathBuf::from("/s/postern.sqlite");
        for error in [
            StoreError::NotWritable(path.clone()),
            StoreError::DiskFull(path.clone()),
            StoreError::Corrupt { path: path.clone(), detail: "d".to_owned() },
            StoreError::Newer { path: path.clone(), found: 9, known: 1 },
            StoreError::Io { path, detail: "d".to_owned() },
        ] {
            assert!(error.to_string().contains("/s/postern.sqlite"), "{error}");
        }
    }
}
