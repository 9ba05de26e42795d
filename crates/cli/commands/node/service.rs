//! Having the node host run: the service manager starts it, and the truth about it is its lock and what it wrote down.

use std::time::{Duration, Instant};

use postern_gateway::state_folder::Holder;
use postern_protocol::service::ServiceStatusResult;
use serde_json::json;

use super::target::Target;
use super::{place, run};
use crate::args::NodeInstallArgs;
use crate::commands::Context;
use crate::commands::service::plan::Plan;
use crate::commands::service::{definition, manager, processes};
use crate::env::now_ms;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{ago, printable};

/// How long it may take to be there, and to end.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(25);

fn plan(cx: &Context) -> Outcome<Plan> {
    Plan::node(&cx.settings, manager::native())
}

pub(super) async fn install(cx: &Context, args: &NodeInstallArgs) -> Outcome {
    let plan = plan(cx)?.with_abilities();
    if args.dry_run {
        let text = definition(&plan);
        let file = manager::file(&plan).map(|file| file.display().to_string());
        let document = json!({"name": plan.name(), "file": file, "definition": text, "program": plan.program});
        return cx.output.answer(&document, || Ok(text.trim_end().to_owned()));
    }
    manager::check(&plan)?;
    let target = Target::of(&cx.settings, &args.run)?;
    if target.bootstrap.is_some() {
        run::pair(&target).await?;
    }
    target.keep()?;
    let changed = !manager::is_current(&plan);
    if changed {
        manager::install(&plan)?;
    }
    match place::holder(&cx.settings.state_dir) {
        Some(_) if manager::look(&plan).running => manager::restart(&plan)?,
        Some(holder) => {
            processes::ask_to_end(holder.pid);
            until(|| place::holder(&cx.settings.state_dir).is_none()).await;
            manager::start(&plan)?;
        }
        None => manager::start(&plan)?,
    }
    until(|| place::holder(&cx.settings.state_dir).is_some()).await;
    told(cx, &plan, if changed { "installed" } else { "is installed already" })
}

pub(super) async fn stop(cx: &Context) -> Outcome {
    let plan = plan(cx)?;
    let done = end(cx, &plan).await?;
    told(cx, &plan, done)
}

/// Ends the host, whoever started it.
async fn end(cx: &Context, plan: &Plan) -> Outcome<&'static str> {
    let mut done = "nothing runs";
    if manager::look(plan).running {
        manager::stop(plan)?;
        done = "stopped";
    }
    if let Some(holder) = place::holder(&cx.settings.state_dir) {
        processes::ask_to_end(holder.pid);
        done = "stopped";
    }
    if until(|| place::holder(&cx.settings.state_dir).is_none()).await {
        return Ok(done);
    }
    Err(Failure::new(Exit::Timeout, "the node host did not end in time").hint("postern node status says its process"))
}

pub(super) async fn restart(cx: &Context) -> Outcome {
    let plan = plan(cx)?;
    if !manager::look(&plan).installed {
        return Err(Failure::new(Exit::Failed, format!("there is no service {} yet", plan.name()))
            .hint("postern node install installs and starts it"));
    }
    manager::check(&plan)?;
    end(cx, &plan).await?;
    manager::start(&plan)?;
    until(|| place::holder(&cx.settings.state_dir).is_some()).await;
    told(cx, &plan, "restarted")
}

pub(super) async fn uninstall(cx: &Context) -> Outcome {
    let plan = plan(cx)?;
    let installed = manager::look(&plan).installed;
    end(cx, &plan).await?;
    if installed {
        manager::check(&plan)?;
        manager::uninstall(&plan)?;
    }
    told(cx, &plan, if installed { "uninstalled; keys and rules for commands stay" } else { "is not installed" })
}

pub(super) fn status(cx: &Context) -> Outcome {
    let plan = plan(cx)?;
    let truth = Truth::of(cx, &plan);
    cx.output.answer(&truth.document(), || Ok(truth.lines().join("\n")))
}

fn told(cx: &Context, plan: &Plan, done: &str) -> Outcome {
    let truth = Truth::of(cx, plan);
    let mut document = truth.document();
    document["done"] = done.into();
    cx.output.answer(&document, || {
        // A host that was started by hand is none of the service's.
        let whose = if truth.service.installed || done != "stopped" { plan.name() } else { "the node host".to_owned() };
        let mut lines = vec![format!("{whose} {done}")];
        lines.extend(truth.lines());
        Ok(lines.join("\n"))
    })
}

/// How it is.
struct Truth {
    service: ServiceStatusResult,
    holder: Option<Holder>,
    written: Option<place::Written>,
    approvals: String,
}

impl Truth {
    fn of(cx: &Context, plan: &Plan) -> Self {
        let state_dir = &cx.settings.state_dir;
        Self {
            service: manager::look(plan),
            holder: place::holder(state_dir),
            written: place::written(state_dir),
            approvals: place::folder(state_dir).join("exec-approvals.json").display().to_string(),
        }
    }

    /// What a host wrote that is gone counts for nothing.
    fn state(&self) -> &str {
        match (&self.holder, &self.written) {
            (Some(_), Some(written)) => &written.state,
            (Some(_), None) => "starting",
            (None, _) => "stopped",
        }
    }

    fn document(&self) -> serde_json::Value {
        let running = self.holder.is_some();
        let written = self.written.as_ref();
        json!({
            "running": running,
            "state": self.state(),
            "connected": running && self.state() == "connected",
            "pid": self.holder.as_ref().map(|holder| holder.pid),
            "url": written.map(|written| &written.url),
            "nodeId": written.map(|written| &written.node_id),
            "sinceMs": written.filter(|_| running).map(|written| written.since_ms),
            "requestId": written.filter(|_| running).and_then(|written| written.request_id.as_ref()),
            "reason": written.filter(|_| running).and_then(|written| written.reason.as_ref()),
            "approvalsFile": self.approvals,
            "service": {
                "name": self.service.name,
                "installed": self.service.installed,
                "enabled": self.service.enabled,
                "running": self.service.running,
                "file": self.service.file,
            },
        })
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = vec![match &self.holder {
            Some(holder) => format!("the node host runs (pid {}): {}", holder.pid, self.state()),
            None => "the node host does not run".to_owned(),
        }];
        let mut fact = |name: &str, fact: String| lines.push(format!("  {name:<11}  {fact}"));
        if let Some(written) = &self.written {
            fact("gateway", printable(&written.url));
            fact("node", written.node_id.clone());
        }
        if let Some(written) = self.written.as_ref().filter(|_| self.holder.is_some()) {
            fact("since", ago(written.since_ms, now_ms()));
            written.reason.iter().for_each(|reason| fact("reason", printable(reason)));
            let todo = |id: &String| format!("on the gateway's machine: postern devices approve {}", printable(id));
            written.request_id.iter().for_each(|id| fact("to do", todo(id)));
        }
        fact("rules", self.approvals.clone());
        if self.service.installed {
            let enabled = if self.service.enabled { "starts by itself" } else { "does not start by itself" };
            fact("service", format!("{}, {enabled}", self.service.name));
        } else {
            fact("service", "none; `postern node install` lets the system keep it running".to_owned());
        }
        lines
    }
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
