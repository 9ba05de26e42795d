//! What the outside provides.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use postern_client::{ClientOptions, WallClock};

/// Writes a private file whole or not at all.
pub type WriteFile = Arc<dyn Fn(&Path, &[u8]) -> io::Result<()> + Send + Sync>;

/// Everything a node host needs.
#[derive(Clone)]
pub struct NodeOptions {
    /// Address, credentials and identity. Role, client id and what is offered are set here.
    pub client: ClientOptions,
    /// The node's name on the wire: the id of its device.
    pub node_id: String,
    /// Where commands begin when they name no folder.
    pub home: PathBuf,
    /// What commands get as their environment.
    pub command_env: BTreeMap<String, String>,
    /// What programs that show something get: the same, and the way to the screen.
    pub desktop_env: BTreeMap<String, String>,
    /// Whether there is a screen.
    pub display: bool,
    /// Rules for commands: `exec-approvals.json`.
    pub approvals_path: PathBuf,
    /// A private folder for what lives as long as the host: pictures, profiles of browsers.
    pub scratch: PathBuf,
    /// How private files are written.
    pub write: WriteFile,
    /// Epoch milliseconds.
    pub clock: WallClock,
    /// What is not offered although it works here.
    pub without: BTreeSet<Capability>,
    /// The browser that `browser.proxy` steers.
    pub browser: BrowserOptions,
    /// Where the system shows its cameras.
    pub cameras: CameraFolders,
}

/// Where a Linux shows its cameras.
#[derive(Debug, Clone)]
pub struct CameraFolders {
    /// Folder of the devices: `video0`, `video1`, …
    pub devices: PathBuf,
    /// Folder with a folder for each of them, in which it is named.
    pub facts: PathBuf,
}

impl Default for CameraFolders {
    fn default() -> Self {
        Self { devices: PathBuf::from("/dev"), facts: PathBuf::from("/sys/class/video4linux") }
    }
}

/// The browser that `browser.proxy` steers.
#[derive(Debug, Clone, Default)]
pub struct BrowserOptions {
    /// The program; looked for when absent.
    pub program: Option<PathBuf>,
    /// Hosts, with or without a port, that may have a private address: `nas.local`, `127.0.0.1:8080`.
    pub allow_private: Vec<String>,
    /// Whether the system's sandbox cannot be used here (containers that run as root).
    pub no_sandbox: bool,
}

impl BrowserOptions {
    /// The first entry of [`Self::allow_private`] that names no host.
    #[must_use]
    pub fn wrong_host(&self) -> Option<&str> {
        self.allow_private.iter().map(String::as_str).find(|entry| !crate::browser::is_host(entry))
    }
}

/// A group of commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    /// `system.*` without `system.notify`.
    System,
    /// `system.notify`.
    Notifications,
    /// `fs.*`.
    Fs,
    /// `browser.proxy`.
    Browser,
    /// `canvas.*`.
    Canvas,
    /// `camera.*`.
    Camera,
    /// `screen.*`.
    Screen,
    /// `location.get`.
    Location,
}

impl Capability {
    /// Every one, by name.
    pub const ALL: [Self; 8] = [
        Self::Browser,
        Self::Camera,
        Self::Canvas,
        Self::Fs,
        Self::Location,
        Self::Notifications,
        Self::Screen,
        Self::System,
    ];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Notifications => "notifications",
            Self::Fs => "fs",
            Self::Browser => "browser",
            Self::Canvas => "canvas",
            Self::Camera => "camera",
            Self::Screen => "screen",
            Self::Location => "location",
        }
    }

    /// The word for it on the wire, where notifications belong to the system.
    #[must_use]
    pub const fn wire_word(self) -> &'static str {
        match self {
            Self::Notifications => Self::System.as_str(),
            other => other.as_str(),
        }
    }
}

impl std::fmt::Debug for NodeOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NodeOptions")
            .field("node_id", &self.node_id)
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}
