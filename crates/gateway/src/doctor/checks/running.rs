//! What runs: the gateway, who has its port, other gateways, and how starts ended.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use postern_protocol::DEFAULT_PORT;

use super::super::finding::Finding;
use super::super::patient::Patient;
use super::state::count;
use crate::starts;
use crate::state_folder::Holder;
use crate::system::{gateways, holder};

/// Crash files that are named.
const NAMED: usize = 3;

pub(super) fn gateway(patient: &Patient) -> Finding {
    match patient.holder() {
        Some(holder) => {
            let (version, url) = (&holder.version, holder.url());
            let detail = format!("Postern {version} runs (pid {}, {url})", holder.pid);
            if *version == patient.version {
                return Finding::ok(detail);
            }
            Finding::warn(format!("{detail}, and this program is {}", patient.version))
                .fix("restart the gateway, so that both are the same release")
                .command(format!("{} service restart", patient.host.command))
        }
        None => Finding::warn("no gateway uses this state folder now")
            .fix("start it")
            .command(format!("{} service start", patient.host.command)),
    }
}

pub(super) fn port(patient: &Patient) -> Finding {
    let port = patient.config().config.port;
    if let Some(holder) = patient.holder() {
        if port == 0 || holder.port == port {
            return Finding::ok(format!("the gateway listens on {}", holder.port));
        }
        return Finding::ok(format!("the gateway listens on {}; after a restart on {port}", holder.port));
    }
    let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    match TcpListener::bind(addr) {
        Ok(_) => Finding::ok(format!("{port} is free")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            let by = holder::ask(addr, &patient.paths.lock());
            Finding::fail(format!("{addr} is in use by {by}"))
                .fix("end that program, or choose another port with gateway.port; nothing is ended for you")
        }
        Err(error) => {
            Finding::fail(format!("{addr} cannot be listened on: {error}")).fix("choose another gateway.port")
        }
    }
}

pub(super) fn others(patient: &Patient) -> Finding {
    let holder = patient.holder();
    let own = holder.as_ref().map(|holder| holder.port);
    let mut known: Vec<u32> = holder.iter().map(|holder| holder.pid).collect();
    let mut found = Vec::new();
    for state in patient.host.other_states.iter().chain(&gateways::state_folders()) {
        let holder = Holder::alive(&state.join("gateway.lock"));
        if let Some(holder) = holder.filter(|holder| !known.contains(&holder.pid)) {
            known.push(holder.pid);
            found.push(format!("a Postern of {} (pid {}, port {})", state.display(), holder.pid, holder.port));
        }
    }
    let usual = SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT));
    let known = found.iter().any(|found| found.ends_with(&format!("port {DEFAULT_PORT})")));
    if own != Some(DEFAULT_PORT) && !known && holder::is_listening(usual) {
        found.push(format!("{DEFAULT_PORT}: {}", holder::ask(usual, &patient.paths.lock())));
    }
    if found.is_empty() {
        return Finding::ok("none");
    }
    Finding::ok(format!("each has its own state and port, so they do not disturb each other:\n{}", found.join("\n")))
}

pub(super) fn crashes(patient: &Patient) -> Finding {
    let now_ms = patient.clock.now_ms();
    let running = patient.holder().is_some();
    let crashes = starts::crashes_in(&patient.paths, now_ms, running);
    let files = crash_files(patient);
    let last = starts::last_exit(&patient.paths, running).filter(|last| !last.clean);
    let reason = last.map_or_else(String::new, |last| format!(" ({})", last.reason));
    if crashes >= 3 {
        return Finding::fail(format!("the last {crashes} starts ended badly{reason}{}", told(&files)))
            .fix(
                "look into the log, correct the cause, then forgive the crashes: tools and background work begin again",
            )
            .automatic();
    }
    match (crashes, files.as_slice()) {
        (0, []) => Finding::ok("the last start went well"),
        (0, files) => Finding::ok(format!("none lately{}", told(files))),
        (crashes, files) => {
            Finding::warn(format!("{} ended badly{reason}{}", count(crashes as usize, "start"), told(files)))
                .fix("look into the log")
                .command(format!("{} logs", patient.host.command))
        }
    }
}

pub(super) fn forgive(patient: &Patient) -> Result<String, String> {
    let done = starts::forgive_in(&patient.paths, patient.clock.now_ms());
    done.map(|()| "the crashes are forgiven".to_owned()).map_err(|error| error.to_string())
}

fn crash_files(patient: &Patient) -> Vec<String> {
    patient.paths.crash_files().iter().map(|path| path.display().to_string()).collect()
}

fn told(files: &[String]) -> String {
    if files.is_empty() {
        return String::new();
    }
    let named: Vec<&str> = files.iter().take(NAMED).map(String::as_str).collect();
    format!("\n{}: {}", count(files.len(), "crash file"), named.join(", "))
}
