//! Opening the file: modes first, then settings, then schema.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqlSafeStr, SqliteConnection, SqlitePool};

use super::StoreError;
use crate::private;

/// Every step of the schema, in order. Released steps never change.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "documents", include_str!("migrations/0001_documents.sql")),
    (2, "conversations", include_str!("migrations/0002_conversations.sql")),
    (3, "nodes", include_str!("migrations/0003_nodes.sql")),
];

/// The newest step that a database has taken; 0 when there is none.
pub(super) async fn schema_of(path: &Path) -> Result<i64, StoreError> {
    if !path.exists() {
        return Ok(0);
    }
    let failed = |error: sqlx::Error| StoreError::from_sqlx(path, &error);
    let mut connection = settings(path).connect().await.map_err(failed)?;
    let sql = "SELECT coalesce(max(version), 0) FROM _sqlx_migrations";
    let found = sqlx::query_scalar(sql).fetch_one(&mut connection).await;
    drop(sqlx::Connection::close(connection).await);
    found.map_err(failed)
}

/// How long a connection waits for another program's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Connections that read at the same time, so that a search does not hold up a history.
const READERS: u32 = 3;
/// After this long without a read the reading connection is given back.
const READER_IDLE: Duration = Duration::from_secs(60);

/// Creates folder and file with private modes before SQLite writes anything;
/// SQLite gives `-wal` and `-shm` the mode of the database.
pub(super) fn prepare_file(path: &Path) -> Result<(), StoreError> {
    let prepared = prepare(path);
    prepared.map_err(|error| StoreError::from_io(path, &error))
}

fn prepare(path: &Path) -> io::Result<()> {
    private::make_folder(private::folder_of(path))?;
    private::options().create(true).append(true).open(path)?;
    #[cfg(unix)]
    tighten(path)?;
    Ok(())
}

/// A copy from elsewhere may have arrived with open modes.
#[cfg(unix)]
fn tighten(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    for file in [path.to_owned(), with_suffix(path, "-wal"), with_suffix(path, "-shm")] {
        match std::fs::metadata(&file) {
            Ok(found) if found.permissions().mode() & 0o777 != 0o600 => {
                std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600))?;
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(unix)]
fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// The one connection that writes, with the schema up to date.
pub(super) async fn connect_writer(path: &Path) -> Result<SqliteConnection, StoreError> {
    let connected = settings(path)
        .journal_mode(SqliteJournalMode::Wal)
        // Acknowledged means flushed: NORMAL may lose the last commits on power loss.
        .synchronous(SqliteSynchronous::Full)
        .connect()
        .await;
    let mut connection = connected.map_err(|error| StoreError::from_sqlx(path, &error))?;
    migrate(path, &mut connection).await?;
    Ok(connection)
}

/// Connections for reading, opened when they are needed.
pub(super) fn lazy_reader(path: &Path) -> SqlitePool {
    let settings = settings(path).pragma("query_only", "ON");
    SqlitePoolOptions::new()
        .min_connections(0)
        .max_connections(READERS)
        .idle_timeout(READER_IDLE)
        .acquire_timeout(BUSY_TIMEOUT)
        .test_before_acquire(false)
        .connect_lazy_with(settings)
}

pub(super) fn settings(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        // Negative means KiB.
        .pragma("cache_size", "-1024")
        // Scratch tables would otherwise land in the shared temporary folder.
        .pragma("temp_store", "MEMORY")
        .statement_cache_capacity(32)
        .thread_name(|_| "postern-store".to_owned())
        .disable_statement_logging()
}

/// The newest step of the schema that this release knows.
pub(super) fn newest_schema() -> i64 {
    MIGRATIONS.iter().map(|&(version, ..)| version).max().unwrap_or(0)
}

async fn migrate(path: &Path, connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let migrations = MIGRATIONS
        .iter()
        .map(|&(version, name, sql)| {
            Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
        })
        .collect();
    let known = newest_schema();
    let migrated = Migrator::with_migrations(migrations).run_direct(None, connection, false).await;
    migrated.map_err(|error| StoreError::from_migrate(path, known, &error))
}
