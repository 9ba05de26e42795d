//! Members of a command that left its process group: jobs of interactive shells, and children that lead sessions of
//! their own. Found in the process table.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::process::{Pid, PidfdFlags, Signal};

#[derive(Clone, Copy)]
struct Entry {
    pid: i32,
    parent: i32,
    group: i32,
    session: i32,
    alive: bool,
    /// In ticks since the system started; with `pid` it names a process for ever.
    started: u64,
}

/// Everybody seen so far, by number, with the time of the start: who was a member once stays one.
#[derive(Debug, Clone, Default)]
pub(super) struct Members(Arc<Mutex<BTreeMap<i32, u64>>>);

/// Members other than the leader that were alive a moment ago.
pub(super) struct Seen(Vec<Entry>);

impl Members {
    pub(super) fn any_alive(&self, leader: Pid) -> bool {
        !self.look(leader).0.is_empty()
    }

    pub(super) fn look(&self, leader: Pid) -> Seen {
        let leader = leader.as_raw_nonzero().get();
        let all: Vec<Entry> = all();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found: BTreeSet<i32> =
            all.iter().filter(|entry| known.get(&entry.pid) == Some(&entry.started)).map(|entry| entry.pid).collect();
        found.insert(leader);
        let mut before = 0;
        while before != found.len() {
            before = found.len();
            let related =
                |entry: &&Entry| [entry.parent, entry.group, entry.session].iter().any(|id| found.contains(id));
            let more: Vec<i32> = all.iter().filter(related).map(|entry| entry.pid).collect();
            found.extend(more);
        }
        let members = all.into_iter().filter(|entry| entry.alive && entry.pid != leader && found.contains(&entry.pid));
        let members: Vec<Entry> = members.collect();
        known.extend(members.iter().map(|entry| (entry.pid, entry.started)));
        Seen(members)
    }
}

impl Seen {
    pub(super) fn signal(&self, signal: Signal) {
        for entry in &self.0 {
            let Some(pid) = Pid::from_raw(entry.pid) else { continue };
            let Ok(handle) = rustix::process::pidfd_open(pid, PidfdFlags::empty()) else { continue };
            // The handle is of the process we saw only if its number was not given away in between.
            if read(entry.pid).is_some_and(|now| now.started == entry.started) {
                let _ = rustix::process::pidfd_send_signal(handle, signal);
            }
        }
    }
}

fn all() -> Vec<Entry> {
    let Ok(folder) = std::fs::read_dir("/proc") else { return Vec::new() };
    folder.filter_map(|entry| read(entry.ok()?.file_name().to_str()?.parse().ok()?)).collect()
}

/// `proc_pid_stat(5)`: the name in brackets may hold anything, so fields are counted from the last bracket.
fn read(pid: i32) -> Option<Entry> {
    let stat = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    let stat = String::from_utf8_lossy(&stat);
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    let alive = !matches!(fields.next()?, "Z" | "X" | "x");
    let mut number = || fields.next()?.parse().ok();
    let (parent, group, session) = (number()?, number()?, number()?);
    let started = fields.nth(15)?.parse().ok()?;
    Some(Entry { pid, parent, group, session, alive, started })
}
