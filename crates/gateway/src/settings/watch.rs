//! Noticing that somebody wrote the configuration file. Folders are watched, not
//! files: editors write another file and rename it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use notify::{Event, EventKind, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use crate::config::ReloadMode;
use crate::gateway::Services;

/// Between two looks where the system does not tell.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// A file that was just written is looked at when nothing followed for this long.
const SETTLE: Duration = Duration::from_millis(15);

/// Follows the file, and what it takes from others, until the gateway stops.
pub(crate) async fn watch(services: Arc<Services>) {
    // One word is enough, however often something was written.
    let (tell, mut told) = mpsc::channel::<()>(1);
    let wanted: Arc<Mutex<Vec<PathBuf>>> = Arc::default();
    let matters = Arc::clone(&wanted);
    let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        let wanted = matters.lock().unwrap_or_else(PoisonError::into_inner);
        if event.is_ok_and(|event| !matches!(event.kind, EventKind::Access(_)) && concerns(&event, &wanted)) {
            // Full means that it was told and not yet looked at.
            let _ = tell.try_send(());
        }
    });
    let mut watcher = watcher
        .inspect_err(|error| tracing::debug!(%error, "The system does not tell when the configuration is written."))
        .ok();
    let mut folders = Vec::new();
    let mut seen = Vec::new();
    loop {
        let files = files(&services);
        let parents = files.iter().filter_map(|file| file.parent());
        let new: Vec<&Path> = parents.filter(|folder| !folders.iter().any(|known| known == folder)).collect();
        for folder in new {
            let watched = watcher.as_mut().map(|watcher| watcher.watch(folder, RecursiveMode::NonRecursive));
            if let Some(Err(error)) = watched {
                tracing::debug!(%error, "A folder of the configuration cannot be watched.");
            }
            folders.push(folder.to_owned());
        }
        wanted.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&files);
        // Also without a word now and then: some file systems do not tell.
        if tokio::time::timeout(LOOK_EVERY, told.recv()).await.is_ok() {
            settle(&mut told).await;
        } else {
            let looks = files.iter().map(|file| look_of(file)).collect::<Vec<_>>();
            if std::mem::replace(&mut seen, looks.clone()) == looks {
                continue;
            }
        }
        if services.config().reload.mode != ReloadMode::Off {
            look(&services, &mut told).await;
        }
    }
}

/// Size and time of a file: what changes when it is written.
fn look_of(file: &Path) -> Option<(u64, SystemTime)> {
    let about = std::fs::metadata(file).ok()?;
    Some((about.len(), about.modified().ok()?))
}

/// Files that matter. Links are followed.
fn files(services: &Services) -> Vec<PathBuf> {
    let config = &services.paths.config_path;
    let mut files = vec![config.clone(), services.paths.state_dir.join(".env")];
    files.extend(config.canonicalize());
    files.extend(services.config.state().files.iter().cloned());
    files
}

fn concerns(event: &Event, files: &[PathBuf]) -> bool {
    // Events name a folder as it was asked for, which may go through a link.
    let named = |path: &PathBuf| files.iter().any(|file| file.file_name() == path.file_name());
    event.paths.is_empty() || event.paths.iter().any(named)
}

/// Waits until nothing was written for a moment.
async fn settle(told: &mut mpsc::Receiver<()>) {
    while tokio::time::timeout(SETTLE, told.recv()).await.is_ok() {}
}

/// Puts the file in force when it differs. One that cannot be used may be half
/// written: it gets time before it is told.
async fn look(services: &Arc<Services>, told: &mut mpsc::Receiver<()>) {
    let Some(mut found) = services.load_config().await else { return };
    if found.is_same(&services.config.state()) {
        return;
    }
    let patience = services.config().reload.debounce;
    while found.safe_mode && tokio::time::timeout(patience, told.recv()).await.is_ok() {
        let Some(now) = services.load_config().await else { return };
        found = now;
    }
    // Reads it once more: somebody else may have had the turn meanwhile.
    services.reload_config().await;
}
