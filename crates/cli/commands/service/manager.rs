//! One way to talk to whichever service manager this system has.

use std::fs;
use std::path::{Path, PathBuf};

use postern_protocol::service::{ServiceManagerKind, ServiceScope, ServiceStatusResult};
use service_manager::{
    LaunchdServiceManager, RestartPolicy, ServiceInstallCtx, ServiceManager, ServiceStartCtx, ServiceStatus,
    ServiceStatusCtx, ServiceStopCtx, ServiceUninstallCtx, SystemdServiceManager,
};

use super::definition::definition;
use super::plan::{Plan, Unit};
use super::system::ask;
use super::{systemd, windows};
use crate::exit::{Exit, Failure, Outcome};

/// The service manager of this system.
pub(crate) const fn native() -> ServiceManagerKind {
    match std::env::consts::OS.as_bytes() {
        b"linux" => ServiceManagerKind::Systemd,
        b"macos" => ServiceManagerKind::Launchd,
        b"windows" => ServiceManagerKind::Windows,
        _ => ServiceManagerKind::None,
    }
}

/// The service manager as the library knows it.
fn library(plan: &Plan) -> Box<dyn ServiceManager> {
    let user = plan.scope == ServiceScope::User;
    match (plan.manager, user) {
        (ServiceManagerKind::Launchd, true) => Box::new(LaunchdServiceManager::user()),
        (ServiceManagerKind::Launchd, false) => Box::new(LaunchdServiceManager::system()),
        (_, true) => Box::new(SystemdServiceManager::user()),
        (_, false) => Box::new(SystemdServiceManager::system()),
    }
}

/// Refuses where nobody would run the service, and says what to do instead.
pub(crate) fn check(plan: &Plan) -> Outcome {
    let refuse = |message: String, hint: String| Err(Failure::new(Exit::Failed, message).hint(hint));
    let (run, install) = match plan.unit {
        Unit::Gateway => ("postern gateway", "postern service install"),
        Unit::Node => ("postern node run", "postern node install"),
    };
    match plan.manager {
        ServiceManagerKind::None => refuse(
            "this system has no service manager that is supported".to_owned(),
            format!("start `{run}` from whatever starts programs here"),
        ),
        ServiceManagerKind::Windows if plan.scope == ServiceScope::System => refuse(
            "on Windows the service belongs to one user and needs no administrator".to_owned(),
            "leave --system out".to_owned(),
        ),
        ServiceManagerKind::Systemd => match systemd::answers(plan.scope) {
            Ok(()) => Ok(()),
            Err(why) => refuse(
                format!("systemd does not answer: {why}"),
                format!(
                    "sign in on the machine itself or over SSH (not with su), or run `{run}` from whatever starts \
                     programs here; `{install} --dry-run` prints the unit"
                ),
            ),
        },
        _ => Ok(()),
    }
}

/// The file that defines the service; Windows has an entry instead.
pub(crate) fn file(plan: &Plan) -> Option<PathBuf> {
    match (plan.manager, plan.scope) {
        (ServiceManagerKind::Systemd, _) => systemd::file(plan),
        (ServiceManagerKind::Launchd, ServiceScope::User) => {
            Some(crate::env::home()?.join("Library/LaunchAgents").join(format!("{}.plist", plan.name())))
        }
        (ServiceManagerKind::Launchd, ServiceScope::System) => {
            Some(PathBuf::from("/Library/LaunchDaemons").join(format!("{}.plist", plan.name())))
        }
        _ => None,
    }
}

/// The user that an installed service of the machine runs as.
pub(crate) fn user(plan: &Plan) -> Option<String> {
    super::definition::user(&fs::read_to_string(file(plan)?).ok()?)
}

/// Whether exactly this definition is installed.
pub(crate) fn is_current(plan: &Plan) -> bool {
    match file(plan) {
        Some(file) => fs::read_to_string(file).is_ok_and(|written| written == definition(plan)),
        None => windows::entry(plan).as_deref() == Some(definition(plan).trim()),
    }
}

/// Writes the definition and has it started with the system.
pub(crate) fn install(plan: &Plan) -> Outcome {
    refuse_link(plan)?;
    if plan.manager == ServiceManagerKind::Windows {
        return windows::install(plan).map_err(|why| told(plan, "install", &why));
    }
    let context = ServiceInstallCtx {
        label: plan.label(),
        program: plan.program.clone(),
        args: plan.args.iter().map(Into::into).collect(),
        contents: Some(definition(plan)),
        username: plan.user.clone(),
        working_directory: None,
        environment: None,
        autostart: true,
        restart_policy: RestartPolicy::default(),
    };
    if plan.manager == ServiceManagerKind::Launchd {
        enable_in_launchd(plan);
    }
    library(plan).install(context).map_err(|error| told(plan, "install", &error.to_string()))?;
    if plan.manager == ServiceManagerKind::Systemd {
        systemd::reload(plan);
    }
    Ok(())
}

