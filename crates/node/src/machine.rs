//! What this computer has and uses, for whoever looks at it from elsewhere.

use std::path::{Path, PathBuf};
use std::time::Duration;

use postern_protocol::nodes::NodeHostStats;
use serde_json::json;
use sysinfo::{Disks, MemoryRefreshKind, RefreshKind, System};

use crate::link::Link;

/// Between two reports.
const EVERY: Duration = Duration::from_secs(60);

/// Reports until the connection ends.
pub(crate) async fn report(link: Link, home: PathBuf) {
    loop {
        let home = home.clone();
        // Files are read, and a dead network mount may hang: not on the async threads.
        let Ok(stats) = tokio::task::spawn_blocking(move || stats(&home)).await else { return };
        link.tell("node.host.stats", &json!(stats)).await;
        tokio::select! {
            () = link.gone.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// The figures of this moment; the disk is the one that `home` is on.
fn stats(home: &Path) -> NodeHostStats {
    let memory = RefreshKind::nothing().with_memory(MemoryRefreshKind::everything());
    let system = System::new_with_specifics(memory).ok();
    let disks = Disks::new_with_refreshed_list().ok();
    let disk = disks
        .iter()
        .flatten()
        .filter(|disk| home.starts_with(disk.mount_point()))
        .max_by_key(|disk| disk.mount_point().as_os_str().len());
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    NodeHostStats {
        cpu_count: u32::try_from(cpus).unwrap_or(u32::MAX),
        load_average: load(),
        memory_total_bytes: system.as_ref().map_or(0, System::total_memory),
        memory_free_bytes: system.as_ref().map_or(0, System::available_memory),
        disk_total_bytes: disk.map(sysinfo::Disk::total_space),
        disk_available_bytes: disk.map(sysinfo::Disk::available_space),
        updated_at_ms: None,
    }
}

/// Windows counts no load.
fn load() -> Option<[f64; 3]> {
    if cfg!(windows) {
        return None;
    }
    let load = System::load_average().ok()?;
    Some([load.one, load.five, load.fifteen])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_computer_has_what_it_uses() {
        let stats = stats(Path::new("/"));
        assert!(stats.cpu_count >= 1 && stats.memory_total_bytes > 0);
        assert!(stats.memory_free_bytes <= stats.memory_total_bytes);
    }
}
