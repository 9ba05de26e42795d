//! How the gateway is kept running on its machine. Who does it (systemd, launchd, …)
//! is asked through [`ServiceProbe`], which the program brings: this library starts
//! no programs of the system.

use postern_protocol::service::{ServiceLastExit, ServiceStatusResult};

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
        status.url = Some(format!("ws://127.0.0.1:{}", holder.port));
    }
    let known = status.last_exit.take();
    status.last_exit = merge_exits(starts::last_exit(paths, holder.is_some()), known);
    status.starts.crashes = starts::crashes_in(paths, now_ms, holder.is_some());
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
