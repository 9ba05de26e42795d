//! Install, uninstall, start, stop, restart. Each can be repeated, and each ends when
//! what was asked for is so.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use postern_gateway::private;
use postern_gateway::state_folder::Holder;
use postern_protocol::service::{ServiceManagerKind, ServiceScope, ServiceStatusResult};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::account::Account;
use super::definition::definition;
use super::plan::{Plan, fleeting};
use super::{manager, plan, processes, status, systemd};
use crate::agent_guard::refuse_agent;
use crate::args::{ManagerArg, ServiceInstallArgs, ServiceScopeArgs};
use crate::commands::Context;
use crate::exit::{Exit, Failure, Outcome};

/// How long a gateway may take to serve, and to end.
const PATIENCE: Duration = Duration::from_secs(40);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// That a service was installed, for whoever finds its file gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Installed {
    scope: ServiceScope,
    user: Option<String>,
}

fn record_path(plan: &Plan) -> PathBuf {
    plan.state_dir.join("service.json")
}

fn installed_before(plan: &Plan) -> Option<Installed> {
    serde_json::from_str(&fs::read_to_string(record_path(plan)).ok()?).ok()
}

fn remember(plan: &Plan) -> std::io::Result<()> {
    private::make_folder(&plan.state_dir)?;
    let record = Installed { scope: plan.scope, user: plan.user.clone() };
    private::write(&record_path(plan), serde_json::to_vec(&record).map_err(std::io::Error::other)?)
}

pub(super) async fn install(cx: &Context, args: &ServiceInstallArgs) -> Outcome {
    let scope = if args.scope.system { ServiceScope::System } else { ServiceScope::User };
    let kind = match args.manager {
        Some(ManagerArg::Systemd) => ServiceManagerKind::Systemd,
        Some(ManagerArg::Launchd) => ServiceManagerKind::Launchd,
        Some(ManagerArg::Windows) => ServiceManagerKind::Windows,
        None => manager::native(),
    };
    let account = args.user.as_deref().map(Account::named).transpose()?;
    let mut plan = Plan::of(&cx.settings, kind, scope)?.with_abilities();
    if let Some(account) = &account {
        plan = plan.run_by(&cx.settings, account)?;
    }
    if args.dry_run {
        let text = definition(&plan);
        let file = manager::file(&plan).map(|file| file.display().to_string());
        let document = json!({"name": plan.name(), "file": file, "definition": text, "program": plan.program});
        return cx.output.answer(&document, || Ok(text.trim_end().to_owned()));
    }
    refuse_agent(cx, "the service")?;
    manager::check(&plan)?;
    let mut advice = advice(cx, &plan);
    let before = manager::look(&plan);
    let changed = !manager::is_current(&plan) || !before.enabled;
    if changed {
        make_folders(&plan, account.as_ref())?;
        manager::install(&plan)?;
    }
    // The folder of another user is theirs alone; the definition says who they are.
    if account.is_none() {
        remember(&plan)
            .map_err(|error| Failure::new(Exit::StateUnwritable, format!("{}: {error}", plan.state_dir.display())))?;
    }
    let mut lingers = before.linger;
    if args.linger {
        systemd::enable_linger().map_err(|why| Failure::new(Exit::Failed, format!("loginctl enable-linger: {why}")))?;
        lingers = Some(true);
    }
    if lingers == Some(false) {
        advice.push(
            "without lingering it ends when you sign out and starts when you sign in; `loginctl enable-linger`, or \
             `postern service install --linger`, lets it run all the time"
                .to_owned(),
        );
    }
    if !args.no_start {
        let running = manager::look(&plan).running;
        match (running, changed) {
            (true, true) => manager::restart(&plan)?,
            (true, false) => {}
            (false, _) => manager::start(&plan)?,
        }
        advice.extend(serving(&plan).await.err());
    }
    told(cx, &plan, if changed { "installed" } else { "is installed already" }, advice)
}

/// launchd makes no folders for its log. They are made as the user who writes there.
fn make_folders(plan: &Plan, account: Option<&Account>) -> Outcome {
    let folder = plan.state_dir.join("logs");
    if let Some(account) = account {
        account.make_folder(&plan.state_dir)?;
        return account.make_folder(&folder);
    }
    private::make_folder(&folder)
        .map_err(|error| Failure::new(Exit::StateUnwritable, format!("{}: {error}", folder.display())))
}

fn advice(cx: &Context, plan: &Plan) -> Vec<String> {
    let mut advice: Vec<String> = fleeting(&plan.program).into_iter().collect();
    let settings = &cx.settings;
    let secrets = [settings.token.as_ref().map(|given| &given.by), settings.password.as_ref().map(|given| &given.by)];
    for by in secrets.into_iter().flatten() {
        advice.push(format!("{by} is not written into the service: it keeps the secret that this profile has stored"));
    }
    if settings.port.is_some() || settings.bind.is_some() {
        advice.push(
            "port and bind of this shell are not written into the service: set gateway.port and gateway.bind"
                .to_owned(),
        );
    }
    advice
}

