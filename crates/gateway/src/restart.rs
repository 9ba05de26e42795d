//! A planned restart: who asked for it and why, when it is due, and what the next
//! start is told.
//!
//! The gateway does not start itself again. [`Restart::request_because`] makes
//! `Running::restart_requested` complete; the host then shuts the gateway down
//! with `Running::shutdown_for_restart` and starts it with the same options.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::config::file::{read_file, write_file};
use crate::runs::Runs;

/// How long a restart waits for runs to end before it interrupts them.
const PATIENCE: Duration = Duration::from_secs(5 * 60);
/// Whoever asks shall hear the answer first.
const SHORTEST: Duration = Duration::from_millis(200);
/// How often it is looked whether they have ended.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Why a gateway is to start again; the next start is told in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Why {
    /// In a few words: `config`, `update`, `requested` and the like.
    pub reason: String,
    /// What whoever asked wants to be told afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Conversation in which it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key: Option<String>,
    /// Settings that wait for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// When it was asked for, epoch milliseconds.
    pub at_ms: i64,
}

impl Why {
    /// One line for those who come afterwards.
    #[must_use]
    pub fn told(&self) -> String {
        let paths = if self.paths.is_empty() { String::new() } else { format!(": {}", self.paths.join(", ")) };
        let note = self.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
        format!("The gateway was restarted for {}{paths}{note}.", self.reason)
    }
}

/// A restart that was asked for.
#[derive(Debug, Clone)]
pub struct RestartRequest {
    /// In a few words; told to clients.
    pub reason: String,
    /// Why.
    pub why: Why,
    /// Not before.
    pub due: Instant,
    /// Runs under way are interrupted instead of waited for.
    pub now: bool,
}

impl RestartRequest {
    /// Of two the nearer counts; what is told about them is put together.
    fn join(&mut self, other: Self) {
        self.due = self.due.min(other.due);
        self.now |= other.now;
        let new: Vec<String> = other.why.paths.into_iter().filter(|path| !self.why.paths.contains(path)).collect();
        self.why.paths.extend(new);
        self.why.note = other.why.note.or(self.why.note.take());
        self.why.session_key = other.why.session_key.or(self.why.session_key.take());
    }
}

/// What was asked for; settings apart, since a change of them may be taken back.
#[derive(Debug, Default)]
struct Wanted {
    asked: Option<RestartRequest>,
    settings: Option<RestartRequest>,
}

impl Wanted {
    fn together(&self) -> Option<RestartRequest> {
        let mut all = [&self.asked, &self.settings].into_iter().flatten().cloned();
        let mut first = all.next()?;
        all.for_each(|request| first.join(request));
        Some(first)
    }
}

/// Handle to planned restarts. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Restart {
    wanted: Arc<watch::Sender<Wanted>>,
    came_from: Option<Arc<Why>>,
}

impl Restart {
    /// With what the former run left behind, if it ended in a planned restart.
    #[must_use]
    pub fn new(came_from: Option<Why>) -> Self {
        Self { wanted: Arc::new(watch::Sender::new(Wanted::default())), came_from: came_from.map(Arc::new) }
    }

    /// Asks for a restart in `delay`, when no run is under way. Of several the
    /// nearest counts; their settings are put together.
    pub fn request_because(&self, why: Why, delay: Duration) {
        self.ask(why, delay, false);
    }

    /// The same without waiting for runs: they are interrupted and shown as such.
    pub fn request(&self, reason: &str, delay: Duration) {
        self.ask(Why { reason: reason.to_owned(), ..Why::default() }, delay, true);
    }

    /// The same, in one or the other way.
    pub fn ask(&self, why: Why, delay: Duration, now: bool) {
        self.put(why, (delay, now), |wanted| &mut wanted.asked);
    }

    /// Asks for a restart that changed settings wait for. It is dropped when
    /// nothing waits any more (`settings_wait`).
    pub fn request_for_settings(&self, why: Why, delay: Duration) {
        self.put(why, (delay, false), |wanted| &mut wanted.settings);
    }

    fn put(&self, why: Why, (delay, now): (Duration, bool), slot: fn(&mut Wanted) -> &mut Option<RestartRequest>) {
        tracing::info!(reason = why.reason, "A restart was asked for.");
        let due = Instant::now() + delay.max(SHORTEST);
        let request = RestartRequest { reason: why.reason.clone(), why, due, now };
        self.wanted.send_modify(|wanted| match slot(wanted) {
            Some(known) => known.join(request),
            empty => *empty = Some(request),
        });
    }

