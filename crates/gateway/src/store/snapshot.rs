//! A second database file: a copy as of one moment, and what such a copy holds.

use std::fs::OpenOptions;
use std::path::Path;

use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, SqliteConnection};

use super::examine::examine;
use super::open::settings;
use super::{StoreError, Table};
use crate::private;

/// How much a database holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Paired devices.
    pub devices: u64,
    /// Conversations.
    pub sessions: u64,
    /// Messages.
    pub messages: u64,
    /// Agents that were made or changed at run time.
    pub agents: u64,
}

/// Copies the database at `from` to the new private file `to`, as it is at one
/// moment. Whoever writes meanwhile goes on writing: the copy only reads, and
/// with a write-ahead log readers hold up nobody.
///
/// # Errors
/// When one cannot be read or the other cannot be written; a part of a copy may
/// be left at `to`.
pub async fn snapshot(from: &Path, to: &Path) -> Result<(), StoreError> {
    // SQLite takes an empty file for a new one, and keeps its mode.
    let new = private::options().write(true).create_new(true).open(to);
    drop(new.map_err(|error| StoreError::from_io(to, &error))?);
    let mut connection = connect(from, Mode::Write).await?;
    let target = to.to_string_lossy().into_owned();
    let copied = sqlx::query("VACUUM INTO $1").bind(target).execute(&mut connection).await;
    drop(connection.close().await);
    // A full disk is the one of the copy.
    copied.map_err(|error| StoreError::from_sqlx(to, &error))?;
    sync(to).map_err(|error| StoreError::from_io(to, &error))
}

fn sync(path: &Path) -> std::io::Result<()> {
    OpenOptions::new().write(true).open(path)?.sync_all()
}

/// Opens a database without changing it, checks it, and counts.
///
/// # Errors
/// [`StoreError::Corrupt`] when it is none or damaged, [`StoreError::Newer`]
/// when a newer release wrote it.
pub async fn inspect(path: &Path) -> Result<Holdings, StoreError> {
    let foreign = |detail: String| StoreError::Corrupt { path: path.to_owned(), detail };
    let facts = examine(path).await.map_err(|error| match error {
        // What is asked of every database of ours, and this one cannot answer.
        StoreError::Io { detail, .. } => foreign(detail),
        other => other,
    })?;
    // An older release may not have had all of these tables.
    let number = |name: &str| {
        let rows = facts.rows.iter().find(|(table, _)| table == name);
        rows.map_or(0, |(_, rows)| u64::try_from(*rows).unwrap_or(0))
    };
    Ok(Holdings {
        devices: number("devices"),
        sessions: number("sessions"),
        messages: number("transcript"),
        agents: number("agents"),
    })
}

/// Documents of one kind of a database that no [`super::Store`] is open for.
///
/// # Errors
/// When it cannot be read.
pub async fn documents(path: &Path, table: Table) -> Result<Vec<(String, String)>, StoreError> {
    let mut connection = connect(path, Mode::Read).await?;
    let sql = AssertSqlSafe(format!("SELECT key, body FROM {} ORDER BY key", table.name()));
    let rows = sqlx::query_as(sql).fetch_all(&mut connection).await;
    drop(connection.close().await);
    rows.map_err(|error| StoreError::from_sqlx(path, &error))
}

/// Gives an agent another folder in a database that no [`super::Store`] is open
/// for; one that has none of its own is left alone.
///
/// # Errors
/// When it cannot be written.
pub async fn move_workspace(path: &Path, agent: &str, folder: &str) -> Result<(), StoreError> {
    let mut connection = connect(path, Mode::Write).await?;
    let sql = "UPDATE agents SET body = json_set(body, '$.workspace', $2) \
               WHERE key = $1 AND json_type(body, '$.workspace') = 'text'";
    let moved = sqlx::query(sql).bind(agent).bind(folder).execute(&mut connection).await;
    drop(connection.close().await);
    moved.map(drop).map_err(|error| StoreError::from_sqlx(path, &error))
}

#[derive(PartialEq, Eq)]
enum Mode {
    Read,
    Write,
}

async fn connect(path: &Path, mode: Mode) -> Result<SqliteConnection, StoreError> {
    let settings = settings(path).read_only(mode == Mode::Read);
    settings.connect().await.map_err(|error| StoreError::from_sqlx(path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Change, Store};

    #[tokio::test]
    #[expect(clippy::disallowed_methods, reason = "there is no gateway here that would wait for it")]
    async fn a_copy_is_whole_while_others_write_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let (path, copy) = (folder.path().join("a.sqlite"), folder.path().join("b.sqlite"));
        let opened = Store::open(&path).await.unwrap();
        let writer = tokio::spawn(opened.writer.run());
        let put = |n: u32| Change::Put { table: Table::Devices, key: n.to_string(), body: format!("{{\"n\":{n}}}") };
        opened.store.enqueue((0..50).map(put).collect()).await.unwrap();
        snapshot(&path, &copy).await.unwrap();
        opened.store.enqueue((50..60).map(put).collect()).await.unwrap();
        assert_eq!(inspect(&copy).await.unwrap().devices, 50);
        assert_eq!(documents(&copy, Table::Devices).await.unwrap().len(), 50);
        assert!(snapshot(&path, &copy).await.is_err(), "an existing file is never replaced");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
        }
        opened.store.close().await;
        writer.await.unwrap();
    }

    #[tokio::test]
    async fn other_files_are_no_databases() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        for content in [&b"not a database at all, but long enough to be looked at"[..], b""] {
            std::fs::write(&path, content).unwrap();
            assert!(matches!(inspect(&path).await, Err(StoreError::Corrupt { .. })), "{content:?}");
        }
    }
}
