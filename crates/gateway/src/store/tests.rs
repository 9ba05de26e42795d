//! The store's promises: order, atomicity, durability, and clear failures.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::{ConnectOptions as _, Connection as _};
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::settle::Settler;
use super::*;
use crate::tasks::Tasks;

struct Running {
    store: Store,
    /// Aborts the writer when dropped, as a kill does.
    writer: JoinSet<()>,
    path: PathBuf,
    folder: Arc<TempDir>,
}

impl Running {
    /// The same database, as after a restart.
    async fn again(&self) -> Self {
        running_at(Arc::clone(&self.folder), self.path.clone()).await
    }
}

impl std::ops::Deref for Running {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

async fn running() -> Running {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let path = folder.path().join("state").join("postern.sqlite");
    running_at(folder, path).await
}

async fn running_at(folder: Arc<TempDir>, path: PathBuf) -> Running {
    let Opened { store, writer } = Store::open(&path).await.unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(writer.run());
    Running { store, writer: tasks, path, folder }
}

fn put(key: &str, body: &str) -> Change {
    Change::Put { table: Table::Devices, key: key.to_owned(), body: body.to_owned() }
}

fn delete(key: &str) -> Change {
    Change::Delete { table: Table::Devices, key: key.to_owned() }
}

fn audit(kind: &str) -> Change {
    Change::Audit { ts_ms: 7, kind: kind.to_owned(), detail: "{}".to_owned() }
}

async fn device(store: &Store, key: &str) -> Option<String> {
    store.get(Table::Devices, key).await.unwrap()
}

/// A big document, so that few of them fill a small database.
fn big(key: &str) -> Change {
    put(key, &format!("\"{}\"", "x".repeat(20_000)))
}

#[tokio::test]
async fn documents_are_written_replaced_and_removed() {
    let mut store = running().await;
    store.enqueue(vec![put("a", "1"), put("b", "2")]).await.unwrap();
    store.enqueue(vec![put("a", "3"), delete("b"), delete("never")]).await.unwrap();
    assert_eq!(store.load(Table::Devices).await.unwrap(), [("a".to_owned(), "3".to_owned())]);
    assert_eq!(store.load(Table::Meta).await.unwrap(), []);
    store.close().await;
    assert!(store.writer.join_next().await.unwrap().is_ok());
}

#[tokio::test]
async fn every_table_keeps_its_own() {
    let store = running().await;
    let tables = [Table::Devices, Table::PairingRequests, Table::SetupCodes, Table::Meta];
    let all = tables.iter().enumerate().map(|(index, &table)| Change::Put {
        table,
        key: "k".to_owned(),
        body: index.to_string(),
    });
    store.enqueue(all.collect()).await.unwrap();
    for (index, table) in tables.into_iter().enumerate() {
        assert_eq!(store.get(table, "k").await.unwrap(), Some(index.to_string()));
    }
}

#[tokio::test]
async fn the_order_of_enqueue_is_the_order_of_commit() {
    let store = running().await;
    let commits: Vec<Commit> =
        (0..1000).map(|n| store.enqueue(vec![put("same", &n.to_string()), audit(&n.to_string())])).collect();
    for commit in commits {
        commit.await.unwrap();
    }
    assert_eq!(device(&store, "same").await.as_deref(), Some("999"));
    let kinds: Vec<String> = store.audit_tail(1000).await.unwrap().into_iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, (0..1000).map(|n| n.to_string()).collect::<Vec<_>>());
    assert_eq!(store.audit_tail(2).await.unwrap()[0].kind, "998");
}

#[tokio::test]
async fn a_failing_batch_fails_whole_and_alone() {
    let store = running().await;
    // Queued without a pause, so that they share a transaction.
    let before = store.enqueue(vec![put("before", "1")]);
    let broken = store.enqueue(vec![put("half", "1"), put("bad", "not json"), put("rest", "1")]);
    let after = store.enqueue(vec![put("after", "1")]);
    before.await.unwrap();
    let error = broken.await.unwrap_err();
    assert!(matches!(&error, StoreError::Io { detail, .. } if detail.contains("CHECK")), "{error}");
    after.await.unwrap();
    let keys: Vec<String> = store.load(Table::Devices).await.unwrap().into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["after", "before"]);
}

