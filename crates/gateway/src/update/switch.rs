//! What a start of the gateway does: serve, start the program that proved itself,
//! try the one that is staged, or put back what a trial left behind.

use std::fs::{File, TryLockError};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use postern_protocol::update::{UpdateOutcome, UpdatePhase, UpdateSentinel, UpdateSlot};

use super::install::{examine, step};
use super::snapshot::{self, SnapshotError};
use super::state::{InstalledProgram, SlotProgram, UpdateFolder, UpdateState};
use super::version::Version;
use crate::options::Paths;
use crate::private;

/// Starts in a row after which a program that never served counts as broken.
const MAX_STARTS: u32 = 3;

/// The program that asks.
#[derive(Debug, Clone, Copy)]
pub struct Own<'a> {
    /// Which of the programs it is.
    pub slot: UpdateSlot,
    /// Its version.
    pub version: &'a Version,
    /// Whether another of them has just started it, so that it starts no other.
    pub started_by_another: bool,
}

/// What a start does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// It serves itself.
    Serve,
    /// It becomes the program that proved itself, or the installed one.
    Become(PathBuf),
    /// It watches this one serve.
    Try(SlotProgram),
    /// It puts back what a trial left behind whose watcher is gone, and asks again.
    PutBack,
}

/// What this start does. Notes a start of another program before it happens, and
/// gives a program up that was started too often without ever serving.
#[must_use]
pub fn next(folder: &UpdateFolder, own: Own<'_>) -> Next {
    loop {
        let state = folder.read();
        let Some(program) = wanted(&state, own) else { return by_phase(&state, own) };
        match program {
            Wanted::Installed(path) if path.exists() => return Next::Become(path),
            Wanted::Installed(path) => {
                tracing::warn!(path = %path.display(), "The installed program is gone; this one goes on.");
                return Next::Serve;
            }
            Wanted::Slot(program) => {
                if let Some(next) = into_slot(folder, &program) {
                    return next;
                }
            }
        }
    }
}

/// `None` when that program was given up, and another may be wanted now.
fn into_slot(folder: &UpdateFolder, program: &SlotProgram) -> Option<Next> {
    let path = folder.program(program.slot).unwrap_or_default();
    let Err(problem) = examine(&path, program) else { return Some(Next::Become(path)) };
    tracing::error!(path = %path.display(), problem, "The updated program cannot be used.");
    demote(folder, &problem).is_err().then_some(Next::Serve)
}

enum Wanted {
    Slot(SlotProgram),
    Installed(PathBuf),
}

/// The other program that should run, if there is one.
fn wanted(state: &UpdateState, own: Own<'_>) -> Option<Wanted> {
    if own.started_by_another || !matches!(by_phase(state, own), Next::Serve) {
        return None;
    }
    match (&state.active, own.slot) {
        (Some(active), slot) if active.slot == slot => None,
        // The package brought something newer in the meantime.
        (Some(active), UpdateSlot::Installed) => active
            .version
            .parse::<Version>()
            .is_ok_and(|version| version > *own.version)
            .then(|| Wanted::Slot(active.clone())),
        (Some(active), _) => Some(Wanted::Slot(active.clone())),
        (None, UpdateSlot::Installed) => None,
        (None, _) => state.installed.as_ref().map(|installed| Wanted::Installed(installed.path.clone())),
    }
}

fn by_phase(state: &UpdateState, own: Own<'_>) -> Next {
    match (state.phase, &state.candidate) {
        (UpdatePhase::Trial | UpdatePhase::Reverting, _) => Next::PutBack,
        (UpdatePhase::Staged, Some(candidate))
            if candidate.slot != own.slot
                && candidate.version.parse::<Version>().is_ok_and(|version| version > *own.version) =>
        {
            Next::Try(candidate.clone())
        }
        _ => Next::Serve,
    }
}

