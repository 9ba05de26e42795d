//! Updates: a signed list says what is new, the new program goes into the slot
//! that does not run, the next restart tries it under the eyes of the old one,
//! and what does not prove itself is put back together with the state.
//!
//! The installed program is never written: it starts what proved itself, and is
//! what runs when nothing did (`docs/adr/0009-two-slot-updates.md`).
//!
//! | file | owns |
//! |---|---|
//! | `version.rs` | which version is newer (pure) |
//! | `manifest.rs` | what a list says, and whether it is believed (pure) |
//! | `fetch.rs` | https, bounded |
//! | `install.rs` | check, download, verify, start, stage |
//! | `state.rs` | what is known, on disk |
//! | `switch.rs` | what a start does: serve, start another program, try one, put back |
//! | `snapshot.rs` | the state before a trial, and putting it back |
//! | `health.rs` | whether a program that is tried serves |
//! | `service.rs` | the running gateway's part: methods, events, looking by itself |

mod fetch;
mod health;
mod install;
mod manifest;
mod service;
mod snapshot;
mod state;
mod switch;
mod version;

use std::path::PathBuf;

use postern_protocol::system::Nullable;
use postern_protocol::update::{UpdateCurrent, UpdateHoldParams, UpdateMode, UpdateSlot, UpdateStatusResult};
use url::Url;

pub use self::fetch::FetchError;
pub use self::health::{Signs, serves};
pub use self::install::{Progress, Report, UpdateError, Wish, file_hash};
pub use self::manifest::{MAX_FILE, Manifest, ManifestError, PlatformFile};
pub use self::service::{Started, USUAL_PATIENCE, Updates, outcome};
pub use self::state::{Hold, InstalledProgram, SlotProgram, UpdateFolder, UpdateState};
pub use self::switch::{
    Next, Own, RevertError, TrialError, Watch, begin_trial, confirm, give_up, next, revert, served, starting,
};
pub use self::version::{NoVersion, Version};

use crate::config::UpdateSettings;
use crate::options::{Clock, Paths};

/// What the outside knows about the program that runs.
#[derive(Debug, Clone, Default)]
pub struct Program {
    /// Its file.
    pub path: Option<PathBuf>,
    /// Why somebody else updates it, for people.
    pub packaged: Option<String>,
    /// Where this build looks for releases.
    pub url: Option<String>,
    /// Keys that sign them.
    pub public_keys: Vec<String>,
}

/// This platform as release lists name it: `x86_64-linux`, `aarch64-macos`.
#[must_use]
pub fn target() -> String {
    let library = if cfg!(target_env = "musl") { "-musl" } else { "" };
    format!("{}-{}{library}", std::env::consts::ARCH, std::env::consts::OS)
}

/// Does updates, with a gateway around it or without.
#[derive(Debug, Clone)]
pub struct Updater {
    folder: UpdateFolder,
    program: Program,
    version: Version,
    settings: UpdateSettings,
    clock: Clock,
}

impl Updater {
    /// For a program, its state folder and its settings.
    ///
    /// # Errors
    /// When the program's own version is none.
    pub fn new(
        paths: &Paths,
        (program, version): (Program, &str),
        settings: UpdateSettings,
        clock: Clock,
    ) -> Result<Self, NoVersion> {
        Ok(Self { folder: UpdateFolder::of(paths), program, version: version.parse()?, settings, clock })
    }

    /// Where updates keep their files.
    #[must_use]
    pub const fn folder(&self) -> &UpdateFolder {
        &self.folder
    }

    /// Which of the programs runs.
    #[must_use]
    pub fn own_slot(&self) -> UpdateSlot {
        self.program.path.as_deref().map_or(UpdateSlot::Installed, |path| self.folder.slot_of(path))
    }

    fn user_agent(&self) -> String {
        format!("postern/{}", self.version)
    }

    /// Where lists come from and who signs them, or why there are no updates here.
    fn source(&self) -> Result<(Url, Vec<String>), String> {
        if let Some(reason) = &self.program.packaged {
            return Err(reason.clone());
        }
        if self.program.path.is_none() {
            return Err("this program cannot find its own file".to_owned());
        }
        let built_in = || {
            let text = self.program.url.as_ref()?.replace("{channel}", &self.settings.channel);
            Url::parse(&text).ok().filter(crate::config::is_fetchable)
        };
        let Some(url) = self.settings.url.clone().or_else(built_in) else {
            return Err("no address for releases is known; set update.url".to_owned());
        };
        let own = &self.settings.public_keys;
        let keys = if own.is_empty() { self.program.public_keys.clone() } else { own.clone() };
        if keys.is_empty() {
            return Err("no key for releases is known; set update.publicKeys".to_owned());
        }
        Ok((url, keys))
    }

    /// Everything there is to tell.
    #[must_use]
    pub fn status(&self) -> UpdateStatusResult {
        let state = self.folder.read();
        let source = self.source();
        let hold = state.hold.as_ref().filter(|hold| hold.holds(self.clock.now_ms()));
        let previous = state.active.as_ref().map(|_| match (&state.previous, &state.installed) {
            (Some(previous), _) => previous.version.clone(),
            (None, Some(installed)) => installed.version.clone(),
            (None, None) => "the installed one".to_owned(),
        });
        UpdateStatusResult {
            update_available: state.offer_over(&self.version).into(),
            current: UpdateCurrent {
                version: self.version.to_string(),
                path: self.program.path.as_ref().map(|path| path.display().to_string()),
                slot: self.own_slot(),
            },
            previous_version: previous,
            mode: if self.program.packaged.is_some() { UpdateMode::Package } else { UpdateMode::Slots },
            url: source.as_ref().ok().map(|(url, _)| url.to_string()),
            unavailable: source.err(),
            channel: self.settings.channel.clone(),
            auto: self.settings.auto.as_str().to_owned(),
            hold: self.settings.hold || hold.is_some(),
            hold_until_ms: hold.and_then(|hold| hold.until_ms).filter(|_| !self.settings.hold),
            last_checked_at_ms: state.last_checked_at_ms,
            last_check_error: state.last_check_error,
            phase: state.phase,
            last_result: state.sentinel.as_ref().map(|sentinel| sentinel.status),
            sentinel: state.sentinel.map_or(Nullable::Null, Nullable::Value),
        }
    }

    /// Stops updates, or lets them happen again.
    ///
    /// # Errors
    /// When it cannot be written down.
    pub fn hold(&self, wish: UpdateHoldParams) -> std::io::Result<()> {
        self.folder.change(|state| state.hold = wish.hold.then_some(Hold { until_ms: wish.until }))
    }
}
