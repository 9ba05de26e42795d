//! What is known about updates, on disk: `update/state.json` in the state folder.
//!
//! It is read and written afresh each time, under a lock: the old program, the
//! new one it watches, and the command line may all be at it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use postern_protocol::update::{UpdateOffer, UpdatePhase, UpdateSentinel, UpdateSlot};
use serde::{Deserialize, Serialize};

use super::version::Version;
use crate::options::Paths;
use crate::private;

/// Releases that failed and are not tried again by themselves.
const MAX_REJECTED: usize = 16;

/// Where updates keep their files.
#[derive(Debug, Clone)]
pub struct UpdateFolder(PathBuf);

impl UpdateFolder {
    /// The folder of a gateway.
    #[must_use]
    pub fn of(paths: &Paths) -> Self {
        Self(paths.state_dir.join("update"))
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The program of a slot; none for the installed one.
    #[must_use]
    pub fn program(&self, slot: UpdateSlot) -> Option<PathBuf> {
        self.slot_dir(slot).map(|folder| folder.join(if cfg!(windows) { "postern.exe" } else { "postern" }))
    }

    pub(super) fn slot_dir(&self, slot: UpdateSlot) -> Option<PathBuf> {
        let name = match slot {
            UpdateSlot::Installed => return None,
            UpdateSlot::A => "a",
            UpdateSlot::B => "b",
        };
        Some(self.0.join("slots").join(name))
    }

    /// Which of the programs a file is.
    #[must_use]
    pub fn slot_of(&self, program: &Path) -> UpdateSlot {
        let same = |slot: UpdateSlot| {
            let Some(own) = self.program(slot) else { return false };
            own == program || own.canonicalize().is_ok_and(|own| program.canonicalize().is_ok_and(|other| own == other))
        };
        [UpdateSlot::A, UpdateSlot::B].into_iter().find(|slot| same(*slot)).unwrap_or_default()
    }

    pub(super) fn snapshot(&self) -> PathBuf {
        self.0.join("snapshot")
    }

    fn state(&self) -> PathBuf {
        self.0.join("state.json")
    }

    /// Reads what is known; what cannot be read is nothing known, and the
    /// installed program runs.
    #[must_use]
    pub fn read(&self) -> UpdateState {
        let text = match fs::read_to_string(self.state()) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return UpdateState::default(),
            Err(error) => {
                tracing::warn!(path = %self.state().display(), %error, "What is known about updates cannot be read.");
                return UpdateState::default();
            }
        };
        serde_json::from_str(&text).unwrap_or_else(|error| {
            tracing::warn!(path = %self.state().display(), %error, "What is known about updates is damaged.");
            UpdateState::default()
        })
    }

    /// Changes what is known: whole or not at all, on disk when this returns.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn change<T>(&self, change: impl FnOnce(&mut UpdateState) -> T) -> io::Result<T> {
        private::make_folder(&self.0)?;
        let lock = private::options().create(true).append(true).open(self.0.join("state.lock"))?;
        lock.lock()?;
        let mut state = self.read();
        let result = change(&mut state);
        let text = serde_json::to_string_pretty(&state).map_err(io::Error::other)?;
        private::write(&self.state(), text)?;
        Ok(result)
    }
}

/// A program in a slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotProgram {
    /// Which slot.
    pub slot: UpdateSlot,
    /// Its version.
    pub version: String,
    /// Length of the file.
    pub size: u64,
    /// What it hashes to, hex.
    pub sha256: String,
}

/// The program that was installed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstalledProgram {
    /// Where it is.
    pub path: PathBuf,
    /// Its version.
    pub version: String,
}

/// Updates are stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hold {
    /// Until when; without, until somebody lets them happen again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<i64>,
}

impl Hold {
    /// Whether it still holds.
    #[must_use]
    pub fn holds(&self, now_ms: i64) -> bool {
        self.until_ms.is_none_or(|until| until > now_ms)
    }
}

/// What is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct UpdateState {
    /// How far an update is.
    pub phase: UpdatePhase,
    /// What is fetched, staged or tried.
    pub candidate: Option<SlotProgram>,
    /// What runs instead of the installed program.
    pub active: Option<SlotProgram>,
    /// What ran before `active`; none is the installed program.
    pub previous: Option<SlotProgram>,
    /// The program that was installed.
    pub installed: Option<InstalledProgram>,
    /// Starts of `active` since it last served.
    pub starts: u32,
    /// Whether updates are stopped.
    pub hold: Option<Hold>,
    /// When the newest release was last asked for.
    pub last_checked_at_ms: Option<i64>,
    /// Why that failed.
    pub last_check_error: Option<String>,
    /// When the newest list was signed that was believed.
    pub newest_list_ms: Option<i64>,
    /// The newest release, if it is newer than what ran.
    pub offer: Option<UpdateOffer>,
    /// The release that clients were told of.
    pub announced: Option<String>,
    /// Releases that failed here.
    pub rejected: Vec<String>,
    /// What the last update came to.
    pub sentinel: Option<UpdateSentinel>,
}

