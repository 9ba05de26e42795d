//! The running gateway's part: what its methods do, what it tells, and looking
//! for releases by itself.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

use postern_protocol::update::{
    UpdateAvailable, UpdateHoldParams, UpdateOutcome, UpdatePhase, UpdateRunChanged, UpdateStatusResult,
};
use rand::RngExt as _;

use super::install::{Progress, Report, UpdateError, Wish};
use super::switch::RevertError;
use super::version::{NoVersion, Version};
use super::{Program, Updater, switch};
use crate::config::{UpdateAuto, UpdateSettings};
use crate::hub::Hub;
use crate::options::{Clock, Paths};

/// How long an update that nobody waits for may take.
pub const USUAL_PATIENCE: Duration = Duration::from_secs(15 * 60);

/// Handle to updates of the running gateway.
#[derive(Clone)]
pub struct Updates(Arc<Shared>);

struct Shared {
    paths: Paths,
    program: Program,
    version: String,
    clock: Clock,
    hub: Hub,
    /// One update at a time.
    busy: AtomicBool,
    /// Part of the interval that this gateway waits longer than others, percent.
    jitter: u64,
}

impl fmt::Debug for Updates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Updates").finish_non_exhaustive()
    }
}

/// What became of a wish to update.
#[derive(Debug)]
pub enum Started {
    /// It was done, up to the restart.
    Done(Box<Report>),
    /// Another one is under way.
    Busy,
}

/// The right to do an update, given back when dropped.
struct Turn<'a>(&'a AtomicBool);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Updates {
    /// For the gateway of these paths.
    ///
    /// # Errors
    /// When the program's own version is none.
    pub fn new(paths: Paths, (program, version): (Program, String), clock: Clock, hub: Hub) -> Result<Self, NoVersion> {
        version.parse::<Version>()?;
        let jitter = rand::rng().random_range(0..=20);
        let busy = AtomicBool::new(false);
        Ok(Self(Arc::new(Shared { paths, program, version, clock, hub, busy, jitter })))
    }

    fn updater(&self, settings: &UpdateSettings) -> Result<Updater, UpdateError> {
        let own = (self.0.program.clone(), self.0.version.as_str());
        Updater::new(&self.0.paths, own, settings.clone(), self.0.clock.clone())
            .map_err(|error| UpdateError::Unavailable(error.to_string()))
    }

    /// Everything there is to tell.
    ///
    /// # Errors
    /// When the program's own version is none.
    pub fn status(&self, settings: &UpdateSettings) -> Result<UpdateStatusResult, UpdateError> {
        Ok(self.updater(settings)?.status())
    }

    /// Asks for the newest release, and tells everybody when it is one they have
    /// not heard of.
    ///
    /// # Errors
    /// [`UpdateError`].
    pub async fn check(&self, settings: &UpdateSettings) -> Result<(), UpdateError> {
        let updater = self.updater(settings)?;
        updater.check().await?;
        self.announce(&updater)?;
        Ok(())
    }

    /// Once per version, also over restarts (E-15).
    fn announce(&self, updater: &Updater) -> io::Result<()> {
        let version = &updater.version;
        let state = updater.folder.read();
        let offer = state.offer_over(version);
        let latest = offer.as_ref().map(|offer| offer.latest_version.clone());
        if state.announced == latest {
            return Ok(());
        }
        updater.folder.change(|state| state.announced.clone_from(&latest))?;
        if let Some(latest) = &latest {
            tracing::info!(latest, current = %version, "A newer release is there: `postern update` installs it.");
        }
        self.0.hub.publish(&UpdateAvailable { update_available: offer.into() });
        Ok(())
    }

    /// Stops updates, or lets them happen again.
    ///
    /// # Errors
    /// When it cannot be written down.
    pub fn hold(&self, settings: &UpdateSettings, wish: UpdateHoldParams) -> Result<(), UpdateError> {
        Ok(self.updater(settings)?.hold(wish)?)
    }

