//! What the gateway knows about its machine, and two small memories: the last
//! heartbeat and the lines that wait for the main session.

pub(crate) mod gateways;
pub mod holder;

use std::collections::VecDeque;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use postern_protocol::system::{Heartbeat, SystemInfoResult};
use sysinfo::{Disks, MemoryRefreshKind, ProcessRefreshKind, ProcessesToUpdate, RefreshKind, System};
use tokio::sync::Semaphore;

/// Addresses of this machine's interfaces.
#[must_use]
pub fn own_addresses() -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    interfaces.iter().map(|interface| interface.ip()).collect()
}

/// Whether an address is in 100.64.0.0/10, which tailnets use.
#[must_use]
pub fn is_tailnet(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V4(ip) if ip.octets()[0] == 100 && ip.octets()[1] & 0xc0 == 64)
}

/// Host name, or `localhost` where there is none.
#[must_use]
pub fn host_name() -> String {
    System::host_name().ok().filter(|name| !name.is_empty()).unwrap_or_else(|| "localhost".to_owned())
}

/// What only the gateway knows about itself.
#[derive(Debug)]
pub struct Own {
    /// Its version.
    pub version: String,
    /// Its port.
    pub port: u16,
    /// Milliseconds since it started.
    pub uptime_ms: u64,
    /// Its state folder.
    pub state_dir: PathBuf,
    /// Addresses of the machine.
    pub addresses: Vec<IpAddr>,
}

/// What this process takes; zero where the system does not tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Process {
    /// Resident memory, bytes.
    pub memory_bytes: u64,
    /// Open files.
    pub open_files: usize,
}

/// What this process takes. Reads files: call it off the async threads.
#[must_use]
pub fn process() -> Process {
    let Ok(own) = sysinfo::get_current_pid() else { return Process::default() };
    let Ok(mut system) = System::new_with_specifics(RefreshKind::nothing()) else { return Process::default() };
    let what = ProcessRefreshKind::nothing().with_memory();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[own]), true, what);
    let Some(process) = system.process(own) else { return Process::default() };
    Process { memory_bytes: process.memory(), open_files: process.open_files().unwrap_or(0) }
}

/// Facts about the machine. Reads files: call it off the async threads.
fn info(own: Own) -> SystemInfoResult {
    let memory = RefreshKind::nothing().with_memory(MemoryRefreshKind::everything());
    let system = System::new_with_specifics(memory).ok();
    let disks = Disks::new_with_refreshed_list().ok();
    let disk = disks
        .iter()
        .flatten()
        .filter(|disk| own.state_dir.starts_with(disk.mount_point()))
        .max_by_key(|disk| disk.mount_point().as_os_str().len());
    let lan = own.addresses.iter().find(|ip| !ip.is_loopback() && ip.is_ipv4());
    SystemInfoResult {
        machine_name: host_name(),
        hostname: host_name(),
        platform: std::env::consts::OS.to_owned(),
        release: System::kernel_version().unwrap_or_else(|_| "unknown".to_owned()),
        arch: std::env::consts::ARCH.to_owned(),
        os_label: System::long_os_version().unwrap_or_else(|_| std::env::consts::OS.to_owned()),
        lan_address: lan.map(ToString::to_string),
        port: Some(own.port),
        node_version: format!("postern {}", own.version),
        pid: std::process::id(),
        uptime_ms: own.uptime_ms,
        cpu_count: std::thread::available_parallelism().map_or(1, usize::from),
        memory_total_bytes: system.as_ref().map_or(0, System::total_memory),
        memory_free_bytes: system.as_ref().map_or(0, System::available_memory),
        disk_total_bytes: disk.map(sysinfo::Disk::total_space),
        disk_available_bytes: disk.map(sysinfo::Disk::available_space),
        disk_path: disk.map(|disk| disk.mount_point().display().to_string()),
    }
}

/// Facts about the machine, looked up by one caller at a time and kept for a
/// moment: a look-up reads files and may hang on a dead network mount.
#[derive(Debug)]
pub struct Machine {
    one_at_a_time: Semaphore,
    latest: Mutex<Option<(Instant, SystemInfoResult)>>,
}

/// How long facts are kept.
const FRESH: Duration = Duration::from_secs(2);

impl Default for Machine {
    fn default() -> Self {
        Self { one_at_a_time: Semaphore::new(1), latest: Mutex::default() }
    }
}

impl Machine {
    /// Facts no older than two seconds; the uptime is of this moment.
    ///
    /// # Errors
    /// When the look-up panicked.
    pub async fn facts(&self, own: Own) -> Result<SystemInfoResult, tokio::task::JoinError> {
        // The semaphore is never closed, so there always is a permit in the end.
        let _turn = self.one_at_a_time.acquire().await;
        if let Some(fresh) = self.fresh() {
            return Ok(SystemInfoResult { uptime_ms: own.uptime_ms, ..fresh });
        }
        let facts = tokio::task::spawn_blocking(move || info(own)).await?;
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), facts.clone()));
        Ok(facts)
    }

    fn fresh(&self) -> Option<SystemInfoResult> {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        latest.as_ref().filter(|(at, _)| at.elapsed() < FRESH).map(|(_, facts)| facts.clone())
    }
}

/// The last heartbeat run.
#[derive(Debug, Default)]
pub struct Heartbeats(Mutex<Option<Heartbeat>>);

impl Heartbeats {
    /// The last one, or `None` when none ran since the start.
    #[must_use]
    pub fn last(&self) -> Option<Heartbeat> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Remembers a run.
    pub fn record(&self, heartbeat: Heartbeat) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(heartbeat);
    }
}

/// Lines that the main session shows its agent at the next run.
#[derive(Debug, Default)]
pub struct SystemEvents(Mutex<VecDeque<String>>);

/// Most lines that wait; the oldest give way.
const MAX_EVENTS: usize = 20;

impl SystemEvents {
    /// Adds a line, unless it repeats the last one.
    pub fn push(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.back() == Some(&line) {
            return;
        }
        if lines.len() >= MAX_EVENTS {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    /// Lines that wait, oldest first.
    #[must_use]
    pub fn waiting(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_bounded_and_not_repeated() {
        let events = SystemEvents::default();
        for n in 0..30 {
            events.push(n.to_string());
            events.push(n.to_string());
        }
        let waiting = events.waiting();
        assert_eq!((waiting.len(), waiting[0].as_str(), waiting[19].as_str()), (20, "10", "29"));
    }

    #[test]
    fn the_machine_is_described_in_whole_numbers() {
        let own = Own { version: "1".into(), port: 7, uptime_ms: 3, state_dir: "/".into(), addresses: own_addresses() };
        let info = info(own);
        assert!(info.cpu_count >= 1 && info.memory_total_bytes > info.memory_free_bytes);
        assert_eq!((info.port, info.uptime_ms), (Some(7), 3));
    }

    #[test]
    fn the_last_heartbeat_is_remembered() {
        let heartbeats = Heartbeats::default();
        assert_eq!(heartbeats.last(), None);
        let run: Heartbeat = serde_json::from_str(r#"{"ts":5,"status":"sent"}"#).unwrap();
        heartbeats.record(run.clone());
        assert_eq!(heartbeats.last(), Some(run));
    }
}
