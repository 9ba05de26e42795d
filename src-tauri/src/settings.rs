//! What the desktop app remembers: a small file in the state folder, written whole
//! or not at all. Start at login is not in it: the system itself is asked.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use postern_protocol::desktop::{DesktopNode, DesktopNodeCapability, DesktopNodeChanges, DesktopSettings};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// What is remembered. A file that cannot be read counts as absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Kept {
    /// Whether closing the window leaves the gateway and the icon.
    pub(crate) keep_running: bool,
    /// Whether the global shortcut is on.
    pub(crate) quick_send: bool,
    /// Whether the icon is shown.
    pub(crate) show_icon: bool,
    /// Whether this computer is a node, and what it offers.
    pub(crate) node: NodeChoice,
    /// Whether it was said once that closing is not quitting.
    pub(crate) close_explained: bool,
}

impl Default for Kept {
    fn default() -> Self {
        let node = NodeChoice::default();
        Self { keep_running: true, quick_send: false, show_icon: true, node, close_explained: false }
    }
}

/// What the user chose about this computer as a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct NodeChoice {
    /// Whether it is to be one.
    pub(crate) enabled: bool,
    /// What it offers.
    pub(crate) capabilities: BTreeSet<DesktopNodeCapability>,
}

impl Default for NodeChoice {
    /// What looks at the user or the screen has to be switched on by name.
    fn default() -> Self {
        use DesktopNodeCapability::{Browser, Canvas, Fs, Notifications, System};
        Self { enabled: false, capabilities: [Browser, Canvas, Fs, Notifications, System].into() }
    }
}

impl NodeChoice {
    /// Takes changes over.
    pub(crate) fn change(&mut self, changes: &DesktopNodeChanges) {
        self.enabled = changes.enabled.unwrap_or(self.enabled);
        if let Some(capabilities) = &changes.capabilities {
            self.capabilities = capabilities.iter().copied().collect();
        }
    }
}

impl Kept {
    /// What the gateway is told, which passes it on to the page.
    pub(crate) fn told(&self, start_at_login: bool, node: DesktopNode) -> DesktopSettings {
        DesktopSettings {
            start_at_login,
            keep_running: self.keep_running,
            quick_send: self.quick_send,
            show_icon: self.show_icon,
            node: Some(node),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            platform: std::env::consts::OS.to_owned(),
        }
    }
}

/// The file and what is in it.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    path: Arc<PathBuf>,
    kept: watch::Sender<Kept>,
    writing: Arc<Mutex<()>>,
}

impl Settings {
    /// Reads the file of this state folder.
    pub(crate) fn open(state_dir: &Path) -> Self {
        let path = state_dir.join("desktop.json");
        let kept = match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).unwrap_or_else(|error| {
                tracing::warn!(path = %path.display(), %error, "The desktop's settings cannot be read; using the usual ones.");
                Kept::default()
            }),
            Err(_) => Kept::default(),
        };
        Self { path: Arc::new(path), kept: watch::Sender::new(kept), writing: Arc::default() }
    }

    /// What holds now.
    pub(crate) fn now(&self) -> Kept {
        self.kept.borrow().clone()
    }

    /// Told of every change.
    pub(crate) fn watch(&self) -> watch::Receiver<Kept> {
        self.kept.subscribe()
    }

    /// Changes and writes; what cannot be written still holds until the end.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Kept)) {
        let changed = self.kept.send_if_modified(|kept| {
            let before = kept.clone();
            change(kept);
            *kept != before
        });
        if !changed {
            return;
        }
        let _one_at_a_time = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = write(&self.path, &self.now()) {
            tracing::warn!(path = %self.path.display(), %error, "The desktop's settings cannot be written.");
        }
    }
}

fn write(path: &Path, kept: &Kept) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    // Readable for this user alone from its first moment.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(&mut file, kept)?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_last_and_damage_counts_as_absent() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::open(folder.path());
        assert_eq!(settings.now(), Kept::default());
        settings.change(|kept| kept.keep_running = false);
        assert!(!Settings::open(folder.path()).now().keep_running);
        let path = folder.path().join("desktop.json");
        std::fs::write(&path, "{ \"keepRunning\": 7").unwrap();
        assert_eq!(Settings::open(folder.path()).now(), Kept::default());
        std::fs::write(&path, "{\"quickSend\": true, \"later\": 1}").unwrap();
        assert_eq!(Settings::open(folder.path()).now(), Kept { quick_send: true, ..Kept::default() });
    }

    #[test]
    fn a_node_is_one_only_when_somebody_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::open(folder.path());
        let before = settings.now().node;
        assert!(!before.enabled && !before.capabilities.contains(&DesktopNodeCapability::Camera));
        let on = DesktopNodeChanges { enabled: Some(true), capabilities: None };
        settings.change(|kept| kept.node.change(&on));
        assert_eq!(Settings::open(folder.path()).now().node, NodeChoice { enabled: true, ..before });
        let camera = vec![DesktopNodeCapability::Camera, DesktopNodeCapability::Camera];
        settings.change(|kept| {
            kept.node.change(&DesktopNodeChanges { enabled: None, capabilities: Some(camera) });
        });
        let now = Settings::open(folder.path()).now().node;
        assert_eq!(now, NodeChoice { enabled: true, capabilities: [DesktopNodeCapability::Camera].into() });
        // A file from before there were nodes.
        std::fs::write(folder.path().join("desktop.json"), "{\"keepRunning\": false}").unwrap();
        assert_eq!(Settings::open(folder.path()).now().node, NodeChoice::default());
    }

    #[test]
    fn nothing_is_written_when_nothing_changes() {
        let folder = tempfile::tempdir().unwrap();
        Settings::open(folder.path()).change(|kept| kept.keep_running = true);
        assert!(!folder.path().join("desktop.json").exists());
    }
}
