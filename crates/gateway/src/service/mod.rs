//! How the gateway is kept running on its machine. Who does it (systemd, launchd, …)
//! is asked through [`ServiceProbe`], which the program brings: this library starts
//! no programs of the system.

use postern_protocol::service::{ServiceLastExit, ServiceManagerKind, ServiceScope, ServiceStatusResult};

use crate::options::Paths;
use crate::starts;
use crate::state_folder::Holder;

/// Asks the operating system's service manager. Blocks.
pub trait ServiceProbe: Send + Sync {
    /// What it says about the service of this profile: everything that only it knows.
    fn look(&self) -> ServiceStatusResult;
}

/// Where no service manager is asked.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoService;

impl ServiceProbe for NoService {
    fn look(&self) -> ServiceStatusResult {
        ServiceStatusResult::default()
    }
}

/// Everything there is to tell about the service. Blocks.
#[must_use]
pub fn status(probe: &dyn ServiceProbe, paths: &Paths, now_ms: i64) -> ServiceStatusResult {
    let mut status = probe.look();
    let holder = Holder::alive(&paths.lock());
    status.gateway_running = holder.is_some();
    if let Some(holder) = &holder {
        status.pid = Some(holder.pid);
        status.url = Some(holder.url());
    }
    let known = status.last_exit.take();
    status.last_exit = merge_exits(starts::last_exit(paths, holder.is_some()), known);
    status.starts.crashes = starts::crashes_in(paths, now_ms, holder.is_some());
    status.since_ms = holder.and_then(|holder| starts::began(paths, holder.pid));
    status
}

/// The gateway knows why it ended when it could still say so; the service manager
/// knows what ended it when it could not.
fn merge_exits(own: Option<ServiceLastExit>, told: Option<ServiceLastExit>) -> Option<ServiceLastExit> {
    match (own, told) {
        (Some(own), Some(told)) if own.clean || told.clean => {
            Some(ServiceLastExit { exit_code: told.exit_code, ..own })
        }
        (Some(own), Some(told)) => {
            let at_ms = told.at_ms.or(own.at_ms);
            Some(ServiceLastExit { reason: format!("{}; {}", told.reason, own.reason), at_ms, ..told })
        }
        (own, told) => own.or(told),
    }
}

/// What to do about a status, most important first. `command` is how the user calls
/// the program.
#[must_use]
pub fn advice(status: &ServiceStatusResult, command: &str) -> Vec<String> {
    let mut advice = Vec::new();
    let failed = status.last_exit.as_ref().is_some_and(|last| !last.clean);
    if status.program_current == Some(false) {
        advice.push(format!("the program that it starts is gone: `{command} service install` writes the right path"));
    }
    if status.installed && !status.enabled {
        advice.push(format!("it does not start by itself: `{command} service install`"));
    }
    match (status.installed, status.running, status.gateway_running) {
        (true, true, false) => {
            advice.push(format!("no gateway serves: `{command} doctor` says why, `{command} logs` what it tried"))
        }
        (true, false, true) => advice.push(format!(
            "a gateway runs without the service: `{command} service restart` puts the service in its place"
        )),
        (true, false, false) if failed => {
            advice.push(format!("it ended badly: `{command} doctor` says why, `{command} service start` starts it"))
        }
        (true, false, false) => advice.push(format!("`{command} service start` starts it")),
        (false, _, _) if status.manager != ServiceManagerKind::None => {
            advice.push(format!("`{command} service install` lets the system keep it running"));
        }
        _ => {}
    }
    if status.installed && status.linger == Some(false) && status.scope == ServiceScope::User {
        advice.push("`loginctl enable-linger` lets it run while you are not signed in".to_owned());
    }
    if status.starts.crashes >= 3 {
        advice.push(format!("its last {} starts ended badly: `{command} doctor`", status.starts.crashes));
    }
    advice
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exit(reason: &str, clean: bool, exit_code: Option<i32>) -> ServiceLastExit {
        ServiceLastExit { reason: reason.into(), clean, at_ms: None, exit_code }
    }

    #[test]
    fn both_sides_of_an_end_are_told() {
        let merged = merge_exits(Some(exit("database damaged", false, None)), Some(exit("exited", false, Some(1))));
        assert_eq!(merged, Some(exit("exited; database damaged", false, Some(1))));
        let asked = merge_exits(Some(exit("SIGTERM", true, None)), Some(exit("exited", true, Some(0))));
        assert_eq!(asked, Some(exit("SIGTERM", true, Some(0))));
        assert_eq!(merge_exits(None, None), None);
    }
}