impl UpdateState {
    /// The slot that the next release goes into: never the one that runs.
    #[must_use]
    pub fn free_slot(&self, running: UpdateSlot) -> UpdateSlot {
        let used = |slot| running == slot || self.active.as_ref().is_some_and(|active| active.slot == slot);
        if used(UpdateSlot::A) { UpdateSlot::B } else { UpdateSlot::A }
    }

    /// What was being installed is not: what is not known afterwards is what was
    /// known before.
    pub(super) fn give_up(&mut self) {
        if matches!(self.phase, UpdatePhase::Downloaded | UpdatePhase::Verified) {
            (self.phase, self.candidate) = (UpdatePhase::Idle, None);
        }
    }

    /// Remembers that a release does not work here.
    pub fn reject(&mut self, version: &str) {
        self.rejected.retain(|known| known != version);
        self.rejected.push(version.to_owned());
        let over = self.rejected.len().saturating_sub(MAX_REJECTED);
        self.rejected.drain(..over);
    }

    /// The offer, while it is newer than what runs.
    #[must_use]
    pub fn offer_over(&self, version: &Version) -> Option<UpdateOffer> {
        let newer =
            |offer: &&UpdateOffer| offer.latest_version.parse::<Version>().is_ok_and(|offered| offered > *version);
        let offer = self.offer.as_ref().filter(newer)?;
        Some(UpdateOffer { current_version: version.to_string(), ..offer.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(root: &Path) -> UpdateFolder {
        UpdateFolder::of(&Paths { state_dir: root.to_owned(), config_path: root.join("postern.json") })
    }

    #[test]
    fn what_is_known_survives_and_damage_is_nothing_known() {
        let root = tempfile::tempdir().unwrap();
        let folder = folder(root.path());
        assert_eq!(folder.read(), UpdateState::default());
        folder.change(|state| state.starts = 2).unwrap();
        folder.change(|state| state.starts += 1).unwrap();
        assert_eq!(folder.read().starts, 3);
        fs::write(folder.state(), "{").unwrap();
        assert_eq!(folder.read(), UpdateState::default());
        fs::write(folder.state(), r#"{"starts":4,"ofANewerRelease":1}"#).unwrap();
        assert_eq!(folder.read().starts, 4);
    }

    #[test]
    fn the_program_that_runs_is_never_written_over() {
        let state = UpdateState::default();
        assert_eq!(state.free_slot(UpdateSlot::Installed), UpdateSlot::A);
        assert_eq!(state.free_slot(UpdateSlot::A), UpdateSlot::B);
        let program = SlotProgram { slot: UpdateSlot::A, version: "1.0.0".into(), size: 1, sha256: String::new() };
        let active = UpdateState { active: Some(program), ..UpdateState::default() };
        assert_eq!(active.free_slot(UpdateSlot::Installed), UpdateSlot::B);
        assert_eq!(active.free_slot(UpdateSlot::B), UpdateSlot::B, "b runs although a is active: a is what must stay");
    }

    #[test]
    fn a_file_is_known_as_its_slot_also_through_links() {
        let root = tempfile::tempdir().unwrap();
        let folder = folder(root.path());
        let program = folder.program(UpdateSlot::B).unwrap();
        fs::create_dir_all(program.parent().unwrap()).unwrap();
        fs::create_dir_all(root.path().join("update/slots/a")).unwrap();
        fs::write(&program, "").unwrap();
        assert_eq!(folder.slot_of(&program), UpdateSlot::B);
        assert_eq!(
            folder.slot_of(&root.path().join("update/slots/a/../b/").join(program.file_name().unwrap())),
            UpdateSlot::B
        );
        assert_eq!(folder.slot_of(Path::new("/usr/bin/postern")), UpdateSlot::Installed);
    }

    #[test]
    fn rejected_releases_are_few_and_the_newest() {
        let mut state = UpdateState::default();
        for minor in 0..40 {
            state.reject(&format!("0.{minor}.0"));
            state.reject(&format!("0.{minor}.0"));
        }
        assert_eq!(state.rejected.len(), MAX_REJECTED);
        assert_eq!(state.rejected.last().unwrap(), "0.39.0");
    }
}