    /// Everything up to the restart, which the caller asks for when it worked.
    ///
    /// # Errors
    /// When the program's own version is none.
    pub async fn run(&self, settings: &UpdateSettings, wish: Wish, patience: Duration) -> Result<Started, UpdateError> {
        let updater = self.updater(settings)?;
        if self.0.busy.swap(true, Ordering::AcqRel) {
            return Ok(Started::Busy);
        }
        let _turn = Turn(&self.0.busy);
        let told = AtomicU8::new(u8::MAX);
        let tell = |progress: Progress<'_>| self.tell(&told, progress);
        let report = updater.stage(&wish, patience, &tell).await;
        drop(self.announce(&updater));
        match &report.result {
            Ok(staged) => tracing::info!(version = staged.version, "An update is staged; the restart tries it."),
            Err(UpdateError::Nothing(reason) | UpdateError::Unavailable(reason)) => {
                tracing::info!(reason, "No update.")
            }
            Err(error) => {
                tracing::warn!(%error, "The update failed; nothing was changed.");
                let version = updater.folder.read().offer.map(|offer| offer.latest_version).unwrap_or_default();
                let reason = Some(error.to_string());
                let failed = UpdateRunChanged {
                    phase: UpdatePhase::Idle,
                    version,
                    downloaded_bytes: None,
                    total_bytes: None,
                    reason,
                };
                self.0.hub.publish(&failed);
            }
        }
        Ok(Started::Done(Box::new(report)))
    }

    /// Tells how far it is, at most once per twentieth of the download.
    fn tell(&self, told: &AtomicU8, progress: Progress<'_>) {
        let twentieth = u8::try_from(progress.got.saturating_mul(20) / progress.size.max(1)).unwrap_or(20);
        let mark = if progress.phase == UpdatePhase::Downloaded { twentieth } else { 100 + progress.phase as u8 };
        if told.swap(mark, Ordering::Relaxed) == mark {
            return;
        }
        self.0.hub.publish(&UpdateRunChanged {
            phase: progress.phase,
            version: progress.version.to_owned(),
            downloaded_bytes: Some(progress.got),
            total_bytes: Some(progress.size),
            reason: None,
        });
    }

    /// Goes back to the program before, at the restart which the caller asks for.
    ///
    /// # Errors
    /// [`RevertError`].
    pub async fn revert(&self) -> Result<String, RevertError> {
        let folder = super::UpdateFolder::of(&self.0.paths);
        switch::revert(&folder, &self.0.paths, self.0.clock.now_ms()).await
    }

    /// Looks for a release when it is time to, and installs it when that is wanted
    /// and nobody is being answered. `true`: a restart is to follow.
    pub async fn look(&self, settings: &UpdateSettings, live_runs: usize) -> bool {
        match self.look_quietly(settings, live_runs).await {
            Ok(staged) => staged,
            Err(error) => {
                tracing::warn!(%error, "Looking for a newer release failed.");
                false
            }
        }
    }

    async fn look_quietly(&self, settings: &UpdateSettings, live_runs: usize) -> Result<bool, UpdateError> {
        if settings.auto == UpdateAuto::Off {
            return Ok(false);
        }
        let updater = self.updater(settings)?;
        let status = updater.status();
        if status.unavailable.is_some() || status.hold {
            return Ok(false);
        }
        if self.is_due(settings, status.last_checked_at_ms) {
            self.check(settings).await?;
        }
        let state = updater.folder.read();
        let Some(offer) = state.offer_over(&updater.version).filter(|_| settings.auto == UpdateAuto::Install) else {
            return Ok(false);
        };
        let settled = matches!(state.phase, UpdatePhase::Idle | UpdatePhase::Confirmed | UpdatePhase::Reverted);
        if !settled || live_runs > 0 || state.rejected.contains(&offer.latest_version) {
            return Ok(false);
        }
        let wish =
            Wish { version: Some(offer.latest_version), note: Some("installed by itself (update.auto)".to_owned()) };
        match self.run(settings, wish, USUAL_PATIENCE).await? {
            Started::Done(report) => Ok(report.result.is_ok()),
            Started::Busy => Ok(false),
        }
    }

    fn is_due(&self, settings: &UpdateSettings, last_ms: Option<i64>) -> bool {
        let every = settings.check_every.as_millis();
        // Spread, so that not every gateway asks at the same moment.
        let wait = every + every * u128::from(self.0.jitter) / 100;
        let wait = i64::try_from(wait).unwrap_or(i64::MAX);
        let now_ms = self.0.clock.now_ms();
        // A time in the future is a clock that was set back.
        last_ms.is_none_or(|last| last > now_ms || now_ms >= last.saturating_add(wait))
    }
}

/// What came of an update, as a word of the wire.
#[must_use]
pub const fn outcome(result: &Result<super::SlotProgram, UpdateError>) -> UpdateOutcome {
    match result {
        Ok(_) => UpdateOutcome::Ok,
        Err(UpdateError::Nothing(_) | UpdateError::Unavailable(_)) => UpdateOutcome::Skipped,
        Err(_) => UpdateOutcome::Error,
    }
}
