//! The canvas: pages that agents write and nodes show, and who may look at
//! them. What comes and goes over HTTP is in `wire/canvas`.
//!
//! | file | owns |
//! |---|---|
//! | `capability.rs` | addresses that carry their own permission, bound to a connection |
//! | `files.rs` | opening what is below the root, and nothing else |
//! | `page.rs` | what is put into pages, and the built-in page for A2UI |
//! | `watch.rs` | noticing that a file changed |

mod capability;
mod files;
mod page;
mod watch;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch as signal};

use crate::agents::folder_refusal;
use crate::config::CanvasHost;
use crate::secrets::Secret;

pub use capability::{Capabilities, Issued, TTL_MS};
pub(crate) use files::first_files;
pub use files::{Found, OpenFile};
pub use page::{Asset, asset, with_script};
pub(crate) use watch::watch;

/// Folder of the canvas below the state folder.
const FOLDER: &str = "canvas";
/// Pages that may wait for changes at once.
const MAX_SOCKETS: usize = 256;

/// Handle to the canvas. Cheap to clone.
#[derive(Clone)]
pub struct Canvas(Arc<Shared>);

struct Shared {
    settings: CanvasHost,
    root: PathBuf,
    state_dir: PathBuf,
    refused: Option<&'static str>,
    capabilities: Capabilities,
    view: [u8; 32],
    view_token: Secret,
    changes: signal::Sender<u64>,
    wanted: Notify,
    sockets: Arc<Semaphore>,
}

impl std::fmt::Debug for Canvas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Canvas").finish_non_exhaustive()
    }
}

/// Where the files are.
#[must_use]
pub fn root(settings: &CanvasHost, state_dir: &Path) -> PathBuf {
    settings.root.clone().unwrap_or_else(|| state_dir.join(FOLDER))
}

/// The folder that agents may write to besides their own; made when it is missing.
/// `None` while the canvas is off or its folder is none for agents. Blocks.
#[must_use]
pub fn shared_folder(settings: &CanvasHost, state_dir: &Path) -> Option<PathBuf> {
    let root = root(settings, state_dir);
    if !settings.enabled || refusal(&root, state_dir).is_some() {
        return None;
    }
    match files::make(&root) {
        Ok(()) => Some(root),
        Err(error) => {
            tracing::warn!(%error, "The folder of the canvas cannot be made.");
            None
        }
    }
}

impl Canvas {
    /// The canvas of a gateway whose state is in `state_dir`. Nothing is made yet.
    #[must_use]
    pub fn new(settings: CanvasHost, state_dir: &Path) -> Self {
        let root = root(&settings, state_dir);
        let view_token = Secret::random();
        Self(Arc::new(Shared {
            refused: refusal(&root, state_dir).filter(|_| settings.enabled),
            capabilities: Capabilities::default(),
            view: hash(view_token.expose()),
            view_token,
            changes: signal::Sender::new(0),
            wanted: Notify::new(),
            sockets: Arc::new(Semaphore::new(MAX_SOCKETS)),
            settings,
            root,
            state_dir: state_dir.to_owned(),
        }))
    }

    /// Whether anything is served.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.settings.enabled && self.0.refused.is_none()
    }

    /// Whether pages are told of changes.
    #[must_use]
    pub fn reloads(&self) -> bool {
        self.is_on() && self.0.settings.live_reload
    }

    /// Why it is off although it is switched on.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let root = self.0.root.display();
        self.0.refused.map(|why| format!("canvasHost.root: {root} {why}; the canvas is off"))
    }

    /// Addresses that carry their own permission.
    #[must_use]
    pub fn capabilities(&self) -> &Capabilities {
        &self.0.capabilities
    }

    /// Under which a browser of this machine looks at the canvas: no page of
    /// somebody else knows it, so none can load from there.
    #[must_use]
    pub fn view_token(&self) -> &str {
        self.0.view_token.expose()
    }

    /// Whether `token` is [`Canvas::view_token`].
    #[must_use]
    pub fn is_view_token(&self, token: &str) -> bool {
        // Hashes: how far they agree tells nothing about the token.
        hash(token) == self.0.view
    }

    /// What is at a path that `crate::ui::is_plain`; empty for the root.
    pub async fn find(&self, path: &str) -> Found {
        let (canvas, path) = (self.clone(), path.to_owned());
        // Files are opened off the async threads.
        let found =
            tokio::task::spawn_blocking(move || files::find((&canvas.0.root, &canvas.0.state_dir), &path)).await;
        found.unwrap_or(Found::Nothing)
    }

    /// A place among the pages that wait for changes, and what tells them; `None`
    /// when there are too many.
    #[must_use]
    pub fn follow(&self) -> Option<(OwnedSemaphorePermit, signal::Receiver<u64>)> {
        let place = Arc::clone(&self.0.sockets).try_acquire_owned().ok()?;
        let changes = self.0.changes.subscribe();
        self.0.wanted.notify_one();
        Some((place, changes))
    }
}

/// Why a folder is none for the canvas, links followed: it may not hold keys, and of
/// the state folder it may have only what agents may have.
fn refusal(folder: &Path, state_dir: &Path) -> Option<&'static str> {
    if let Some(why) = folder_refusal(folder, state_dir) {
        return Some(why);
    }
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (folder, state_dir) = (real(folder), real(state_dir));
    let inside = folder.strip_prefix(state_dir).ok()?;
    let first = inside.components().next()?.as_os_str().to_string_lossy();
    let is_open = first == FOLDER || first == "workspace" || first.starts_with("workspace-");
    (!is_open).then_some("is the gateway's own; choose a folder of its own")
}

/// What is hashed is random and long, so no slow hash is needed.
fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on() -> CanvasHost {
        CanvasHost { enabled: true, root: None, port: None, live_reload: true }
    }

    #[test]
    fn a_root_that_would_open_the_state_folder_is_none() {
        let state = tempfile::tempdir().unwrap();
        let own = state.path().join("canvas");
        assert_eq!(shared_folder(&on(), state.path()), Some(own.clone()));
        assert!(own.join("index.html").is_file());
        for root in [state.path().to_path_buf(), "/etc".into(), state.path().join("logs"), "/".into()] {
            let settings = CanvasHost { root: Some(root.clone()), ..on() };
            assert_eq!(shared_folder(&settings, state.path()), None, "{root:?}");
            let canvas = Canvas::new(settings, state.path());
            assert!(!canvas.is_on() && canvas.warning().unwrap().contains("canvasHost.root"), "{root:?}");
        }
        let off = CanvasHost { enabled: false, ..on() };
        assert!(shared_folder(&off, state.path()).is_none() && Canvas::new(off, state.path()).warning().is_none());
    }

    #[test]
    fn the_pages_that_wait_are_bounded() {
        let canvas = Canvas::new(on(), Path::new("/nowhere"));
        let all: Vec<_> = std::iter::from_fn(|| canvas.follow()).take(MAX_SOCKETS + 1).collect();
        assert_eq!(all.len(), MAX_SOCKETS);
        drop(all);
        assert!(canvas.follow().is_some());
    }
}
