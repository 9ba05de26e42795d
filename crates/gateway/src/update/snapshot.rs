//! The state as it was before a trial: database and configuration, copied while
//! nobody has them open. It is put back only when the release that failed has
//! changed what the one before it cannot read; else everything that was written
//! during the trial stays.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::state::UpdateFolder;
use crate::config::{self, Overrides};
use crate::options::Paths;
use crate::private;
use crate::store::{self, StoreError};

/// Name of the configuration in a snapshot.
const CONFIG: &str = "config";
/// Files that make up a database; the second need not be there.
const SUFFIXES: [&str; 2] = ["", "-wal"];

/// Why the state cannot be copied or put back.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The disk.
    #[error("{}: {source}", path.display())]
    Disk {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Copies a file whole: it appears under its name when it is on disk. `false`
/// when there is none.
fn copy(from: &Path, to: &Path) -> Result<bool, SnapshotError> {
    let failed = |source: io::Error| SnapshotError::Disk { path: to.to_owned(), source };
    let mut source = match File::open(from) {
        Ok(source) => source,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(source) => return Err(SnapshotError::Disk { path: from.to_owned(), source }),
    };
    // Private: it holds what the original holds.
    private::replace(to, |file| io::copy(&mut source, file).map(drop)).map_err(failed)?;
    Ok(true)
}

fn remove(path: &Path) -> Result<(), SnapshotError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(SnapshotError::Disk { path: path.to_owned(), source: error })
        }
        _ => Ok(()),
    }
}

/// Copies the state; nobody may have it open.
pub(super) fn take(folder: &UpdateFolder, paths: &Paths) -> Result<(), SnapshotError> {
    let into = folder.snapshot();
    let failed = |source: io::Error| SnapshotError::Disk { path: into.clone(), source };
    if into.exists() {
        fs::remove_dir_all(&into).map_err(failed)?;
    }
    private::make_folder(&into).map_err(failed)?;
    for suffix in SUFFIXES {
        copy(&with_suffix(&paths.database(), suffix), &with_suffix(&into.join("postern.sqlite"), suffix))?;
    }
    copy(&paths.config_path, &into.join(CONFIG))?;
    Ok(())
}

/// Puts back what this release cannot read, and says what that was. Does the same
/// again when it was broken off.
pub(super) async fn put_back(folder: &UpdateFolder, paths: &Paths) -> Result<Vec<&'static str>, SnapshotError> {
    let from = folder.snapshot();
    let mut done = Vec::new();
    if !from.exists() {
        return Ok(done);
    }
    let database = paths.database();
    let copied = from.join("postern.sqlite");
    let readable = store::schema_of(&database).await.is_ok_and(|schema| schema <= store::newest_schema());
    let half_done = folder.path().join("putting-back");
    if copied.exists() && (!readable || half_done.exists()) {
        let failed = |source: io::Error| SnapshotError::Disk { path: half_done.clone(), source };
        private::write(&half_done, "").map_err(failed)?;
        // What the failed release wrote is kept beside, for whoever needs it.
        copy(&database, &from.join("failed.sqlite"))?;
        for suffix in ["-wal", "-shm"] {
            remove(&with_suffix(&database, suffix))?;
        }
        for suffix in SUFFIXES {
            copy(&with_suffix(&copied, suffix), &with_suffix(&database, suffix))?;
        }
        remove(&half_done)?;
        done.push("database");
    }
    let broken = || config::load(paths, &Overrides::default()).safe_mode;
    if broken() {
        let text = fs::read_to_string(from.join(CONFIG)).unwrap_or_default();
        if config::parse(&text).is_ok() && !text.is_empty() {
            copy(&from.join(CONFIG), &paths.config_path)?;
            done.push("configuration");
        }
    }
    Ok(done)
}

/// Whether the database has taken steps since the snapshot that the release of
/// that time does not know.
pub(super) async fn schema_changed(folder: &UpdateFolder, paths: &Paths) -> Result<bool, SnapshotError> {
    let copied = folder.snapshot().join("postern.sqlite");
    if !copied.exists() {
        return Ok(false);
    }
    Ok(store::schema_of(&paths.database()).await? > store::schema_of(&copied).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Change, Store, Table};

    async fn write(paths: &Paths, key: &str) {
        let opened = Store::open(&paths.database()).await.unwrap();
        let work = async {
            let body = "{}".to_owned();
            opened.store.enqueue(vec![Change::Put { table: Table::Meta, key: key.into(), body }]).await.unwrap();
            opened.store.close().await;
        };
        futures_util::join!(work, opened.writer.run());
    }

    async fn keys(paths: &Paths) -> Vec<String> {
        let opened = Store::open(&paths.database()).await.unwrap();
        let keys = opened.store.load(Table::Meta).await.unwrap().into_iter().map(|(key, _)| key).collect();
        drop(opened.writer);
        keys
    }

    async fn migrate(paths: &Paths) {
        let mut connection =
            sqlx::ConnectOptions::connect(&sqlx::sqlite::SqliteConnectOptions::new().filename(paths.database()))
                .await
                .unwrap();
        let sql = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                   VALUES (9999, 'of a newer release', 1, x'00', 0)";
        sqlx::query(sql).execute(&mut connection).await.unwrap();
        sqlx::Connection::close(connection).await.unwrap();
    }

    fn place() -> (tempfile::TempDir, Paths, UpdateFolder) {
        let root = tempfile::tempdir().unwrap();
        let paths = Paths { state_dir: root.path().to_owned(), config_path: root.path().join("postern.json") };
        let folder = UpdateFolder::of(&paths);
        (root, paths, folder)
    }

    #[tokio::test]
    async fn what_the_old_release_can_read_stays() {
        let (_root, paths, folder) = place();
        write(&paths, "before").await;
        take(&folder, &paths).unwrap();
        write(&paths, "during").await;
        assert!(put_back(&folder, &paths).await.unwrap().is_empty());
        assert_eq!(keys(&paths).await, ["before", "during"]);
        assert!(!schema_changed(&folder, &paths).await.unwrap());
    }

    #[tokio::test]
    async fn what_it_cannot_read_is_put_back_also_when_that_was_broken_off() {
        let (_root, paths, folder) = place();
        write(&paths, "before").await;
        fs::write(&paths.config_path, "{gateway: {port: 1}}").unwrap();
        take(&folder, &paths).unwrap();
        write(&paths, "during").await;
        migrate(&paths).await;
        fs::write(&paths.config_path, "{gateway: {port: }").unwrap();
        assert!(schema_changed(&folder, &paths).await.unwrap());
        assert!(matches!(Store::open(&paths.database()).await, Err(StoreError::Newer { .. })));
        assert_eq!(put_back(&folder, &paths).await.unwrap(), ["database", "configuration"]);
        assert_eq!(keys(&paths).await, ["before"]);
        assert_eq!(config::load(&paths, &Overrides::default()).config.port, 1);
        // Broken off after the database was written half.
        fs::write(paths.database(), "half").unwrap();
        File::create(folder.path().join("putting-back")).unwrap();
        assert_eq!(put_back(&folder, &paths).await.unwrap(), ["database"]);
        assert_eq!(keys(&paths).await, ["before"]);
    }

    #[tokio::test]
    async fn without_a_database_or_a_snapshot_there_is_nothing_to_do() {
        let (_root, paths, folder) = place();
        assert!(put_back(&folder, &paths).await.unwrap().is_empty());
        take(&folder, &paths).unwrap();
        assert!(put_back(&folder, &paths).await.unwrap().is_empty());
    }
}
