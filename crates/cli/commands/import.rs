//! `postern import`: through the gateway where one runs, else on the state folder.

use std::path::PathBuf;

use postern_gateway::import::{ImportError, Target, find_home, import};
use postern_gateway::secrets::Secrets;
use postern_gateway::state_folder::{Holder, StateFolder};
use postern_gateway::store::Store;
use postern_gateway::{Clock, Paths};
use postern_protocol::backup::{ImportOpenclaw, ImportOpenclawParams, ImportReport};

use super::{Context, read};
use crate::args::{ImportArgs, ImportCommand, ImportOpenclawArgs};
use crate::commands::backup;
use crate::credentials::{self, Credentials};
use crate::env::{home, now_ms};
use crate::exit::{Exit, Failure, Outcome};
use crate::local;
use crate::output::{confirm, count, printable, somebody_is_there};

pub(crate) async fn run(cx: &Context, args: &ImportArgs) -> Outcome {
    let ImportCommand::Openclaw(args) = &args.command;
    let report = openclaw(cx, args).await?;
    let document = serde_json::to_value(&report)
        .map_err(|error| Failure::new(Exit::Internal, format!("the report cannot be written: {error}")))?;
    cx.output.answer(&document, || Ok(text(&report)))
}

async fn openclaw(cx: &Context, args: &ImportOpenclawArgs) -> Outcome<ImportReport> {
    if cx.settings.url.as_ref().is_some_and(|given| given.by == "--url") {
        return Err(Failure::usage("an import is made on the gateway's own machine, not through --url"));
    }
    let paths = local::paths(&cx.settings);
    let from = args.from.clone().or_else(|| home().and_then(|home| find_home(&home)));
    let from = from.ok_or_else(|| failure(ImportError::NothingFound))?;
    if args.dry_run {
        return look(cx, &paths, from).await;
    }
    if !args.yes && somebody_is_there() {
        let report = look(cx, &paths, from.clone()).await?;
        if !confirm(&format!("{}\n\nImport this?", text(&report))) {
            return Err(Failure::new(Exit::Failed, "nothing was changed"));
        }
    }
    if Holder::alive(&paths.lock()).is_some() {
        return through_the_gateway(cx, from, false).await;
    }
    let secrets = Credentials::open(&cx.settings).await?.secrets;
    let folder = StateFolder::claim(&paths).map_err(|error| backup::failure(error.into()))?;
    let opened = Store::open(&paths.database()).await.map_err(|error| failure(error.into()))?;
    let store = opened.store;
    let target = target(cx, paths, Some(store.clone()), secrets);
    let imported = async {
        let report = import(&from, &target).await;
        store.close().await;
        report
    };
    let (report, ()) = tokio::join!(imported, opened.writer.run());
    folder.release();
    // Nothing runs that would have to start again.
    report.map(|report| ImportReport { needs_restart: false, ..report }).map_err(failure)
}

fn target(cx: &Context, paths: Paths, store: Option<Store>, secrets: Secrets) -> Target {
    Target { paths, store, secrets, clock: Clock::new(now_ms), overrides: local::surroundings(&cx.settings) }
}

/// What an import would take; nothing is changed.
async fn look(cx: &Context, paths: &Paths, from: PathBuf) -> Outcome<ImportReport> {
    if Holder::alive(&paths.lock()).is_some() {
        return through_the_gateway(cx, from, true).await;
    }
    let secrets = Credentials::look(&cx.settings).await?;
    import(&from, &target(cx, paths.clone(), None, secrets)).await.map_err(failure)
}

async fn through_the_gateway(cx: &Context, from: PathBuf, dry_run: bool) -> Outcome<ImportReport> {
    let from = from.canonicalize().unwrap_or(from);
    let params = ImportOpenclawParams { from: Some(from.display().to_string()), dry_run: Some(dry_run) };
    let gateway = cx.connect().await?;
    let answer = gateway.ask::<ImportOpenclaw>(&params).await?;
    gateway.close().await;
    read(&answer)
}

fn failure(error: ImportError) -> Failure {
    match error {
        ImportError::Secrets(error) => credentials::failure(error),
        ImportError::NoHome(_) | ImportError::NothingFound | ImportError::Itself(_) => {
            Failure::usage(error.to_string())
        }
        ImportError::Io { .. } => Failure::new(Exit::StateUnwritable, error.to_string()),
        other => Failure::new(Exit::Failed, other.to_string()),
    }
}

/// Lines of one kind that people are shown.
const SHOWN: usize = 15;

fn text(report: &ImportReport) -> String {
    let verb = if report.dry_run { "Would import" } else { "Imported" };
    let mut lines = vec![format!("{verb} from {}", printable(&report.from))];
    for area in &report.areas {
        let already = if area.already > 0 { format!(", {} here already", area.already) } else { String::new() };
        lines.push(format!("{}: {} taken{already}, {} left", area.area, area.took.len(), area.left.len()));
        lines.extend(area.took.iter().take(SHOWN).map(|what| format!("  + {}", printable(what))));
        if area.took.len() > SHOWN {
            lines.push(format!("  + {} more", area.took.len() - SHOWN));
        }
        let left = area.left.iter().map(|left| format!("  - {}: {}", printable(&left.what), printable(&left.why)));
        lines.extend(left.take(SHOWN));
        if area.left.len() > SHOWN {
            lines.push(format!("  - {}; --json lists all", count(area.left.len() - SHOWN, "more thing")));
        }
    }
    match (report.dry_run, report.needs_restart) {
        (true, _) => lines.push("Nothing was changed.".to_owned()),
        (false, true) => lines.push("The gateway restarts to take it into use.".to_owned()),
        (false, false) => {}
    }
    lines.join("\n")
}
