//! Noticing that a file of the canvas changed: one watcher, whoever looks.

use std::path::Path;
use std::time::{Duration, SystemTime};

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use super::{Canvas, files};

/// Pages are told when nothing was written for this long.
const SETTLE: Duration = Duration::from_millis(75);
/// They are told at last when something is written all the time.
const PATIENCE: Duration = Duration::from_secs(1);
/// Between two looks whether the folder is still the same one.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Tells pages of changes, from when the first one asks until the gateway stops.
pub(crate) async fn watch(canvas: Canvas) {
    canvas.0.wanted.notified().await;
    let root = canvas.0.root.clone();
    loop {
        // One word is enough, however much was written.
        let (tell, mut told) = mpsc::channel::<()>(1);
        let (watched, from) = (watcher(&root, tell), identity(&root));
        if watched.is_some() {
            follow(&canvas, &mut told, (&root, from)).await;
        } else {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

/// Passes changes on until the folder is another one.
async fn follow(canvas: &Canvas, told: &mut mpsc::Receiver<()>, (root, from): (&Path, Option<(u64, SystemTime)>)) {
    loop {
        match tokio::time::timeout(LOOK_EVERY, told.recv()).await {
            Ok(Some(())) => {
                settle(told).await;
                canvas.0.changes.send_modify(|count| *count += 1);
            }
            Ok(None) => return,
            Err(_) if identity(root) == from => {}
            Err(_) => {
                canvas.0.changes.send_modify(|count| *count += 1);
                return;
            }
        }
    }
}

fn watcher(root: &Path, tell: mpsc::Sender<()>) -> Option<RecommendedWatcher> {
    let changed = move |event: notify::Result<Event>| {
        if event.is_ok_and(|event| !matches!(event.kind, EventKind::Access(_))) {
            // Full means that it was told and not yet passed on.
            let _ = tell.try_send(());
        }
    };
    let made = files::make(root).map_err(notify::Error::io).and_then(|()| {
        let mut watcher = notify::recommended_watcher(changed)?;
        watcher.watch(root, RecursiveMode::Recursive)?;
        Ok(watcher)
    });
    made.inspect_err(|error| tracing::debug!(%error, "The folder of the canvas cannot be watched.")).ok()
}

/// What tells a folder from another one in the same place.
fn identity(root: &Path) -> Option<(u64, SystemTime)> {
    let about = std::fs::metadata(root).ok()?;
    #[cfg(unix)]
    let number = std::os::unix::fs::MetadataExt::ino(&about);
    #[cfg(not(unix))]
    let number = 0;
    Some((number, about.created().unwrap_or(SystemTime::UNIX_EPOCH)))
}

/// Waits until nothing was written for a moment.
async fn settle(told: &mut mpsc::Receiver<()>) {
    let quiet = async { while tokio::time::timeout(SETTLE, told.recv()).await.is_ok_and(|word| word.is_some()) {} };
    // Something that writes all the time is told now and then.
    drop(tokio::time::timeout(PATIENCE, quiet).await);
}
