//! A trial: the new program serves, and the old one watches it at the other end
//! of its standard input. When the old one goes, the new one does too, so that
//! nobody is left behind with the port; when the new one does not prove itself,
//! the old one serves again.

use std::io::BufRead as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use postern_gateway::update::{Signs, SlotProgram, Watch, begin_trial, confirm, give_up, serves};
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, ChildStdin};
use tokio::sync::watch;

use super::signals::Signals;
use super::update::{UpdateHost, command};
use crate::env::{UpdateRole, now_ms};

/// How long the new program may take to serve.
const HEALTHY_WITHIN: Duration = Duration::from_secs(10);
/// How long it must go on serving.
const PROBATION: Duration = Duration::from_secs(10);
/// How long it may not answer meanwhile, as when it restarts for a setting.
const SILENCE: Duration = Duration::from_secs(5);
/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long it may take to stop when asked.
const STOPS_WITHIN: Duration = Duration::from_secs(8);
/// The same for one that failed: clients wait meanwhile.
const STOPS_SOON: Duration = Duration::from_secs(3);
/// How long a signal may come after the end of the program that had it too.
const SAME_SIGNAL: Duration = Duration::from_millis(200);
/// How long a new program whose watcher is gone may take to stop by itself.
const ALONE: Duration = Duration::from_secs(6);
/// What the watcher says when the new program proved itself.
const CONFIRMED: &str = "confirmed";