#[tokio::test]
async fn a_batch_is_written_also_when_nobody_waits() {
    let store = running().await;
    drop(store.enqueue(vec![put("a", "1")]));
    store.close().await;
    let again = store.again().await;
    assert_eq!(device(&again.store, "a").await.as_deref(), Some("1"));
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() {
    let mut store = running().await;
    for n in 0..50 {
        store.enqueue(vec![put(&n.to_string(), "1")]).await.unwrap();
    }
    // What a kill leaves behind: the files as they are, nothing folded.
    let copy = store.folder.path().join("copy");
    fs::create_dir(&copy).unwrap();
    for name in ["postern.sqlite", "postern.sqlite-wal"] {
        fs::copy(store.path.with_file_name(name), copy.join(name)).unwrap();
    }
    let killed = running_at(Arc::clone(&store.folder), copy.join("postern.sqlite")).await;
    assert_eq!(killed.store.load(Table::Devices).await.unwrap().len(), 50);

    store.writer.shutdown().await;
    let again = store.again().await;
    assert_eq!(again.store.load(Table::Devices).await.unwrap().len(), 50);
}

#[tokio::test]
async fn closing_flushes_what_is_queued_and_folds_the_log() {
    let mut store = running().await;
    let commits: Vec<Commit> = (0..500).map(|n| store.enqueue(vec![put(&n.to_string(), "1")])).collect();
    store.enqueue_lazy(vec![put("3", "2")]);
    store.close().await;
    store.close().await;
    for commit in commits {
        commit.await.unwrap();
    }
    assert!(store.writer.join_next().await.unwrap().is_ok());
    assert!(!store.path.with_file_name("postern.sqlite-wal").exists(), "one file is the whole state");
    assert_eq!(store.enqueue(vec![put("late", "1")]).await, Err(StoreError::Closed));
    assert_eq!(store.get(Table::Devices, "3").await, Err(StoreError::Closed));

    let again = store.again().await;
    assert_eq!(again.store.load(Table::Devices).await.unwrap().len(), 500);
    assert_eq!(device(&again.store, "3").await.as_deref(), Some("2"));
}

#[tokio::test]
async fn a_writer_that_died_is_told_not_waited_for() {
    let mut store = running().await;
    store.writer.shutdown().await;
    assert_eq!(store.enqueue(vec![put("a", "1")]).await, Err(StoreError::Closed));
    store.close().await;
}

#[tokio::test]
async fn a_full_queue_refuses_without_blocking() {
    let folder = tempfile::tempdir().unwrap();
    let Opened { store, writer } = Store::open(&folder.path().join("postern.sqlite")).await.unwrap();
    let mut commits: Vec<Commit> = (0..QUEUE_BATCHES).map(|_| store.enqueue(vec![put("a", "1")])).collect();
    assert_eq!(store.enqueue(vec![put("b", "1")]).await, Err(StoreError::Busy));
    let mut tasks = JoinSet::new();
    tasks.spawn(writer.run());
    commits.pop().unwrap().await.unwrap();
    store.enqueue(vec![put("b", "1")]).await.unwrap();
    assert_eq!(device(&store, "b").await.as_deref(), Some("1"));
}

#[tokio::test]
async fn the_queue_is_bounded_in_bytes_too() {
    let folder = tempfile::tempdir().unwrap();
    let Opened { store, writer } = Store::open(&folder.path().join("postern.sqlite")).await.unwrap();
    let huge = format!("\"{}\"", "x".repeat(QUEUE_BYTES));
    let first = store.enqueue(vec![put("huge", &huge)]);
    assert_eq!(store.enqueue(vec![put("b", "1")]).await, Err(StoreError::Busy));
    let mut tasks = JoinSet::new();
    tasks.spawn(writer.run());
    first.await.unwrap();
    store.enqueue(vec![put("b", "1")]).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_is_told_and_passes_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("postern.sqlite");
    let Opened { store, mut writer } = Store::open(&path).await.unwrap();
    writer.limit_pages(60).await;
    let mut tasks = JoinSet::new();
    tasks.spawn(writer.run());

    let commits: Vec<Commit> = (0..40).map(|n| store.enqueue(vec![big(&n.to_string())])).collect();
    let mut written = Vec::new();
    for (n, commit) in commits.into_iter().enumerate() {
        match commit.await {
            Ok(()) => written.push(n.to_string()),
            Err(error) => assert_eq!(error, StoreError::DiskFull(path.clone())),
        }
    }
    assert!(!written.is_empty() && written.len() < 40, "{} of 40 fit", written.len());
    for key in &written {
        assert!(device(&store, key).await.is_some(), "{key} was acknowledged");
    }
    assert_eq!(store.load(Table::Devices).await.unwrap().len(), written.len());

    store.enqueue(written.iter().map(|key| delete(key)).collect()).await.unwrap();
    store.enqueue(vec![big("again")]).await.unwrap();
    assert!(device(&store, "again").await.is_some());
}

#[tokio::test]
async fn a_batch_too_large_for_the_disk_does_not_take_small_ones_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("postern.sqlite");
    let Opened { store, mut writer } = Store::open(&path).await.unwrap();
    writer.limit_pages(40).await;
    let mut tasks = JoinSet::new();
    tasks.spawn(writer.run());
    let before = store.enqueue(vec![put("before", "1")]);
    let large = store.enqueue((0..20).map(|n| big(&n.to_string())).collect());
    let after = store.enqueue(vec![put("after", "1")]);
    before.await.unwrap();
    assert_eq!(large.await, Err(StoreError::DiskFull(path)));
    after.await.unwrap();
    assert_eq!(store.load(Table::Devices).await.unwrap().len(), 2);
}

