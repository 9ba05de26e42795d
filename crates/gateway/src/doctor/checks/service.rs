//! The service: installed, up to date, and going on without a session.

use postern_protocol::service::{ServiceManagerKind, ServiceScope, ServiceStatusResult};

use super::super::finding::Finding;
use super::super::patient::Patient;
use crate::service;

fn status(patient: &Patient) -> ServiceStatusResult {
    service::status(&*patient.host.service, &patient.paths, patient.clock.now_ms())
}

pub(super) fn installed(patient: &Patient) -> Finding {
    let status = status(patient);
    let install = format!("{} service install", patient.host.command);
    if status.manager == ServiceManagerKind::None {
        return Finding::skipped("there is no service manager here that can be asked");
    }
    if !status.installed {
        return Finding::skipped("not installed: the gateway runs while somebody has it open")
            .fix("install it, and the gateway starts with the machine and comes back after a crash")
            .command(install);
    }
    let program = status.program.clone().unwrap_or_default();
    if status.program_current == Some(false) {
        return Finding::fail(format!("{} starts {program}, which is gone or is not this program", status.name))
            .fix("install it again: that writes the right path")
            .command(install);
    }
    if !status.enabled {
        return Finding::warn(format!("{} is installed but does not start by itself", status.name))
            .fix("install it again")
            .command(install);
    }
    if !status.running && !status.gateway_running {
        let last = status.last_exit.map_or_else(String::new, |last| format!("; it ended: {}", last.reason));
        return Finding::fail(format!("{} is installed and does not run{last}", status.name))
            .fix("start it")
            .command(format!("{} service start", patient.host.command));
    }
    if !status.running {
        return Finding::warn(format!(
            "the gateway runs, but not as {}: it ends with the session that started it",
            status.name
        ))
        .fix("stop it and start the service")
        .command(format!("{} service restart", patient.host.command));
    }
    Finding::ok(format!("{} runs {program}", status.name))
}

pub(super) fn linger(patient: &Patient) -> Finding {
    let status = status(patient);
    if !status.installed || status.manager != ServiceManagerKind::Systemd || status.scope == ServiceScope::System {
        return Finding::skipped("only systemd services of one user end with the user's last session");
    }
    match status.linger {
        Some(true) => Finding::ok("the service goes on when nobody is signed in"),
        Some(false) => Finding::warn("the service ends when you sign out, and starts only when you sign in")
            .fix("let your services run without a session; the system may ask for an administrator")
            .command("loginctl enable-linger"),
        None => Finding::skipped("it cannot be told whether the service goes on without a session"),
    }
}
