//! How starts went, and how careful this one is for it: after several crashes in a
//! row tools and background work wait a moment, after more of them they stay off
//! (safe mode), while page and calls work. A good while, a changed configuration or
//! `postern doctor --fix` ends it.
//!
//! | file | owns |
//! |---|---|
//! | `record.rs` | the file `starts.json` |
//! | `judge.rs` | what follows from it |

mod judge;
mod record;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use postern_protocol::service::{ServiceLastExit, ServiceStarts, StartMode};
use tokio::sync::watch;

use self::judge::{Care, care, crashes};
use self::record::{End, Record, Start};
use crate::options::{Clock, Paths};

/// Between two looks at whether somebody has forgiven the crashes.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// What becomes known of an end that said nothing.
const WITHOUT_A_WORD: &str = "ended without a word: killed, crashed or lost its power";

/// Handle to the record of this state folder.
#[derive(Clone)]
pub struct Starts(Arc<Shared>);

struct Shared {
    path: PathBuf,
    clock: Clock,
    crashes: u32,
    reason: String,
    begun_ms: i64,
    mode: watch::Sender<(StartMode, Option<i64>)>,
    /// Text that is not used because of those crashes, until they are forgiven.
    distrusted: Option<String>,
    forgiven: AtomicBool,
    /// Held while the file is read and written again.
    file: Mutex<()>,
}

impl Starts {
    /// Writes down that a start begins. Only the holder of the state folder does.
    #[must_use]
    pub fn begin(paths: &Paths, clock: &Clock, version: &str, (config_hash, replaced): (&str, bool)) -> Self {
        let (path, now_ms) = (paths.starts(), clock.now_ms());
        let mut record = Record::read(&path);
        settle_last(&mut record, now_ms);
        let crashes = crashes(&record, now_ms, version, config_hash);
        let last = record.starts.last().and_then(|start| start.end.as_ref()).map(|end| end.reason.clone());
        let reason = last.unwrap_or_default();
        record.push(Start {
            at_ms: now_ms,
            pid: std::process::id(),
            version: version.to_owned(),
            config: config_hash.to_owned(),
            listens: None,
            healthy: false,
            end: None,
        });
        keep(&record, &path);
        let mode = match care(crashes) {
            Care::Normal => (StartMode::Normal, None),
            Care::Wait(wait) => {
                let wait_ms = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
                (StartMode::Waiting, Some(now_ms.saturating_add(wait_ms)))
            }
            Care::Safe => (StartMode::Safe, None),
        };
        let starts = Self(Arc::new(Shared {
            path,
            clock: clock.clone(),
            crashes,
            reason,
            begun_ms: now_ms,
            mode: watch::Sender::new(mode),
            distrusted: replaced.then(|| config_hash.to_owned()),
            forgiven: AtomicBool::new(false),
            file: Mutex::default(),
        }));
        starts.tell();
        starts
    }

    fn tell(&self) {
        let Shared { crashes, reason, .. } = &*self.0;
        match self.mode() {
            StartMode::Normal if *crashes == 0 => {}
            StartMode::Normal => tracing::warn!(crashes, reason, "The last start ended badly."),
            StartMode::Waiting => {
                tracing::warn!(crashes, reason, "Several starts in a row ended badly: tools and background work wait.");
            }
            StartMode::Safe => tracing::error!(
                crashes,
                reason,
                "Safe mode: many starts in a row ended badly, so tools and background work stay off. \
                 Change the configuration or run `postern doctor --fix`."
            ),
        }
    }

    /// How careful this start is.
    #[must_use]
    pub fn mode(&self) -> StartMode {
        self.0.mode.borrow().0
    }

    /// Whether tools and background work must not run.
    #[must_use]
    pub fn holds_back(&self) -> bool {
        self.mode() != StartMode::Normal
    }

    /// Completes when tools and background work may run.
    pub async fn let_go(&self) {
        // The sender lives in this handle.
        drop(self.0.mode.subscribe().wait_for(|(mode, _)| *mode == StartMode::Normal).await);
    }

    /// Whether this text is not to be used because starts with it ended badly.
    #[must_use]
    pub fn distrusts(&self, config_hash: &str) -> bool {
        self.0.distrusted.as_deref() == Some(config_hash) && !self.0.forgiven.load(Ordering::Acquire)
    }

    /// Writes down where this start is reached, for one that cannot be reached where it should be.
    pub(crate) fn listens(&self, at: Option<SocketAddr>) {
        self.change(|start| start.listens = at);
    }

    /// How the last starts went.
    #[must_use]
    pub fn status(&self) -> ServiceStarts {
        let (mode, until_ms) = *self.0.mode.borrow();
        let reason = (self.0.crashes > 0).then(|| self.0.reason.clone());
        ServiceStarts { mode, crashes: self.0.crashes, reason, until_ms }
    }

