//! Noticing that a file of the canvas changed: one watcher, whoever looks.

use std::path::Path;
use std::time::{Duration, SystemTime};

use notify::{Config, Event, EventHandler, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
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
        let looked = root.clone();
        // Every folder below is looked at, however many agents have made.
        let made = tokio::task::spawn_blocking(move || (watcher(&looked, teller(tell)), identity(&looked)));
        let (watched, from) = made.await.unwrap_or_default();
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

/// What passes on that something changed.
fn teller(tell: mpsc::Sender<()>) -> impl EventHandler {
    move |event: notify::Result<Event>| {
        if event.is_ok_and(|event| !matches!(event.kind, EventKind::Access(_))) {
            // Full means that it was told and not yet passed on.
            let _ = tell.try_send(());
        }
    }
}

/// Agents write below the root: a link there must not have the whole disk watched.
fn watcher(root: &Path, changed: impl EventHandler) -> Option<RecommendedWatcher> {
    let made = files::make(root).and_then(|()| root.canonicalize()).map_err(notify::Error::io).and_then(|root| {
        let mut watcher = RecommendedWatcher::new(changed, Config::default().with_follow_symlinks(false))?;
        watcher.watch(&root, RecursiveMode::Recursive)?;
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

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_not_followed() {
        let place = tempfile::tempdir().unwrap();
        let (root, elsewhere) = (place.path().join("canvas"), place.path().join("elsewhere"));
        for folder in [&root, &elsewhere] {
            std::fs::create_dir(folder).unwrap();
        }
        std::os::unix::fs::symlink(&elsewhere, root.join("link")).unwrap();
        let (tell, told) = std::sync::mpsc::channel();
        let _watcher = watcher(&root, tell).unwrap();
        std::fs::write(elsewhere.join("first"), "x").unwrap();
        std::fs::write(root.join("second"), "x").unwrap();
        // What happened first is told first.
        let heard = loop {
            let event: Event = told.recv_timeout(Duration::from_secs(20)).unwrap().unwrap();
            let name = event.paths.first().and_then(|path| path.file_name()).unwrap_or_default().to_owned();
            if name == "first" || name == "second" {
                break name;
            }
        };
        assert_eq!(heard, "second");
    }
}