/// How a trial ended.
pub(super) enum TrialEnd {
    /// One way or the other; what is known says what comes next. The port is the one
    /// that clients have seen.
    Over(Option<u16>),
    /// Both were told to stop.
    Stopped(&'static str),
}

/// Why the new program is not kept.
enum Verdict {
    Proved(u16),
    Failed(String),
    Stopped(&'static str),
}

/// Tries a program that is staged, up to the moment when it has served long enough
/// and has handed over, or the old one is to serve again.
pub(super) async fn run(update: &UpdateHost, candidate: &SlotProgram, port: u16, signals: &mut Signals) -> TrialEnd {
    let (folder, paths) = (&update.folder, &update.paths);
    let watch = match Watch::take(folder) {
        // Another gateway has the state: whoever starts now is told so.
        Ok(Some(watch)) if !update.is_held() => watch,
        Ok(_) => return TrialEnd::Over(None),
        Err(error) => {
            tracing::error!(%error, "The update folder cannot be used.");
            return TrialEnd::Over(None);
        }
    };
    tracing::info!(version = candidate.version, "Trying the new release.");
    let began = Instant::now();
    let started = begin_trial(folder, paths, candidate).map_err(|error| error.to_string()).and_then(|program| {
        let mut command = tokio::process::Command::from(command(&program, UpdateRole::Trial(port)));
        // Who tells the supervisor is who the supervisor knows.
        command.env_remove("NOTIFY_SOCKET").env_remove("WATCHDOG_USEC").env_remove("WATCHDOG_PID");
        command
            .stdin(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("it cannot be started: {error}"))
    });
    let verdict = match started {
        Ok(child) => {
            let mut tried = Tried::new(child);
            match judge(update, &mut tried.child, signals).await {
                Verdict::Proved(port) => return hand_over(update, tried, (began, port), signals).await,
                verdict => {
                    tried.end(STOPS_SOON).await;
                    verdict
                }
            }
        }
        Err(reason) => Verdict::Failed(reason),
    };
    let reason = match &verdict {
        Verdict::Failed(reason) => reason.clone(),
        Verdict::Stopped(signal) => format!("the gateway was stopped ({signal}) while it was tried"),
        Verdict::Proved(_) => String::new(),
    };
    tracing::error!(version = candidate.version, reason, "The new release is not kept; the one before serves again.");
    if let Err(error) = give_up(folder, paths, &reason, now_ms()).await {
        tracing::error!(%error, "The state from before the update cannot be put back.");
    }
    drop(watch);
    if let Verdict::Stopped(signal) = verdict { TrialEnd::Stopped(signal) } else { TrialEnd::Over(None) }
}

/// Watches the new program until it is known what it is worth.
async fn judge(update: &UpdateHost, child: &mut Child, signals: &mut Signals) -> Verdict {
    let (began, mut healthy_since, mut last_sign) = (Instant::now(), None, Instant::now());
    let Some(pid) = child.id() else { return Verdict::Failed("it ended at once".to_owned()) };
    loop {
        tokio::select! {
            biased;
            signal = signals.received() => return Verdict::Stopped(signal),
            status = child.wait() => {
                // A terminal sends its signal to both.
                if let Ok(signal) = tokio::time::timeout(SAME_SIGNAL, signals.received()).await {
                    return Verdict::Stopped(signal);
                }
                let how = status.map_or_else(|error| error.to_string(), |status| status.to_string());
                return Verdict::Failed(format!("it ended while it was tried ({how})"));
            }
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        match (serves(&update.paths, pid).await, healthy_since) {
            (Signs::Healthy(port), None) => {
                tracing::info!(port, "The new release serves; it is watched for a moment.");
                (healthy_since, last_sign) = (Some(Instant::now()), Instant::now());
            }
            (Signs::Healthy(port), Some(since)) if since.elapsed() >= PROBATION => return Verdict::Proved(port),
            (Signs::Healthy(_), Some(_)) => last_sign = Instant::now(),
            (signs, None) if began.elapsed() >= HEALTHY_WITHIN => {
                let what =
                    if signs == Signs::Starting { "it did not open its state" } else { "it did not answer /health" };
                return Verdict::Failed(format!("{what} within {} s", HEALTHY_WITHIN.as_secs()));
            }
            (_, Some(_)) if last_sign.elapsed() >= SILENCE => {
                return Verdict::Failed(format!("it served, and then did not answer for {} s", SILENCE.as_secs()));
            }
            _ => {}
        }
    }
}

/// The new program proved itself: it ends when nobody is being answered, and this
/// process becomes it.
async fn hand_over(
    update: &UpdateHost,
    mut tried: Tried,
    (began, port): (Instant, u16),
    signals: &mut Signals,
) -> TrialEnd {
    if let Err(error) = confirm(&update.folder, began.elapsed(), now_ms()) {
        tracing::error!(%error, "It cannot be noted that the new release works.");
    }
    tracing::info!("The new release works.");
    let told = tried.tell(CONFIRMED).await;
    let signal = tokio::select! {
        biased;
        signal = signals.received() => Some(signal),
        _ = tried.child.wait(), if told => tokio::time::timeout(SAME_SIGNAL, signals.received()).await.ok(),
        () = std::future::ready(()), if !told => None,
    };
    tried.end(STOPS_WITHIN).await;
    signal.map_or(TrialEnd::Over(Some(port)), TrialEnd::Stopped)
}

/// The program that is tried, and the line to it. Held apart: waiting for a child
/// closes the standard input that it still has.
struct Tried {
    child: Child,
    line: Option<ChildStdin>,
}

impl Tried {
    fn new(mut child: Child) -> Self {
        Self { line: child.stdin.take(), child }
    }

    async fn tell(&mut self, word: &str) -> bool {
        let Some(line) = &mut self.line else { return false };
        line.write_all(format!("{word}\n").as_bytes()).await.is_ok() && line.flush().await.is_ok()
    }

    /// Asks the program to stop by letting go of it, and makes sure that it does.
    async fn end(mut self, patience: Duration) {
        drop(self.line.take());
        if tokio::time::timeout(patience, self.child.wait()).await.is_err() {
            tracing::warn!("The new release does not stop by itself.");
            if let Err(error) = self.child.kill().await {
                tracing::error!(%error, "The new release cannot be ended.");
            }
        }
    }
}

/// What the watcher has said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Nothing,
    Confirmed,
    Gone,
}

/// The watcher, as the program that is tried sees it.
#[derive(Clone)]
pub(super) struct Parent(Option<watch::Receiver<Word>>);

impl Parent {
    /// Listens where there is a watcher.
    pub(super) fn of(role: UpdateRole) -> Self {
        if !matches!(role, UpdateRole::Trial(_)) {
            return Self(None);
        }
        let (sender, receiver) = watch::channel(Word::Nothing);
        // A thread of its own: it ends this process also when everything else hangs.
        std::thread::spawn(move || listen(&sender));
        Self(Some(receiver))
    }

    pub(super) fn is_confirmed(&self) -> bool {
        self.0.as_ref().is_some_and(|word| *word.borrow() == Word::Confirmed)
    }

    /// Completes when this program is to end: at once when its watcher is gone, and
    /// when nobody is being answered once it has proved itself.
    pub(super) async fn done(&mut self, idle: impl Fn() -> bool) -> &'static str {
        let Some(word) = &mut self.0 else { return std::future::pending().await };
        loop {
            let now = *word.borrow_and_update();
            match now {
                Word::Gone => return "the update was broken off",
                Word::Confirmed if idle() => return "update",
                _ => {}
            }
            // A change, or the time to look again whether somebody is being answered.
            drop(tokio::time::timeout(LOOK_EVERY, word.changed()).await);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the thread has nothing else to do, and must not depend on the runtime")]
fn listen(word: &watch::Sender<Word>) {
    let lines = std::io::stdin().lock().lines().map_while(Result::ok);
    for line in lines {
        if line == CONFIRMED {
            word.send_replace(Word::Confirmed);
        }
    }
    word.send_replace(Word::Gone);
    std::thread::sleep(ALONE);
    std::process::exit(1);
}