/// The right to try a program or to put the state back: one process at a time.
#[derive(Debug)]
pub struct Watch(#[expect(dead_code, reason = "the lock lasts as long as the file is open")] File);

impl Watch {
    /// Takes it; `None` while another process has it.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn take(folder: &UpdateFolder) -> io::Result<Option<Self>> {
        private::make_folder(folder.path())?;
        let file = private::options().create(true).append(true).open(folder.path().join("trial.lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// Why a trial does not begin.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// The staged file is not the one that was verified.
    #[error("the staged program cannot be used: {0}")]
    File(String),
    /// The state cannot be copied.
    #[error("the state cannot be copied: {0}")]
    Snapshot(#[from] SnapshotError),
    /// The disk.
    #[error("the update folder cannot be written: {0}")]
    Disk(#[from] io::Error),
}

/// Copies the state and notes that the trial begins; from here on only
/// [`confirm`] and [`give_up`] end it. Gives the program to start.
///
/// # Errors
/// [`TrialError`]; call [`give_up`] then too.
pub fn begin_trial(folder: &UpdateFolder, paths: &Paths, candidate: &SlotProgram) -> Result<PathBuf, TrialError> {
    let path = folder.program(candidate.slot).unwrap_or_default();
    examine(&path, candidate).map_err(TrialError::File)?;
    let began = std::time::Instant::now();
    snapshot::take(folder, paths)?;
    folder.change(|state| {
        state.phase = UpdatePhase::Trial;
        if let Some(sentinel) = &mut state.sentinel {
            sentinel.phase = UpdatePhase::Trial;
            sentinel.steps.push(step("snapshot", began.elapsed(), None));
        }
    })?;
    Ok(path)
}

/// The program proved itself: it runs from here on.
///
/// # Errors
/// When that cannot be written down.
pub fn confirm(folder: &UpdateFolder, took: Duration, now_ms: i64) -> io::Result<()> {
    folder.change(|state| {
        let Some(candidate) = state.candidate.take() else { return };
        state.phase = UpdatePhase::Confirmed;
        state.previous = state.active.replace(candidate);
        state.starts = 0;
        if let Some(sentinel) = &mut state.sentinel {
            (sentinel.phase, sentinel.status, sentinel.ts) = (UpdatePhase::Confirmed, UpdateOutcome::Ok, now_ms);
            sentinel.steps.push(step("trial", took, None));
        }
    })
}

/// The program did not prove itself: what ran before runs, with a state that it
/// can read.
///
/// # Errors
/// When the state cannot be put back; the next start tries again.
pub async fn give_up(folder: &UpdateFolder, paths: &Paths, reason: &str, now_ms: i64) -> Result<(), TrialError> {
    folder.change(|state| state.phase = UpdatePhase::Reverting)?;
    let began = std::time::Instant::now();
    let put_back = snapshot::put_back(folder, paths).await?;
    let detail = if put_back.is_empty() { None } else { Some(format!("put back: {}", put_back.join(", "))) };
    folder.change(|state| {
        let version = state.candidate.take().map(|candidate| candidate.version);
        if let Some(version) = &version {
            state.reject(version);
        }
        state.phase = UpdatePhase::Reverted;
        let Some(sentinel) = &mut state.sentinel else { return };
        (sentinel.phase, sentinel.status, sentinel.ts) = (UpdatePhase::Reverted, UpdateOutcome::Error, now_ms);
        sentinel.reason = Some(reason.to_owned());
        sentinel.steps.push(step("trial", Duration::ZERO, Some(reason.to_owned())));
        let mut revert = step("revert", began.elapsed(), None);
        revert.detail = detail;
        sentinel.steps.push(revert);
    })?;
    Ok(())
}

/// Why it is not gone back to the program before.
#[derive(Debug, thiserror::Error)]
pub enum RevertError {
    /// Nothing was updated.
    #[error("the installed program runs; there is no update to take back")]
    Nothing,
    /// A trial is under way.
    #[error("a release is being tried right now; wait for what comes of it")]
    UnderWay,
    /// The database went on.
    #[error(
        "release {0} has changed the database, and the one before cannot read it any more; \
         restore a backup that was made before the update instead (postern restore)"
    )]
    Schema(String),
    /// The state cannot be looked at.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The disk.
    #[error("the update folder cannot be written: {0}")]
    Disk(#[from] io::Error),
}

/// Goes back to the program before the active one, at the next start. Gives the
/// version that is taken back.
///
/// # Errors
/// [`RevertError`]; nothing was changed then.
pub async fn revert(folder: &UpdateFolder, paths: &Paths, now_ms: i64) -> Result<String, RevertError> {
    let state = folder.read();
    if matches!(state.phase, UpdatePhase::Trial | UpdatePhase::Reverting) {
        return Err(RevertError::UnderWay);
    }
    let active = state.active.ok_or(RevertError::Nothing)?;
    if snapshot::schema_changed(folder, paths).await? {
        return Err(RevertError::Schema(active.version));
    }
    folder.change(|state| drop_active(state, "taken back by the operator", now_ms))?;
    Ok(active.version)
}

fn drop_active(state: &mut UpdateState, reason: &str, now_ms: i64) {
    let Some(active) = state.active.take() else { return };
    state.active = state.previous.take();
    let to = match (&state.active, &state.installed) {
        (Some(program), _) => program.version.clone(),
        (None, Some(installed)) => installed.version.clone(),
        (None, None) => String::new(),
    };
    state.reject(&active.version);
    (state.phase, state.candidate, state.starts) = (UpdatePhase::Reverted, None, 0);
    state.sentinel = Some(UpdateSentinel {
        status: UpdateOutcome::Ok,
        phase: UpdatePhase::Reverted,
        from_version: active.version,
        to_version: to,
        ts: now_ms,
        reason: Some(reason.to_owned()),
        note: None,
        steps: Vec::new(),
    });
}

fn demote(folder: &UpdateFolder, reason: &str) -> io::Result<()> {
    folder.change(|state| {
        let now_ms = state.sentinel.as_ref().map_or(0, |sentinel| sentinel.ts);
        drop_active(state, reason, now_ms);
        if let Some(sentinel) = &mut state.sentinel {
            sentinel.status = UpdateOutcome::Error;
        }
    })
}

/// Notes that a start becomes the active program; `false` when it was started too
/// often without ever serving, and is given up.
///
/// # Errors
/// When that cannot be written down.
pub fn starting(folder: &UpdateFolder, installed: Option<InstalledProgram>) -> io::Result<bool> {
    let starts = folder.change(|state| {
        if installed.is_some() {
            state.installed = installed;
        }
        state.starts += 1;
        state.starts
    })?;
    if starts > MAX_STARTS {
        demote(folder, &format!("it was started {MAX_STARTS} times and never served"))?;
        return Ok(false);
    }
    Ok(true)
}

/// Notes that the active program serves.
///
/// # Errors
/// When that cannot be written down.
pub fn served(folder: &UpdateFolder) -> io::Result<()> {
    if folder.read().starts == 0 {
        return Ok(());
    }
    folder.change(|state| state.starts = 0)
}

#[cfg(test)]
#[path = "switch/tests.rs"]
mod tests;