#[tokio::test]
async fn notes_coalesce_and_never_bring_back_what_was_removed() {
    let store = running().await;
    store.enqueue(vec![put("a", "1"), put("b", "1"), put("c", "1")]).await.unwrap();
    store.enqueue_lazy(vec![put("a", "2"), put("b", "2"), put("gone", "2")]);
    store.enqueue_lazy(vec![put("a", "3")]);
    // Newer than the note on it, so the note must not win.
    store.enqueue(vec![put("b", "9"), delete("c")]).await.unwrap();
    store.enqueue_lazy(vec![put("c", "2")]);
    store.enqueue(vec![audit("carries the note")]).await.unwrap();
    let all = store.load(Table::Devices).await.unwrap();
    assert_eq!(all, [("a".to_owned(), "3".to_owned()), ("b".to_owned(), "9".to_owned())]);
}

#[tokio::test]
async fn a_note_is_written_without_a_commit_to_ride_on() {
    let store = running().await;
    store.enqueue(vec![put("a", "1")]).await.unwrap();
    store.enqueue_lazy(vec![put("a", "2")]);
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    while device(&store, "a").await.as_deref() != Some("2") {
        assert!(tokio::time::Instant::now() < deadline, "the note was never written");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_damaged_file_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("postern.sqlite");
    fs::write(&path, "this is not a database, it is a text that is long enough to be one ".repeat(20)).unwrap();
    let error = Store::open(&path).await.unwrap_err();
    assert!(matches!(&error, StoreError::Corrupt { path: named, .. } if *named == path), "{error:?}");
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let store = running().await;
    store.close().await;
    raw(&store.path, "INSERT INTO _sqlx_migrations VALUES (9999, 'later', '2030-01-01', TRUE, x'00', 1)").await;
    let error = Store::open(&store.path).await.unwrap_err();
    assert_eq!(error, StoreError::Newer { path: store.path.clone(), found: 9999, known: 3 });
}

#[tokio::test]
async fn a_folder_that_cannot_exist_is_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let path = folder.path().join("file").join("postern.sqlite");
    let error = Store::open(&path).await.unwrap_err();
    assert_eq!(error, StoreError::NotWritable(path));
}

#[tokio::test]
async fn the_audit_trail_is_bounded() {
    let store = running().await;
    store.enqueue(vec![audit("old")]).await.unwrap();
    store.close().await;
    raw(&store.path, "INSERT INTO audit VALUES (59998, 7, 'recent', '{}')").await;
    let store = store.again().await;
    store.enqueue(vec![audit("a"), audit("b")]).await.unwrap();
    let kinds: Vec<String> = store.audit_tail(10).await.unwrap().into_iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, ["recent", "a", "b"]);
}

#[cfg(unix)]
#[tokio::test]
async fn files_are_private_from_the_first_byte() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let store = running().await;
    store.enqueue(vec![put("a", "1")]).await.unwrap();
    assert_eq!(device(&store, "a").await.as_deref(), Some("1"));
    assert_eq!(mode(store.path.parent().unwrap()), 0o700);
    for name in ["postern.sqlite", "postern.sqlite-wal", "postern.sqlite-shm"] {
        assert_eq!(mode(&store.path.with_file_name(name)), 0o600, "{name}");
    }
    store.close().await;
    fs::set_permissions(&store.path, fs::Permissions::from_mode(0o644)).unwrap();
    let _again = store.again().await;
    assert_eq!(mode(&store.path), 0o600, "a copy from elsewhere is made private");
}

/// Runs one statement on a closed database, as another program would.
async fn raw(path: &Path, sql: &'static str) {
    let mut connection = sqlx::sqlite::SqliteConnectOptions::new().filename(path).connect().await.unwrap();
    sqlx::query(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn who_asked_may_go_away_before_a_write_settles() {
    let (store, settler) = (running().await, Settler::new(Tasks::default(), "test"));
    for (body, written) in [("1", true), ("no JSON", false)] {
        let (settled, heard) = oneshot::channel();
        drop(settler.settled(store.enqueue(vec![put("a", body)]), move |stored| settled.send(stored).unwrap()));
        assert_eq!(heard.await, Ok(written));
    }
    let failed = settler.settled(store.enqueue(vec![put("a", "no JSON")]), |stored| assert!(!stored)).await;
    assert!(matches!(failed, Err(StoreError::Io { .. })), "{failed:?}");
    assert_eq!(device(&store, "a").await.as_deref(), Some("1"));
}
