//! `postern doctor`: looks at the installation, with or without a gateway that runs.

use postern_gateway::Clock;
use postern_gateway::config::Overrides;
use postern_gateway::doctor::{Doctor, DoctorError, Patient};
use postern_gateway::logs::Redactor;
use postern_protocol::call::Call as _;
use postern_protocol::doctor::{DoctorCheck, DoctorFixResult, DoctorReport, DoctorRun, DoctorRunParams, DoctorStatus};
use serde_json::json;

use super::{Context, read};
use crate::agent_guard::refuse_agent;
use crate::args::DoctorArgs;
use crate::credentials::Credentials;
use crate::env::now_ms;
use crate::exit::{Exit, Failure, Outcome};
use crate::local;
use crate::output::{confirm, count, printable, somebody_is_there};

pub(crate) async fn run(cx: &Context, args: &DoctorArgs) -> Outcome {
    // `--url` names a gateway elsewhere: it looks at itself.
    if cx.settings.url.as_ref().is_some_and(|given| given.by == "--url") {
        return ask_gateway(cx, args).await;
    }
    let doctor = Doctor::new(patient(cx).await);
    let only = (!args.only.is_empty()).then_some(args.only.as_slice());
    let report = doctor.run(only).await.map_err(|error| wrong(&error))?;
    if args.fix {
        return fix(cx, args, &doctor, report).await;
    }
    cx.output.answer(&json!(report), || Ok(text(&report)))?;
    verdict(&report)
}

/// This installation.
pub(crate) async fn patient(cx: &Context) -> Patient {
    let settings = &cx.settings;
    let paths = local::paths(settings);
    // A look must not make the folder that it reports as missing.
    let credentials = match paths.state_dir.exists() {
        true => Credentials::open(settings)
            .await
            .map(|credentials| credentials.store)
            .map_err(|failure| failure.to_string()),
        false => Err("there is no state folder yet, so no credentials".to_owned()),
    };
    let default_port = local::port(settings, &paths);
    Patient {
        overrides: Overrides { port: Some(default_port), ..local::surroundings(settings) },
        paths,
        clock: Clock::new(now_ms),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        credentials,
        redactor: Redactor::default(),
        host: super::service::host(settings),
    }
}

async fn ask_gateway(cx: &Context, args: &DoctorArgs) -> Outcome {
    if args.fix {
        return Err(Failure::usage("--fix repairs the machine it runs on, and --url names another")
            .hint("run postern doctor --fix there"));
    }
    let gateway = cx.connect().await?;
    let ids = (!args.only.is_empty()).then(|| args.only.clone());
    let answer = gateway.call(DoctorRun::NAME, json!(DoctorRunParams { ids })).await?;
    gateway.close().await;
    let report: DoctorReport = read(&answer)?;
    cx.output.answer(&answer, || Ok(text(&report)))?;
    verdict(&report)
}

async fn fix(cx: &Context, args: &DoctorArgs, doctor: &Doctor, report: DoctorReport) -> Outcome {
    refuse_agent(cx, "this installation")?;
    let broken = report.checks.iter().filter(|check| check.fix.as_ref().is_some_and(|fix| fix.automatic));
    let broken: Vec<&DoctorCheck> = broken.collect();
    let ids: Vec<String> = broken.iter().map(|check| check.id.clone()).collect();
    if ids.is_empty() {
        cx.output.answer(&json!(DoctorFixResult { repairs: Vec::new(), report: report.clone() }), || {
            Ok(format!("{}\n\nnothing that can be repaired automatically", text(&report)))
        })?;
        return verdict(&report);
    }
    if !args.yes && !args.non_interactive {
        let words: Vec<String> =
            broken.iter().filter_map(|check| Some(format!("{}: {}", check.title, check.fix.as_ref()?.text))).collect();
        let question = format!("Repair?\n  {}\n", words.join("\n  "));
        if cx.output.is_json() || !somebody_is_there() {
            return Err(Failure::usage("--fix asks before it repairs, and nobody can answer").hint("say --yes too"));
        }
        if !confirm(&question) {
            return Err(Failure::new(Exit::Failed, "nothing was changed"));
        }
    }
    let fixed = doctor.fix(&ids).await.map_err(|error| wrong(&error))?;
    cx.output.answer(&json!(fixed), || {
        let line = |repair: &postern_protocol::doctor::DoctorRepair| {
            let word = if repair.fixed { "repaired" } else { "not repaired" };
            format!("{word:<12}  {}: {}", repair.id, repair.detail)
        };
        let repairs: Vec<String> = fixed.repairs.iter().map(line).collect();
        Ok(format!("{}\n\n{}", repairs.join("\n"), text(&fixed.report)))
    })?;
    verdict(&fixed.report)
}

fn wrong(error: &DoctorError) -> Failure {
    match error {
        DoctorError::Unknown(_) | DoctorError::ByHand(_) => Failure::usage(error.to_string()),
        DoctorError::Failed(_) => Failure::new(Exit::Internal, error.to_string()),
    }
}

/// The exit code is the verdict.
fn verdict(report: &DoctorReport) -> Outcome {
    if report.ok {
        return Ok(());
    }
    let failed = usize::try_from(report.counts.fail).unwrap_or(usize::MAX);
    Err(Failure::reported(Exit::Failed, format!("{} failed", count(failed, "check"))))
}

fn text(report: &DoctorReport) -> String {
    let mut lines = Vec::new();
    for check in &report.checks {
        let word = match check.status {
            DoctorStatus::Ok => "ok",
            DoctorStatus::Warn => "look",
            DoctorStatus::Fail => "FAILED",
            DoctorStatus::Skipped => "-",
        };
        let mut detail = check.detail.lines().map(printable);
        lines.push(format!("{word:<6}  {:<26}  {}", check.title, detail.next().unwrap_or_default()));
        lines.extend(detail.map(|line| format!("{:36}{line}", "")));
        if let Some(fix) = &check.fix {
            lines.push(format!("{:34}→ {}", "", printable(&fix.text)));
            lines.extend(fix.command.as_ref().map(|command| format!("{:36}{command}", "")));
        }
    }
    let counts = report.counts;
    lines.push(String::new());
    lines.push(format!(
        "{} ok, {} to look at, {} failed, {} do not apply",
        counts.ok, counts.warn, counts.fail, counts.skipped
    ));
    lines.join("\n")
}
