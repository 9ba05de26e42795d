//! Noticing that somebody wrote the configuration file. Folders are watched, not
//! files: editors write another file and rename it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::{Event, EventKind, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use crate::config::ReloadMode;
use crate::gateway::Services;

/// Between two looks where the system does not tell.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// A file that was just written is looked at when nothing followed for this long.
const SETTLE: Duration = Duration::from_millis(15);

/// Follows the file until the gateway stops.
pub(crate) async fn watch(services: Arc<Services>) {
    // One word is enough, however often something was written.
    let (tell, mut told) = mpsc::channel::<()>(1);
    let folders = folders(&services.paths.config_path, &services.paths.state_dir);
    let wanted = folders.clone();
    let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        let matters = event.is_ok_and(|event| !matches!(event.kind, EventKind::Access(_)) && concerns(&event, &wanted));
        if matters {
            // Full means that it was told and not yet looked at.
            let _ = tell.try_send(());
        }
    });
    let _watcher = watcher
        .and_then(|mut watcher| {
            folders.iter().try_for_each(|(folder, _)| watcher.watch(folder, RecursiveMode::NonRecursive))?;
            Ok(watcher)
        })
        .inspect_err(|error| tracing::debug!(%error, "The system does not tell when the configuration is written."))
        .ok();
    loop {
        // Also without a word now and then: some file systems do not tell.
        let asked = tokio::time::timeout(LOOK_EVERY, told.recv()).await.is_ok();
        if asked {
            settle(&mut told).await;
        }
        if services.config().reload.mode == ReloadMode::Off {
            continue;
        }
        look(&services, &mut told).await;
    }
}

/// Waits until nothing was written for a moment.
async fn settle(told: &mut mpsc::Receiver<()>) {
    while tokio::time::timeout(SETTLE, told.recv()).await.is_ok() {}
}

/// Puts the file in force when it differs. One that cannot be used may be half
/// written: it gets time before it is told.
async fn look(services: &Arc<Services>, told: &mut mpsc::Receiver<()>) {
    if !services.config_differs().await {
        return;
    }
    if !services.config_is_usable().await {
        let patience = services.config().reload.debounce;
        while tokio::time::timeout(patience, told.recv()).await.is_ok() && !services.config_is_usable().await {}
    }
    services.reload_config().await;
}

/// Folders to watch, with the names in them that matter. A link is followed.
fn folders(config: &Path, state_dir: &Path) -> Vec<(PathBuf, Vec<PathBuf>)> {
    let mut files = vec![config.to_owned(), state_dir.join(".env")];
    files.extend(config.canonicalize());
    let mut folders: Vec<(PathBuf, Vec<PathBuf>)> = Vec::new();
    for file in files {
        let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else { continue };
        match folders.iter_mut().find(|(known, _)| known == folder) {
            Some((_, names)) => names.push(name.into()),
            None => folders.push((folder.to_owned(), vec![name.into()])),
        }
    }
    folders
}

fn concerns(event: &Event, folders: &[(PathBuf, Vec<PathBuf>)]) -> bool {
    let named = |path: &PathBuf| {
        let name = path.file_name().map(PathBuf::from);
        folders.iter().any(|(_, names)| name.as_ref().is_some_and(|name| names.contains(name)))
    };
    event.paths.is_empty() || event.paths.iter().any(named)
}
