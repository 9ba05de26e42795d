//! `postern update`: through the gateway when one runs, else in its state folder;
//! the next start of the gateway then tries what was staged.

use std::time::{Duration, Instant};

use postern_client::{CallError, CallOptions, ClientEvent};
use postern_gateway::state_folder::{Holder, StateFolder};
use postern_gateway::update::{Updater, Wish, outcome, revert};
use postern_gateway::{Clock, Paths};
use postern_protocol::call::{Call as _, NoParams};
use postern_protocol::system::Nullable;
use postern_protocol::update::{
    UpdateCheck, UpdateHold, UpdateHoldParams, UpdateOutcome, UpdatePhase, UpdateRevert, UpdateRevertParams, UpdateRun,
    UpdateRunChanged, UpdateRunParams, UpdateRunResult, UpdateStatus, UpdateStatusResult,
};
use serde_json::{Value, json};

use super::{Context, read};
use crate::agent_guard::refuse_agent;
use crate::args::UpdateArgs;
use crate::connection::Connection;
use crate::env::now_ms;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{confirm, printable, somebody_is_there};
use crate::{local, serve};

pub(crate) mod release;
mod text;

/// How long fetching may take.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// How long the new release may take to prove itself, or the old one to be back;
/// before that, answers that are being written are waited for.
const PROOF: Duration = Duration::from_secs(7 * 60);
/// Between two looks at it.
const LOOK_EVERY: Duration = Duration::from_millis(500);

pub(crate) async fn run(cx: &Context, args: &UpdateArgs) -> Outcome {
    if !args.check && !args.status {
        refuse_agent(cx, "the program it runs in")?;
    }
    let paths = local::paths(&cx.settings);
    if cx.settings.url.is_some() || Holder::alive(&paths.lock()).is_some() {
        return online(cx, args).await;
    }
    offline(cx, args, &paths).await
}

async fn online(cx: &Context, args: &UpdateArgs) -> Outcome {
    let gateway = cx.connect().await?;
    let patience = CallOptions::new().timeout(Duration::from_secs(120));
    let ask = async |method: &str, params: Value| {
        let answered = gateway.client().call_raw_with(method, params, patience).await;
        answered.map_err(|error| gateway.refusal(&error))
    };
    if args.status {
        return told(cx, &ask(UpdateStatus::NAME, json!({})).await?);
    }
    if args.hold || args.unhold {
        let params = UpdateHoldParams { hold: args.hold, until: None };
        return told(cx, &ask(UpdateHold::NAME, json!(params)).await?);
    }
    if args.revert {
        agree(args, "Go back to the release before, and restart the gateway?")?;
        let answer = ask(UpdateRevert::NAME, json!(UpdateRevertParams::default())).await?;
        return cx.output.answer(&answer, || {
            let version = answer["revertedVersion"].as_str().unwrap_or_default();
            Ok(format!("{} is taken back; the gateway restarts as the release before", printable(version)))
        });
    }
    let found = ask(UpdateCheck::NAME, json!(NoParams::default())).await?;
    let status: UpdateStatusResult = read(&found)?;
    let Nullable::Value(offer) = &status.update_available else { return nothing_newer(cx, args, &found) };
    if args.check {
        return told(cx, &found);
    }
    cx.output.note(&text::offer(offer));
    agree(args, &format!("Install {} and restart the gateway?", printable(&offer.latest_version)))?;
    let params = UpdateRunParams { version: args.version.clone(), ..UpdateRunParams::default() };
    let answer = fetch(cx, &gateway, &params).await?;
    let done: UpdateRunResult = read(&answer)?;
    gateway.close().await;
    if done.result.status != UpdateOutcome::Ok {
        return not_done(cx, &answer, &done);
    }
    cx.output.note(&text::steps(&done.result.steps));
    cx.output.note("It is tried now; if it does not prove itself, the one before serves again …");
    proved(cx, &offer.latest_version).await
}

/// Waits for the download and tells how far it is.
async fn fetch(cx: &Context, gateway: &Connection, params: &UpdateRunParams) -> Outcome<Value> {
    let mut events = gateway.client().events();
    let options = CallOptions::new().timeout(PATIENCE);
    let run = gateway.client().call_raw_with(UpdateRun::NAME, json!(params), options);
    tokio::pin!(run);
    loop {
        tokio::select! {
            answered = &mut run => return answered.map_err(|error: CallError| gateway.refusal(&error)),
            Some(event) = events.recv() => {
                if let ClientEvent::Gateway(event) = event
                    && let Some(Ok(changed)) = event.read::<UpdateRunChanged>()
                {
                    text::progress(&changed).into_iter().for_each(|line| cx.output.note(&line));
                }
            }
        }
    }
}

fn not_done(cx: &Context, answer: &Value, done: &UpdateRunResult) -> Outcome {
    let reason = printable(done.result.reason.as_deref().unwrap_or("nothing was updated"));
    if cx.output.is_json() {
        cx.output.answer(answer, || Ok(String::new()))?;
        return Err(Failure::reported(Exit::Failed, reason));
    }
    if done.result.status == UpdateOutcome::Skipped {
        return Err(skipped(&reason));
    }
    Err(Failure::new(Exit::Failed, reason).hint("what ran before runs on, unchanged"))
}