pub(super) fn uninstall(cx: &Context, args: ServiceScopeArgs) -> Outcome {
    refuse_agent(cx, "the service")?;
    let plan = plan(&cx.settings, args)?;
    let before = manager::look(&plan);
    if before.installed {
        manager::check(&plan)?;
        if before.running {
            manager::stop(&plan)?;
        }
        manager::uninstall(&plan)?;
    }
    // Gone already is what was wanted.
    if plan.user.is_none() {
        drop(fs::remove_file(record_path(&plan)));
    }
    told(
        cx,
        &plan,
        if before.installed { "uninstalled; state and configuration stay" } else { "is not installed" },
        Vec::new(),
    )
}

pub(super) async fn start(cx: &Context, args: ServiceScopeArgs) -> Outcome {
    refuse_agent(cx, "the service")?;
    let plan = plan(&cx.settings, args)?;
    manager::check(&plan)?;
    let mut notes = made_sure(&plan)?;
    let foreign = foreign_gateway(&plan);
    manager::start(&plan)?;
    match foreign {
        Some(holder) => notes.push(format!(
            "a gateway that was started without the service (pid {}) has the state folder in use; the service takes over when it ends",
            holder.pid
        )),
        None => notes.extend(serving(&plan).await.err()),
    }
    told(cx, &plan, "started", notes)
}

pub(super) async fn stop(cx: &Context, args: ServiceScopeArgs) -> Outcome {
    refuse_agent(cx, "the service")?;
    let plan = plan(&cx.settings, args)?;
    let service = manager::look(&plan);
    let mut done = "nothing runs";
    if service.running {
        manager::stop(&plan)?;
        done = "stopped";
    }
    // One without a service, or one that was left when its unit was removed.
    if let Some(holder) = foreign_gateway(&plan) {
        processes::ask_to_end(holder.pid);
        done = "stopped; it was started without the service";
    }
    ended(&plan).await?;
    told(cx, &plan, done, Vec::new())
}

pub(super) async fn restart(cx: &Context, args: ServiceScopeArgs) -> Outcome {
    refuse_agent(cx, "the service")?;
    let plan = plan(&cx.settings, args)?;
    manager::check(&plan)?;
    let mut notes = made_sure(&plan)?;
    if let Some(holder) = foreign_gateway(&plan) {
        processes::ask_to_end(holder.pid);
        notes.push(format!("the gateway that was started without the service (pid {}) was ended", holder.pid));
        ended(&plan).await?;
    }
    manager::restart(&plan)?;
    notes.extend(serving(&plan).await.err());
    told(cx, &plan, "restarted", notes)
}

/// The service is there and starts a program that exists. What was installed once is
/// written again when its file is gone, and when its program has moved here.
fn made_sure(plan: &Plan) -> Outcome<Vec<String>> {
    let look = manager::look(plan);
    let known = installed_before(plan);
    let again = |why: &str| manager::install(&plan.clone().with_abilities()).map(|()| vec![why.to_owned()]);
    match (look.installed, look.program_current) {
        (true, Some(false)) => again("the program had moved: the service starts the one that you called now"),
        (true, _) => Ok(Vec::new()),
        (false, _) if known.is_some() => again("the file of the service was gone and was written again"),
        (false, _) => Err(Failure::new(Exit::Failed, format!("there is no service {} yet", plan.name()))
            .hint("postern service install installs and starts it")),
    }
}

/// A gateway that has the folder in use while the service does not run.
fn foreign_gateway(plan: &Plan) -> Option<Holder> {
    let holder = Holder::alive(&plan.state_dir.join("gateway.lock"))?;
    (!manager::look(plan).running).then_some(holder)
}

/// Waits until a gateway serves; what to look at when none does.
async fn serving(plan: &Plan) -> Result<(), String> {
    let lock = plan.state_dir.join("gateway.lock");
    if until(|| Holder::alive(&lock).is_some()).await {
        return Ok(());
    }
    Err("no gateway serves yet: `postern service status` says how it ended, `postern doctor` why".to_owned())
}

/// Waits until no gateway has the folder in use.
async fn ended(plan: &Plan) -> Outcome {
    let lock = plan.state_dir.join("gateway.lock");
    if until(|| !is_held(&lock)).await {
        return Ok(());
    }
    Err(Failure::new(Exit::Timeout, "the gateway did not end in time")
        .hint("`postern service status` says its process"))
}

fn is_held(lock: &Path) -> bool {
    let Ok(file) = fs::File::open(lock) else { return false };
    matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock))
}

async fn until(condition: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        if Instant::now() >= deadline {
            return false;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    true
}

/// The outcome of a change, and how the service is now.
fn told(cx: &Context, plan: &Plan, done: &str, mut notes: Vec<String>) -> Outcome {
    let now: ServiceStatusResult = status::of(cx, plan);
    notes.extend(now.advice.iter().filter(|advice| !notes.contains(advice)).cloned().collect::<Vec<_>>());
    let document = json!({"done": done, "notes": notes, "service": now});
    cx.output.answer(&document, || {
        let mut lines = vec![format!("{} {done}", plan.name())];
        lines.extend(status::facts(&now));
        lines.extend(notes.iter().map(|note| format!("  note         {note}")));
        Ok(lines.join("\n"))
    })
}
