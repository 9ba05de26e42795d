//! `postern service …`: lets the system keep the gateway running. The same words stand
//! below `postern gateway`.
//!
//! | file | owns |
//! |---|---|
//! | `plan.rs` | what the service of a profile is |
//! | `account.rs` | users of the machine |
//! | `definition.rs` | unit, property list, entry as text |
//! | `manager.rs`, `systemd.rs`, `windows.rs` | asking the service manager |
//! | `change.rs` | install, uninstall, start, stop, restart |
//! | `status.rs` | what is told |
//! | `supervise.rs` | keeping it running where the system does not |

mod account;
mod change;
mod definition;
pub(crate) mod manager;
pub(crate) mod plan;
pub(crate) mod processes;
mod status;
mod supervise;
mod system;
mod systemd;
mod windows;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use postern_gateway::Host;
use postern_gateway::service::{NoService, ServiceProbe};
use postern_protocol::service::{ServiceScope, ServiceStatusResult};

pub(crate) use self::definition::definition;

use self::account::Account;
use self::plan::Plan;
use super::{Context, logs};
use crate::args::{LogsArgs, ServiceCommand, ServiceScopeArgs};
use crate::env::Settings;
use crate::exit::Outcome;

pub(crate) async fn run(cx: &Context, command: Option<&ServiceCommand>) -> Outcome {
    match command {
        None => status::run(cx, ServiceScopeArgs::default()),
        Some(ServiceCommand::Status(args)) => status::run(cx, *args),
        Some(ServiceCommand::Install(args)) => change::install(cx, args).await,
        Some(ServiceCommand::Uninstall(args)) => change::uninstall(cx, *args),
        Some(ServiceCommand::Start(args)) => change::start(cx, *args).await,
        Some(ServiceCommand::Stop(args)) => change::stop(cx, *args).await,
        Some(ServiceCommand::Restart(args)) => change::restart(cx, *args).await,
        Some(ServiceCommand::Logs(args)) => logs::run(cx, &LogsArgs::last(args.lines)).await,
        Some(ServiceCommand::Supervise) => supervise::run(cx).await,
    }
}

/// The service of this profile: the one that is there, the user's first.
fn plan(settings: &Settings, args: ServiceScopeArgs) -> Outcome<Plan> {
    let of = |scope| {
        let plan = Plan::of(settings, manager::native(), scope)?;
        match manager::user(&plan).filter(|_| scope == ServiceScope::System) {
            Some(user) => plan.run_by(settings, &Account::named(&user)?),
            None => Ok(plan),
        }
    };
    if args.system {
        return of(ServiceScope::System);
    }
    let user = of(ServiceScope::User)?;
    let is_there = |plan: &Plan| manager::file(plan).is_some_and(|file| file.exists());
    match of(ServiceScope::System) {
        Ok(machine) if !is_there(&user) && is_there(&machine) => Ok(machine),
        _ => Ok(user),
    }
}

/// What the gateway can be told about the machine by this program.
pub(crate) fn host(settings: &Settings) -> Host {
    let service: Arc<dyn ServiceProbe> = Arc::new(Probe(settings.clone()));
    Host {
        service,
        other_states: other_states(settings),
        variables: crate::env::variable_names(),
        command: settings.program(),
    }
}

/// State folders of this user's other profiles.
fn other_states(settings: &Settings) -> Vec<PathBuf> {
    let Some(home) = crate::env::home() else { return Vec::new() };
    let entries = fs::read_dir(home).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    let is_state = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        (name == ".postern" || name.starts_with(".postern-")) && *path != settings.state_dir && path.is_dir()
    };
    let mut states: Vec<PathBuf> = entries.filter(is_state).collect();
    states.sort();
    states
}

/// Asks the service manager for a gateway.
struct Probe(Settings);

impl ServiceProbe for Probe {
    fn look(&self) -> ServiceStatusResult {
        match plan(&self.0, ServiceScopeArgs::default()) {
            Ok(plan) => manager::look(&plan),
            Err(_) => NoService.look(),
        }
    }
}