/// An update that was asked for and not tried.
fn skipped(reason: &str) -> Failure {
    Failure::new(Exit::Failed, format!("nothing was updated: {reason}"))
}

/// There is nothing newer: the end, unless another release was asked for by its version.
fn nothing_newer(cx: &Context, args: &UpdateArgs, answer: &Value) -> Outcome {
    match args.version.as_deref().filter(|version| *version != answer["currentVersion"] && !args.check) {
        Some(version) => {
            Err(skipped(&format!("{} is not offered", printable(version))).hint("postern update --status says what is"))
        }
        None => told(cx, answer),
    }
}

/// Follows the restart until it is known what became of the release.
async fn proved(cx: &Context, version: &str) -> Outcome {
    let deadline = Instant::now() + PROOF;
    let mut last = None;
    while Instant::now() < deadline {
        tokio::time::sleep(LOOK_EVERY).await;
        // In between there is no gateway, or one that is about to be another.
        let Ok(gateway) = cx.connect().await else { continue };
        let Ok(answer) = gateway.ask::<UpdateStatus>(&NoParams::default()).await else { continue };
        let status: UpdateStatusResult = read(&answer)?;
        gateway.close().await;
        match status.phase {
            UpdatePhase::Confirmed => return told(cx, &answer),
            UpdatePhase::Reverted | UpdatePhase::Idle => {
                let reason = match status.sentinel {
                    Nullable::Value(sentinel) => sentinel.reason.unwrap_or_default(),
                    Nullable::Null => String::new(),
                };
                let message = format!("{} was not kept: {}", printable(version), printable(&reason));
                return Err(Failure::new(Exit::Failed, message).hint("the release before serves, with all state"));
            }
            phase => last = Some(phase),
        }
    }
    let seen = last.map_or_else(|| "no gateway answered".to_owned(), |phase| format!("it is still in {phase:?}"));
    Err(Failure::new(Exit::Timeout, format!("what became of {} is not known yet: {seen}", printable(version)))
        .hint("postern update --status tells"))
}

async fn offline(cx: &Context, args: &UpdateArgs, paths: &Paths) -> Outcome {
    let settings = local::load(&cx.settings, paths).config.update.clone();
    let own = (serve::program(), env!("CARGO_PKG_VERSION"));
    let updater = Updater::new(paths, own, settings, Clock::new(now_ms))
        .map_err(|error| Failure::new(Exit::Internal, error.to_string()))?;
    if args.status {
        return status(cx, &updater);
    }
    // No gateway starts meanwhile, and no second update does.
    let folder = StateFolder::claim(paths).map_err(|error| Failure::new(Exit::InUse, error.to_string()))?;
    let done = change(cx, args, paths, &updater).await;
    folder.release();
    done
}

async fn change(cx: &Context, args: &UpdateArgs, paths: &Paths, updater: &Updater) -> Outcome {
    let failed = |error: &dyn std::fmt::Display| Failure::new(Exit::Failed, error.to_string());
    if args.hold || args.unhold {
        updater.hold(UpdateHoldParams { hold: args.hold, until: None }).map_err(|error| failed(&error))?;
        return status(cx, updater);
    }
    if args.revert {
        agree(args, "Start the release before from now on?")?;
        let version = revert(updater.folder(), paths, now_ms()).await.map_err(|error| failed(&error))?;
        let answer = json!({"ok": true, "revertedVersion": version});
        return cx
            .output
            .answer(&answer, || Ok(format!("{version} is taken back; the next start runs the release before")));
    }
    updater.check().await.map_err(|error| failed(&error))?;
    let known = updater.status();
    let Nullable::Value(offer) = &known.update_available else {
        return nothing_newer(cx, args, &json!(known));
    };
    if args.check {
        return status(cx, updater);
    }
    cx.output.note(&text::offer(offer));
    agree(args, &format!("Install {}?", printable(&offer.latest_version)))?;
    let wish = Wish { version: args.version.clone(), note: None };
    let shown = text::Shown::default();
    let report = updater.stage(&wish, PATIENCE, &|progress| shown.show(cx, &progress)).await;
    match (&report.result, outcome(&report.result)) {
        (Err(error), UpdateOutcome::Skipped) => return Err(skipped(&printable(&error.to_string()))),
        (Err(error), _) => return Err(failed(error).hint("what was installed before is unchanged")),
        (Ok(_), _) => cx.output.note("staged: the next start of the gateway tries it"),
    }
    status(cx, updater)
}

fn status(cx: &Context, updater: &Updater) -> Outcome {
    told(cx, &json!(updater.status()))
}

fn told(cx: &Context, answer: &Value) -> Outcome {
    cx.output.answer(answer, || Ok(text::status(&read(answer)?, now_ms())))
}

fn agree(args: &UpdateArgs, question: &str) -> Outcome {
    if args.yes {
        return Ok(());
    }
    if !somebody_is_there() {
        return Err(Failure::usage("nobody is there to be asked").hint("add --yes"));
    }
    if confirm(question) { Ok(()) } else { Err(Failure::new(Exit::Failed, "nothing was changed")) }
}
