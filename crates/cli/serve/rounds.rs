//! From start to end of `postern gateway`, with as many gateways in between as
//! were asked for: each planned restart and each update is one more round.

use std::path::PathBuf;
use std::time::Duration;

use postern_gateway::config::{Overrides, load};
use postern_gateway::update::Next;
use postern_gateway::{Paths, Running, start};
use serde_json::json;

use super::signals::{self, Signals};
use super::supervision::Supervision;
use super::trial::{self, Parent, TrialEnd};
use super::update::UpdateHost;
use crate::commands::Context;
use crate::credentials::Credentials;
use crate::env::UpdateRole;
use crate::exit::{Exit, Failure, Outcome};
use crate::log;

/// How long clients are told to expect no gateway.
const RESTART_TAKES: Duration = Duration::from_millis(1_500);

/// How it all ends.
pub(super) enum End {
    /// It was told to stop, and did.
    Stopped,
    /// This process becomes another program; the gateway had this port.
    Become(PathBuf, u16),
}

/// How one gateway ended.
enum Round {
    Stopped(&'static str),
    Restart,
    /// Its watcher takes over.
    HandOver,
}

pub(super) async fn run(cx: &Context, paths: Paths, mut overrides: Overrides, supervised: bool) -> Outcome<End> {
    // Before anything is announced: a signal that arrives right after the ready
    // line must already find its listener.
    let mut signals = signals::listen()?;
    let mut update = UpdateHost::new(cx, &paths);
    let mut parent = Parent::of(cx.settings.update_role);
    // One that is tried ends when it fails, so that its watcher sees it.
    let is_tried = matches!(cx.settings.update_role, UpdateRole::Trial(_));
    let mut supervision = Supervision::begin(supervised, is_tried);
    let mut port = cx.settings.update_role.port();
    loop {
        match update.next(port) {
            Next::Become(program) => return Ok(End::Become(program, port)),
            Next::PutBack => {
                update.put_back().await;
                continue;
            }
            Next::Try(candidate) => match trial::run(&update, &candidate, port, &mut signals).await {
                TrialEnd::Over(seen) => {
                    port = seen.unwrap_or(port);
                    continue;
                }
                TrialEnd::Stopped(reason) => return stopped(cx, reason),
            },
            Next::Serve => {}
        }
        // A port that was any comes back as the one that clients know.
        if port != 0 && load(&paths, &overrides).config.port == 0 {
            overrides.port = Some(port);
        }
        let begun = begin_patiently(cx, (&paths, &overrides), &mut supervision, &mut signals).await?;
        let (running, credentials) = match begun {
            Begun::Running(running, credentials) => (*running, credentials),
            Begun::Stopped(reason) => return stopped(cx, reason),
        };
        port = running.port();
        update.served();
        supervision.serving(&running.url());
        cx.output.answer(&super::ready(&running, &paths), || Ok(super::banner(cx, &running, &paths, &credentials)))?;
        tracing::info!(version = env!("CARGO_PKG_VERSION"), url = %running.url(), "Ready.");
        log::panic_for_tests(&cx.settings);
        match round(cx, running, (&mut signals, &supervision), &mut parent).await? {
            Round::Stopped(reason) => return stopped(cx, reason),
            Round::Restart => {}
            Round::HandOver => return Ok(End::Stopped),
        }
    }
}

fn stopped(cx: &Context, reason: &'static str) -> Outcome<End> {
    cx.output.answer(&json!({"event": "stopped", "reason": reason}), || {
        Ok(format!("postern stopped ({reason}): clients were told, everything acknowledged is on disk"))
    })?;
    Ok(End::Stopped)
}

enum Begun {
    Running(Box<Running>, Credentials),
    Stopped(&'static str),
}

/// Begins, again and again where somebody waits for it.
async fn begin_patiently(
    cx: &Context,
    (paths, overrides): (&Paths, &Overrides),
    supervision: &mut Supervision,
    signals: &mut Signals,
) -> Outcome<Begun> {
    let port = load(paths, overrides).config.port;
    loop {
        let failure = match begin(cx, paths, overrides.clone()).await {
            Ok((running, credentials)) => return Ok(Begun::Running(Box::new(running), credentials)),
            Err(failure) => failure,
        };
        if let Some(reason) = supervision.wait_out(failure, (paths, port), signals).await? {
            return Ok(Begun::Stopped(reason));
        }
    }
}

async fn begin(cx: &Context, paths: &Paths, overrides: Overrides) -> Outcome<(Running, Credentials)> {
    let credentials = Credentials::open(&cx.settings).await?;
    let options = super::options(&cx.settings, &credentials, paths.clone(), overrides);
    let running = start(options).await.map_err(|error| super::failure(&error, &cx.settings))?;
    if cx.output.is_json() {
        // The ready line has no room for them, and a supervisor keeps the log.
        running.warnings().iter().for_each(|warning| tracing::warn!("{warning}"));
    }
    Ok((running, credentials))
}

/// One gateway until it is to end.
async fn round(
    cx: &Context,
    running: Running,
    (signals, supervision): (&mut Signals, &Supervision),
    parent: &mut Parent,
) -> Outcome<Round> {
    let (services, confirmed) = (std::sync::Arc::clone(running.services()), parent.clone());
    let idle = || services.runs.live() == 0;
    tokio::select! {
        signal = signals.received() => {
            supervision.stopping(signal);
            stop(cx, running, signal, signals).await.map(|()| Round::Stopped(signal))
        }
        problem = running.failed() => {
            running.shutdown("state folder lost").await;
            Err(Failure::new(Exit::StateUnwritable, problem))
        }
        request = running.restart_requested() => {
            running.shutdown_for_restart(&request.reason, RESTART_TAKES).await;
            Ok(if confirmed.is_confirmed() { Round::HandOver } else { Round::Restart })
        }
        reason = parent.done(idle) => {
            running.shutdown_for_restart(reason, RESTART_TAKES).await;
            Ok(Round::HandOver)
        }
    }
}

async fn stop(cx: &Context, running: Running, reason: &'static str, signals: &mut Signals) -> Outcome {
    if !cx.output.is_json() {
        cx.output.note(&format!("postern: {reason} received, telling the clients and finishing what is under way …"));
    }
    tokio::select! {
        () = running.shutdown(reason) => Ok(()),
        again = signals.received() => {
            Err(Failure::new(Exit::Failed, format!("{again} received again, stopped without waiting")))
        }
    }
}
