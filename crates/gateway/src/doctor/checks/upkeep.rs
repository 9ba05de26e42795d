//! What is done by itself while nobody looks: updates and backups.

use std::path::Path;

use postern_protocol::update::UpdatePhase;

use super::super::finding::Finding;
use super::super::patient::Patient;
use crate::backup::{PASSPHRASE, scheduled_problem};
use crate::update::UpdateFolder;

pub(super) fn update(patient: &Patient) -> Finding {
    let folder = UpdateFolder::of(&patient.paths);
    let command = format!("{} update --status", patient.host.command);
    let place = folder.path().ancestors().find(|path| path.exists());
    if let Some(place) = place.filter(|place| forbids_programs(place)) {
        return Finding::warn(format!(
            "{} is on a file system that starts no programs (noexec), so an update installed there cannot run",
            place.display()
        ))
        .fix("mount it without noexec, or keep the state elsewhere with POSTERN_STATE_DIR");
    }
    let state = folder.read();
    let reverted = state.sentinel.filter(|sentinel| sentinel.phase == UpdatePhase::Reverted);
    if let Some(sentinel) = reverted {
        let reason = sentinel.reason.unwrap_or_else(|| "no reason is known".to_owned());
        let told = format!("{} was taken back, {} runs again: {reason}", sentinel.from_version, sentinel.to_version);
        return Finding::warn(told)
            .fix("that release is not tried again by itself; the next one is. The log tells what it met")
            .command(command);
    }
    match state.active {
        Some(active) => Finding::ok(format!("{} was installed by an update", active.version)),
        None => Finding::ok("the program runs as it was installed"),
    }
}

#[cfg(unix)]
fn forbids_programs(place: &Path) -> bool {
    use rustix::fs::{StatVfsMountFlags, statvfs};
    statvfs(place).is_ok_and(|of| of.f_flag.contains(StatVfsMountFlags::NOEXEC))
}

#[cfg(not(unix))]
const fn forbids_programs(_place: &Path) -> bool {
    false
}

pub(super) fn backups(patient: &Patient) -> Finding {
    let loaded = patient.config();
    if loaded.config.backup.every_ms.is_none() {
        return Finding::skipped("none are made by themselves: backup.every is off");
    }
    if let Some(problem) = scheduled_problem(&patient.paths) {
        return Finding::fail(problem)
            .fix("correct that; it is tried again every minute")
            .command(format!("{} backup", patient.host.command));
    }
    let store = patient.credentials.as_ref().ok();
    let known = store.is_some_and(|store| store.get(PASSPHRASE).is_ok_and(|found| found.is_some()));
    if known {
        return Finding::ok("made by themselves, encrypted, with keys and tokens");
    }
    Finding::warn("made by themselves, without keys and tokens: on another machine the shared token would be a new one, and providers' keys would be given again")
        .fix("set a passphrase for them")
        .command(format!("{} backup passphrase", patient.host.command))
}
