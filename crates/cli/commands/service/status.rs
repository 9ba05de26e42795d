//! `postern service status`: what is so, and what to do about it.

use postern_gateway::service;
use postern_protocol::service::{ServiceManagerKind, ServiceScope, ServiceStatusResult};
use serde_json::json;

use super::plan::Plan;
use super::{manager, plan};
use crate::args::ServiceScopeArgs;
use crate::commands::Context;
use crate::env::now_ms;
use crate::exit::Outcome;
use crate::local;
use crate::output::ago;

pub(super) fn run(cx: &Context, args: ServiceScopeArgs) -> Outcome {
    let plan = plan(&cx.settings, args)?;
    let status = of(cx, &plan);
    cx.output.answer(&json!(status), || {
        let mut lines = vec![headline(&status)];
        lines.extend(facts(&status));
        lines.extend(status.advice.iter().map(|advice| format!("  to do        {advice}")));
        Ok(lines.join("\n"))
    })
}

/// Everything there is to tell.
pub(super) fn of(cx: &Context, plan: &Plan) -> ServiceStatusResult {
    struct Asked<'a>(&'a Plan);
    impl service::ServiceProbe for Asked<'_> {
        fn look(&self) -> ServiceStatusResult {
            manager::look(self.0)
        }
    }
    let mut status = service::status(&Asked(plan), &local::paths(&cx.settings), now_ms());
    status.advice = service::advice(&status, &cx.settings.program());
    status
}

fn headline(status: &ServiceStatusResult) -> String {
    match (status.installed, status.running, status.gateway_running) {
        (true, true, true) => "the gateway runs as a service".to_owned(),
        (true, true, false) => "the service runs, and no gateway serves".to_owned(),
        (true, false, false) => "the service is stopped".to_owned(),
        (true, false, true) => "the service is stopped; a gateway runs without it".to_owned(),
        (false, _, true) => "there is no service; a gateway runs without one".to_owned(),
        (false, _, false) => "there is no service, and no gateway runs".to_owned(),
    }
}

/// One line for each fact.
pub(super) fn facts(status: &ServiceStatusResult) -> Vec<String> {
    let mut lines = Vec::new();
    let mut fact = |name: &str, fact: String| lines.push(format!("  {name:<11}  {fact}"));
    let manager = match status.manager {
        ServiceManagerKind::Systemd => "systemd",
        ServiceManagerKind::Launchd => "launchd",
        ServiceManagerKind::Windows => "Windows, at sign-in",
        ServiceManagerKind::None => "none",
    };
    let scope = if status.scope == ServiceScope::System { "of the machine" } else { "of this user" };
    if status.installed {
        let enabled = if status.enabled { "starts by itself" } else { "does not start by itself" };
        fact("service", format!("{} ({manager}, {scope}), {enabled}", status.name));
    }
    if let Some(file) = status.file.as_ref().filter(|_| status.installed) {
        fact("file", file.clone());
    }
    if let Some(program) = &status.program {
        let gone = if status.program_current == Some(false) { " (not there any more)" } else { "" };
        fact("program", format!("{program}{gone}"));
    }
    if let (Some(pid), Some(url)) = (status.pid, &status.url) {
        let since = status.since_ms.map_or_else(String::new, |since| format!(", started {}", ago(since, now_ms())));
        fact("gateway", format!("pid {pid}, {url}{since}"));
    }
    if let Some(problem) = &status.problem {
        fact("not serving", problem.clone());
    }
    if let Some(restarts) = status.restarts.filter(|restarts| *restarts > 0) {
        fact("restarts", restarts.to_string());
    }
    if let Some(last) = &status.last_exit {
        let when = last.at_ms.map_or_else(String::new, |at| format!(", {}", ago(at, now_ms())));
        fact("last end", format!("{}{when}", last.reason));
    }
    if let Some(linger) = status.linger.filter(|_| status.installed) {
        fact("lingering", if linger { "yes: it goes on when nobody is signed in" } else { "no" }.to_owned());
    }
    lines
}