    /// Tells what waits now: a restart for settings that were set back is not needed.
    pub(crate) fn settings_wait(&self, waiting: &[&str]) {
        self.wanted.send_if_modified(|wanted| {
            // One that waits for nothing was asked for as such (`gateway.reload.mode`).
            let Some(request) = wanted.settings.as_mut().filter(|request| !request.why.paths.is_empty()) else {
                return false;
            };
            let before = request.why.paths.len();
            request.why.paths.retain(|path| waiting.contains(&path.as_str()));
            let left = request.why.paths.len();
            if left == 0 {
                wanted.settings = None;
                tracing::info!("The settings that waited for a restart are as they were; it is not needed.");
            }
            left != before
        });
    }

    /// Whether one is wanted.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.pending().is_some()
    }

    /// The restart that was asked for.
    #[must_use]
    pub fn pending(&self) -> Option<RestartRequest> {
        self.wanted.borrow().together()
    }

    /// Why the former run ended, when it was planned.
    #[must_use]
    pub fn came_from(&self) -> Option<&Why> {
        self.came_from.as_deref()
    }

    /// Completes when a restart was asked for, is due, and disturbs nobody.
    pub(crate) async fn due(&self, runs: &Runs) -> RestartRequest {
        let mut changes = self.wanted.subscribe();
        let mut give_up: Option<Instant> = None;
        loop {
            let wanted = changes.borrow_and_update().together();
            let now = Instant::now();
            let next = match wanted {
                None => None,
                Some(wanted) if wanted.due > now => Some(wanted.due),
                Some(wanted) if wanted.now || runs.live() == 0 => return wanted,
                Some(wanted) if now >= *give_up.get_or_insert(now + PATIENCE) => return wanted,
                Some(_) => Some(now + LOOK_EVERY),
            };
            let wait = async {
                match next {
                    Some(next) => tokio::time::sleep_until(next).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = wait => {}
                // The sender lives in `self`.
                _ = changes.changed() => {}
            }
        }
    }
}

/// Leaves word for the next start.
///
/// # Errors
/// What the system said.
pub(crate) fn leave(file: &Path, why: &Why) -> std::io::Result<()> {
    write_file(file, &serde_json::to_string_pretty(why)?)
}

/// What the former run left, once: the file goes.
#[must_use]
pub(crate) fn take(file: &Path) -> Option<Why> {
    let text = read_file(file).ok().flatten()?;
    // One that cannot be removed is told again, which does no harm.
    let _ = std::fs::remove_file(file);
    serde_json::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(reason: &str, path: &str) -> Why {
        Why { reason: reason.to_owned(), paths: vec![path.to_owned()], ..Why::default() }
    }

    #[test]
    fn of_several_the_nearest_counts() {
        let restart = Restart::new(None);
        assert!(restart.pending().is_none());
        restart.request_because(why("config", "gateway.port"), Duration::from_secs(60));
        restart.request_because(why("config", "gateway.bind"), Duration::from_secs(1));
        restart.request_because(why("config", "gateway.bind"), Duration::from_secs(90));
        let pending = restart.pending().unwrap();
        assert!(pending.due <= Instant::now() + Duration::from_secs(1));
        assert_eq!(
            (pending.why.paths, pending.now),
            (vec!["gateway.port".to_owned(), "gateway.bind".to_owned()], false)
        );
    }

    #[test]
    fn settings_that_are_set_back_need_no_restart() {
        let restart = Restart::new(None);
        restart.request_for_settings(why("config", "gateway.port"), Duration::from_secs(1));
        restart.request_for_settings(why("config", "gateway.bind"), Duration::from_secs(60));
        restart.settings_wait(&["gateway.bind"]);
        assert_eq!(restart.pending().unwrap().why.paths, ["gateway.bind"]);
        restart.settings_wait(&[]);
        assert!(restart.pending().is_none());
        // Somebody else's wish stays, and is what it was.
        restart.request_because(why("requested", "x"), Duration::from_secs(60));
        restart.request_for_settings(why("config", "gateway.port"), Duration::from_secs(1));
        let both = restart.pending().unwrap();
        assert_eq!((both.reason.as_str(), both.why.paths.len()), ("requested", 2));
        restart.settings_wait(&[]);
        let left = restart.pending().unwrap();
        assert_eq!((left.reason.as_str(), left.why.paths), ("requested", vec!["x".to_owned()]));
        assert!(left.due > Instant::now() + Duration::from_secs(30));
        // One for every change waits for no setting.
        let always = Restart::new(None);
        always.request_for_settings(Why { paths: Vec::new(), ..why("config", "") }, Duration::ZERO);
        always.settings_wait(&[]);
        assert!(always.is_requested());
    }

    #[test]
    fn the_next_start_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("restart-sentinel.json");
        assert_eq!(take(&file), None);
        let left = Why { note: Some("as you wished".into()), at_ms: 7, ..why("config", "gateway.port") };
        leave(&file, &left).unwrap();
        assert_eq!(take(&file), Some(left));
        assert_eq!(take(&file), None);
    }
}
