//! Whether Tailscale can show the gateway, and does.

use std::collections::BTreeMap;

use postern_protocol::tailscale::TailscaleMode;

use super::super::finding::Finding;
use super::super::patient::Patient;
use crate::tailscale::{Tailscale, Target};

pub(super) fn tailscale(patient: &Patient) -> Finding {
    let config = patient.config().config;
    let mode = config.tailscale.mode;
    if mode == TailscaleMode::Off {
        return Finding::skipped("Tailscale is not asked to show the gateway (gateway.tailscale.mode)");
    }
    let holder = patient.holder();
    let target = Target {
        port: holder.as_ref().map_or(config.port, |holder| holder.port),
        tls: config.tls.enabled,
        base_path: config.control_ui.base_path.clone(),
    };
    let tailscale = Tailscale::new(config.tailscale.clone(), target, BTreeMap::new());
    // Checks block; asking the daemon does not know how to.
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Finding::skipped(format!("Tailscale was not asked: {error}")),
    };
    let status = runtime.block_on(tailscale.status(config.auth.allow_tailscale));
    match (status.problem, status.url) {
        (Some(problem), _) => {
            Finding::fail(format!("`tailscale {}` does not show the gateway", mode.as_str())).fix(problem.message)
        }
        (None, Some(url)) => Finding::ok(format!("Tailscale shows the gateway at {url}")),
        (None, None) => Finding::warn("Tailscale is ready and does not show the gateway yet")
            .fix("the gateway asks it to when it runs")
            .command(format!("{} tailscale {}", patient.host.command, mode.as_str())),
    }
}