    /// What people are warned of while this start is careful.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let Shared { crashes, reason, .. } = &*self.0;
        match self.mode() {
            StartMode::Normal => None,
            StartMode::Waiting => Some(format!(
                "{crashes} starts in a row ended badly ({reason}): tools and background work begin in a moment"
            )),
            StartMode::Safe => Some(format!(
                "safe mode: {crashes} starts in a row ended badly ({reason}); tools and background work are off. \
                 Change the configuration or run `postern doctor --fix`"
            )),
        }
    }

    /// Begins what waited: the configuration was changed, or somebody said so.
    pub fn forgive(&self, why: &str) {
        let (now_ms, _turn) = (self.0.clock.now_ms(), self.0.file.lock().unwrap_or_else(PoisonError::into_inner));
        let mut record = Record::read(&self.0.path);
        record.forgiven_ms = Some(now_ms);
        keep(&record, &self.0.path);
        self.0.forgiven.store(true, Ordering::Release);
        self.begin_the_rest(why);
    }

    fn begin_the_rest(&self, why: &str) {
        let was = self.0.mode.send_replace((StartMode::Normal, None)).0;
        if was != StartMode::Normal {
            tracing::info!(why, "Tools and background work begin.");
        }
    }

    /// Watches over this start: ends a wait, hears of forgiveness, and calls it good
    /// after `healthy_after`.
    pub async fn watch(self, healthy_after: Duration) {
        let begun = tokio::time::Instant::now();
        let wait = self.0.mode.borrow().1.map(|until| until.saturating_sub(self.0.begun_ms));
        let wait = wait.map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or_default()));
        while self.holds_back() && begun.elapsed() < healthy_after {
            let until = wait.map_or(healthy_after, |wait| wait.min(healthy_after));
            tokio::time::sleep(LOOK_EVERY.min(until.saturating_sub(begun.elapsed()))).await;
            if wait.is_some_and(|wait| begun.elapsed() >= wait) {
                self.begin_the_rest("the wait is over");
            } else if Record::read(&self.0.path).forgiven_ms.is_some_and(|at| at >= self.0.begun_ms) {
                self.0.forgiven.store(true, Ordering::Release);
                self.begin_the_rest("the crashes were forgiven");
            }
        }
        tokio::time::sleep(healthy_after.saturating_sub(begun.elapsed())).await;
        // That another configuration runs well says nothing about the one that did not.
        if self.0.distrusted.is_none() || self.0.forgiven.load(Ordering::Acquire) {
            self.change(|start| start.healthy = true);
        }
        self.begin_the_rest("nothing happened for a good while");
    }

    /// Writes down how this start ended.
    pub fn end(&self, clean: bool, reason: &str) {
        let end = End::new(self.0.clock.now_ms(), clean, reason);
        self.change(|start| start.end = Some(end));
    }

    /// Writes down that this start never served, and why.
    pub fn refuse(&self, reason: &str) {
        let end = End { refused: true, ..End::new(self.0.clock.now_ms(), false, reason) };
        self.change(|start| start.end = Some(end));
    }

    fn change(&self, change: impl FnOnce(&mut Start)) {
        let _turn = self.0.file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut record = Record::read(&self.0.path);
        let own = |start: &&mut Start| start.at_ms == self.0.begun_ms && start.pid == std::process::id();
        if let Some(start) = record.starts.iter_mut().rev().find(own) {
            change(start);
            keep(&record, &self.0.path);
        }
    }
}

/// A start that wrote no end is over when the next one holds the folder.
fn settle_last(record: &mut Record, now_ms: i64) {
    if let Some(last) = record.starts.last_mut().filter(|last| last.end.is_none()) {
        last.end = Some(End::new(now_ms, false, WITHOUT_A_WORD));
    }
}

fn keep(record: &Record, path: &std::path::Path) {
    if let Err(error) = record.write(path) {
        // A full disk must not keep a gateway from starting.
        tracing::warn!(path = %path.display(), %error, "How this start went could not be written down.");
    }
}

/// Whether a start with this configuration is one too many.
#[must_use]
pub(crate) fn is_safe(paths: &Paths, now_ms: i64, version: &str, config_hash: &str) -> bool {
    let mut record = Record::read(&paths.starts());
    settle_last(&mut record, now_ms);
    care(crashes(&record, now_ms, version, config_hash)) == Care::Safe
}

/// Where the last start that listened was reached.
#[must_use]
pub(crate) fn listened(paths: &Paths) -> Option<SocketAddr> {
    Record::read(&paths.starts()).starts.iter().rev().find_map(|start| start.listens)
}

/// How the last run of a gateway ended, as its folder tells. `running`: one runs now,
/// so that its own start is not the last one.
#[must_use]
pub fn last_exit(paths: &Paths, running: bool) -> Option<ServiceLastExit> {
    let record = Record::read(&paths.starts());
    let mut starts = record.starts.into_iter().rev();
    if running {
        starts.next();
    }
    let last = starts.next()?;
    let (at_ms, clean, reason) = match last.end {
        Some(end) => (Some(end.at_ms), end.clean, end.reason),
        None => (None, false, WITHOUT_A_WORD.to_owned()),
    };
    Some(ServiceLastExit { reason, clean, at_ms, exit_code: None })
}

/// When the gateway with this process began, epoch milliseconds.
#[must_use]
pub fn began(paths: &Paths, pid: u32) -> Option<i64> {
    let record = Record::read(&paths.starts());
    record.starts.iter().rev().find(|start| start.pid == pid && start.end.is_none()).map(|start| start.at_ms)
}

/// Bad ends in a row as the folder tells them, for whoever is not the gateway.
#[must_use]
pub fn crashes_in(paths: &Paths, now_ms: i64, running: bool) -> u32 {
    let mut record = Record::read(&paths.starts());
    if running {
        record.starts.pop();
    }
    settle_last(&mut record, now_ms);
    let Some(last) = record.starts.last() else { return 0 };
    let (version, config) = (last.version.clone(), last.config.clone());
    crashes(&record, now_ms, &version, &config)
}

/// Forgives the crashes of a folder; a gateway that runs hears of it within moments.
///
/// # Errors
/// When the file cannot be written.
pub fn forgive_in(paths: &Paths, now_ms: i64) -> std::io::Result<()> {
    let mut record = Record::read(&paths.starts());
    record.forgiven_ms = Some(now_ms);
    record.write(&paths.starts())
}
