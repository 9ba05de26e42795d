//! Stopping runs, and being sure that none is under way.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{RunError, Runs, StopWhy};
use crate::sessions::Key;

/// How long stopping waits for a run to say its last word.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

impl Runs {
    /// Stops one run of a session, or all that are under way or wait. Gives the
    /// ids of those that were stopped.
    ///
    /// # Errors
    /// When the run belongs to another session.
    pub fn abort(&self, key: &Key, run_id: Option<&str>, why: StopWhy) -> Result<Vec<String>, RunError> {
        if let Some(run) = run_id.and_then(|run_id| self.0.registry.get(run_id))
            && run.key != *key
        {
            return Err(RunError::OtherSession);
        }
        let Some(lane) = self.lanes().get(key.as_str()).cloned() else { return Ok(Vec::new()) };
        let runs = lane.runs();
        let Some(run_id) = run_id else {
            return Ok(runs.iter().filter(|run| run.stop(why)).map(|run| run.run_id.to_string()).collect());
        };
        let wanted = runs.iter().find(|run| *run.run_id == *run_id);
        Ok(wanted.map(|run| lane.stop(run, why)).unwrap_or_default())
    }

    /// Stops all runs of a session but one; gives how many.
    pub(crate) fn abort_others(&self, key: &Key, but: &str, why: StopWhy) -> usize {
        let lane = self.lanes().get(key.as_str()).cloned();
        let runs = lane.map(|lane| lane.runs()).unwrap_or_default();
        runs.iter().filter(|run| *run.run_id != *but && run.stop(why)).count()
    }

    /// How many runs of a session are under way or wait.
    pub(crate) fn in_session(&self, key: &Key) -> usize {
        let lane = self.lanes().get(key.as_str()).cloned();
        lane.map(|lane| lane.runs().len()).unwrap_or_default()
    }

    /// Stops everything in a session and waits until it is quiet. False when it
    /// does not become so in time.
    pub async fn stop_session(&self, key: &Key) -> bool {
        let lane = self.lanes().get(key.as_str()).cloned();
        let Some(lane) = lane else { return true };
        let runs = lane.runs();
        for run in &runs {
            run.stop(StopWhy::Rpc);
        }
        let quiet = futures_util::future::join_all(runs.iter().map(|run| run.ended()));
        tokio::time::timeout(STOP_PATIENCE, quiet).await.is_ok()
    }

    /// Does something to a session in which no run is under way or waits, and none can
    /// be accepted meanwhile; `None` when there is one.
    pub fn when_quiet<R>(&self, key: &Key, act: impl FnOnce() -> R) -> Option<R> {
        // Under the lock that `enqueue` holds.
        let lanes = self.lanes();
        if lanes.get(key.as_str()).is_some_and(|lane| lane.is_busy()) {
            return None;
        }
        Some(act())
    }

    /// Stops everything and waits a moment for the last words.
    pub async fn shutdown(&self, patience: Duration) {
        self.0.stopping.store(true, Ordering::Release);
        let lanes: Vec<_> = self.lanes().values().cloned().collect();
        let running: Vec<_> = lanes.iter().filter_map(|lane| lane.running()).collect();
        for run in &running {
            run.stop(StopWhy::Shutdown);
        }
        let quiet = futures_util::future::join_all(running.iter().map(|run| run.ended()));
        if tokio::time::timeout(patience, quiet).await.is_err() {
            tracing::warn!("Some runs did not end in time; they will be shown as interrupted.");
        }
    }
}
