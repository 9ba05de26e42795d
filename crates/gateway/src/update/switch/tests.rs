//! Every state that a start may find, and what it does then.

use std::fs;
use std::path::Path;

use postern_protocol::hex::hex;
use sha2::{Digest as _, Sha256};

use super::*;

struct Place {
    _root: tempfile::TempDir,
    paths: Paths,
    folder: UpdateFolder,
    installed: PathBuf,
}

impl Place {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let paths = Paths { state_dir: root.path().join("state"), config_path: root.path().join("postern.json") };
        let installed = root.path().join("postern");
        fs::write(&installed, "installed").unwrap();
        Self { _root: root, folder: UpdateFolder::of(&paths), paths, installed }
    }

    fn program(&self, slot: UpdateSlot, version: &str) -> SlotProgram {
        let path = self.folder.program(slot).unwrap();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, version).unwrap();
        let sha256 = hex(&Sha256::digest(version));
        SlotProgram { slot, version: version.into(), size: version.len() as u64, sha256 }
    }

    fn know(&self, change: impl FnOnce(&mut UpdateState)) {
        self.folder.change(change).unwrap();
    }

    fn next(&self, slot: UpdateSlot, version: &str) -> Next {
        let version = version.parse().unwrap();
        next(&self.folder, Own { slot, version: &version, started_by_another: false })
    }

    fn path(&self, slot: UpdateSlot) -> PathBuf {
        self.folder.program(slot).unwrap()
    }

    fn installed(&self) -> Option<InstalledProgram> {
        Some(InstalledProgram { path: self.installed.clone(), version: "0.1.0".into() })
    }
}

use UpdateSlot::{A, B, Installed};

#[test]
fn a_start_becomes_what_proved_itself() {
    let place = Place::new();
    assert_eq!(place.next(Installed, "0.1.0"), Next::Serve);
    let active = place.program(A, "0.2.0");
    place.know(|state| (state.active, state.installed) = (Some(active), place.installed()));
    assert_eq!(place.next(Installed, "0.1.0"), Next::Become(place.path(A)));
    assert_eq!(place.next(A, "0.2.0"), Next::Serve);
    assert_eq!(place.next(B, "0.3.0"), Next::Become(place.path(A)), "b was taken back");
    assert_eq!(place.next(Installed, "0.2.0"), Next::Serve, "the package has it too");
    assert_eq!(place.next(Installed, "0.3.0"), Next::Serve, "the package has a newer one");
    let own = Own { slot: Installed, version: &"0.1.0".parse().unwrap(), started_by_another: true };
    assert_eq!(next(&place.folder, own), Next::Serve, "nobody is sent in a circle");
    place.know(|state| state.active = None);
    assert_eq!(place.next(A, "0.2.0"), Next::Become(place.installed.clone()));
    fs::remove_file(&place.installed).unwrap();
    assert_eq!(place.next(A, "0.2.0"), Next::Serve);
}

#[test]
fn a_staged_program_is_tried_unless_something_newer_runs() {
    let place = Place::new();
    let candidate = place.program(B, "0.2.0");
    place.know(|state| (state.phase, state.candidate) = (UpdatePhase::Staged, Some(candidate.clone())));
    assert_eq!(place.next(Installed, "0.1.0"), Next::Try(candidate.clone()));
    assert_eq!(place.next(Installed, "0.2.0"), Next::Serve);
    for phase in [UpdatePhase::Idle, UpdatePhase::Downloaded, UpdatePhase::Verified] {
        place.know(|state| state.phase = phase);
        assert_eq!(place.next(Installed, "0.1.0"), Next::Serve, "{phase:?}");
    }
    for phase in [UpdatePhase::Trial, UpdatePhase::Reverting] {
        place.know(|state| state.phase = phase);
        assert_eq!(place.next(Installed, "0.1.0"), Next::PutBack, "{phase:?}");
    }
}

#[test]
fn a_file_that_changed_since_is_never_started() {
    let place = Place::new();
    let active = place.program(A, "0.2.0");
    place.know(|state| state.active = Some(active.clone()));
    fs::write(place.path(A), "0.2.1").unwrap();
    assert_eq!(place.next(Installed, "0.1.0"), Next::Serve);
    let state = place.folder.read();
    assert_eq!((state.active, state.phase), (None, UpdatePhase::Reverted));
    assert_eq!(state.rejected, ["0.2.0"]);
    let error = begin_trial(&place.folder, &place.paths, &active).unwrap_err();
    assert!(matches!(error, TrialError::File(_)), "{error}");
}

#[test]
fn what_was_started_in_vain_too_often_is_given_up() {
    let place = Place::new();
    let (before, active) = (place.program(B, "0.2.0"), place.program(A, "0.3.0"));
    place.know(|state| (state.active, state.previous) = (Some(active.clone()), Some(before)));
    assert!(starting(&place.folder, place.installed()).unwrap());
    served(&place.folder).unwrap();
    for start in 0..MAX_STARTS {
        assert!(starting(&place.folder, None).unwrap(), "{start}");
    }
    assert!(!starting(&place.folder, None).unwrap());
    assert_eq!(place.next(Installed, "0.1.0"), Next::Become(place.path(B)), "the one before it");
    let state = place.folder.read();
    assert_eq!((state.rejected, state.installed), (vec!["0.3.0".to_owned()], place.installed()));
}

#[tokio::test]
async fn a_trial_ends_confirmed_or_given_up() {
    let place = Place::new();
    fs::create_dir_all(&place.paths.state_dir).unwrap();
    let candidate = place.program(A, "0.2.0");
    let stage =
        |state: &mut UpdateState| (state.phase, state.candidate) = (UpdatePhase::Staged, Some(candidate.clone()));
    place.know(stage);
    assert_eq!(begin_trial(&place.folder, &place.paths, &candidate).unwrap(), place.path(A));
    assert!(matches!(revert(&place.folder, &place.paths, 5).await, Err(RevertError::UnderWay)));
    give_up(&place.folder, &place.paths, "it fell over", 5).await.unwrap();
    let state = place.folder.read();
    assert_eq!((state.phase, state.active, state.candidate), (UpdatePhase::Reverted, None, None));
    assert_eq!(state.rejected, ["0.2.0"]);
    place.know(stage);
    begin_trial(&place.folder, &place.paths, &candidate).unwrap();
    confirm(&place.folder, Duration::ZERO, 6).unwrap();
    assert_eq!(place.next(Installed, "0.1.0"), Next::Become(place.path(A)));
    assert_eq!(revert(&place.folder, &place.paths, 7).await.unwrap(), "0.2.0");
    assert_eq!(place.next(Installed, "0.1.0"), Next::Serve);
    assert!(matches!(revert(&place.folder, &place.paths, 8).await, Err(RevertError::Nothing)));
}

#[test]
fn one_process_watches() {
    let place = Place::new();
    let first = Watch::take(&place.folder).unwrap();
    assert!(first.is_some() && Watch::take(&place.folder).unwrap().is_none());
    drop(first);
    assert!(Watch::take(&place.folder).unwrap().is_some());
    assert!(Path::new(&place.paths.state_dir).exists());
}