/// What a link leads to is somebody else's to change: a file of their own, or
/// `/dev/null`, with which systemd masks a unit.
fn refuse_link(plan: &Plan) -> Outcome {
    let Some(file) = file(plan).filter(|file| file.is_symlink()) else { return Ok(()) };
    let target = fs::read_link(&file).unwrap_or_default();
    let message = format!("{} is a link to {}; nothing was written through it", file.display(), target.display());
    let user = if plan.scope == ServiceScope::User { "--user " } else { "" };
    Err(Failure::new(Exit::Failed, message).hint(if target == Path::new("/dev/null") {
        format!("the service is masked; to let it start again: systemctl {user}unmask {}", plan.name())
    } else {
        format!("remove the link, and say it again: rm {}", file.display())
    }))
}

/// An older `launchctl disable` outlives the file and would win over it.
fn enable_in_launchd(plan: &Plan) {
    let domain = match plan.scope {
        ServiceScope::User => format!("gui/{}/{}", crate::env::user_id(), plan.name()),
        ServiceScope::System => format!("system/{}", plan.name()),
    };
    drop(ask("launchctl", &["enable", &domain]));
}

/// Takes the definition away; the service is stopped first.
pub(crate) fn uninstall(plan: &Plan) -> Outcome {
    if plan.manager == ServiceManagerKind::Windows {
        return windows::uninstall(plan).map_err(|why| told(plan, "uninstall", &why));
    }
    let done = library(plan).uninstall(ServiceUninstallCtx { label: plan.label() });
    // A file that somebody has removed already is what was wanted.
    let gone = file(plan).is_none_or(|file| !file.exists());
    if plan.manager == ServiceManagerKind::Systemd {
        systemd::reload(plan);
    }
    match done {
        Err(error) if !gone => Err(told(plan, "uninstall", &error.to_string())),
        _ => Ok(()),
    }
}

/// Starts the service; fine when it runs.
pub(crate) fn start(plan: &Plan) -> Outcome {
    match plan.manager {
        ServiceManagerKind::Windows => return windows::start(plan).map_err(|why| told(plan, "start", &why)),
        ServiceManagerKind::Systemd => systemd::reload(plan),
        _ => {}
    }
    let started = library(plan).start(ServiceStartCtx { label: plan.label() });
    match started {
        Err(_) if plan.manager == ServiceManagerKind::Launchd => {
            // Not loaded: after `launchctl bootout`, or a sign-in that left it out.
            enable_in_launchd(plan);
            let file = file(plan).unwrap_or_default().display().to_string();
            let loaded = ask("launchctl", &["load", "-w", &file]);
            if loaded.ok { Ok(()) } else { Err(told(plan, "start", &loaded.why())) }
        }
        other => other.map_err(|error| told(plan, "start", &error.to_string())),
    }
}

/// Stops the service; fine when it does not run.
pub(crate) fn stop(plan: &Plan) -> Outcome {
    if plan.manager == ServiceManagerKind::Windows {
        return windows::stop(plan).map_err(|why| told(plan, "stop", &why));
    }
    library(plan).stop(ServiceStopCtx { label: plan.label() }).map_err(|error| told(plan, "stop", &error.to_string()))
}

/// Stops and starts it in one go, where the service manager can.
pub(crate) fn restart(plan: &Plan) -> Outcome {
    if plan.manager == ServiceManagerKind::Systemd {
        systemd::reload(plan);
        return systemd::restart(plan).map_err(|why| told(plan, "restart", &why));
    }
    stop(plan)?;
    start(plan)
}

/// What the service manager says; nothing is changed and nothing fails.
pub(crate) fn look(plan: &Plan) -> ServiceStatusResult {
    match plan.manager {
        ServiceManagerKind::Systemd => systemd::look(plan),
        ServiceManagerKind::Launchd => launchd(plan),
        ServiceManagerKind::Windows => windows::look(plan),
        ServiceManagerKind::None => ServiceStatusResult { name: plan.name(), ..ServiceStatusResult::default() },
    }
}

fn launchd(plan: &Plan) -> ServiceStatusResult {
    let file = file(plan);
    let installed = file.as_ref().is_some_and(|file| file.exists());
    let asked = library(plan).status(ServiceStatusCtx { label: plan.label() });
    ServiceStatusResult {
        manager: plan.manager,
        scope: plan.scope,
        name: plan.name(),
        installed,
        enabled: installed && !matches!(asked, Ok(ServiceStatus::NotInstalled)),
        running: matches!(asked, Ok(ServiceStatus::Running)),
        program: installed.then(|| plan.program.display().to_string()),
        program_current: installed.then(|| is_current(plan)),
        file: file.map(|file| file.display().to_string()),
        ..ServiceStatusResult::default()
    }
}

fn told(plan: &Plan, what: &str, why: &str) -> Failure {
    let failure = Failure::new(Exit::Failed, format!("the service {} could not {what}: {}", plan.name(), why.trim()));
    let root = plan.scope == ServiceScope::System && !crate::env::is_root();
    if root { failure.hint("a service of the machine needs root: run this with sudo") } else { failure }
}
