//! A command and everything it started: watching its leader without reaping it, and ending the whole.
//!
//! While the leader is not reaped its number cannot be given to another process, and so cannot be the number of another
//! group or session. So nothing here can hit a stranger, and reaping comes last.

use std::io;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};

use super::members::Members;
use super::process::Status;

/// A session of processes, named by its leader, which is a child of ours and not reaped.
#[derive(Debug, Clone)]
pub(super) struct Group {
    leader: Pid,
    members: Members,
}

impl Group {
    pub(super) fn of(leader: u32) -> io::Result<Self> {
        let pid = i32::try_from(leader).ok().and_then(Pid::from_raw);
        let leader = pid.ok_or_else(|| io::Error::other("the command has no process id"))?;
        Ok(Self { leader, members: Members::default() })
    }

    /// Waits for the leader to end. It stays unreaped.
    pub(super) async fn exited(&self) -> io::Result<Status> {
        #[cfg(target_os = "linux")]
        if let Ok(handle) = rustix::process::pidfd_open(self.leader, rustix::process::PidfdFlags::NONBLOCK) {
            drop(readable(handle)?.readable().await?);
            return status(self.leader, WaitIdOptions::NOHANG);
        }
        let leader = self.leader;
        let waiting = tokio::task::spawn_blocking(move || status(leader, WaitIdOptions::empty()));
        waiting.await.map_err(io::Error::other)?
    }

    /// Asks all to end.
    pub(super) fn ask_to_end(&self) {
        self.signal(Signal::TERM);
        // A stopped process does not see the request.
        self.signal(Signal::CONT);
    }

    /// Kills all.
    pub(super) fn kill(&self) {
        self.signal(Signal::KILL);
    }

    /// Whether processes other than the leader are alive. Where that cannot be seen: no.
    pub(super) fn has_others(&self) -> bool {
        self.members.any_alive(self.leader)
    }

    fn signal(&self, signal: Signal) {
        // Seen before the signal: when a parent has died of it, nothing tells any more whose child one was.
        let seen = self.members.look(self.leader);
        // Nobody there to get it: that is what is wanted in the end.
        let _ = rustix::process::kill_process_group(self.leader, signal);
        seen.signal(signal);
    }
}

fn status(leader: Pid, how: WaitIdOptions) -> io::Result<Status> {
    let status = rustix::process::waitid(WaitId::Pid(leader), how | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)?;
    let status = status.ok_or_else(|| io::Error::other("the command was reported to have ended and has not"))?;
    Ok(Status { code: status.exit_status(), signal: status.terminating_signal() })
}

#[cfg(target_os = "linux")]
#[expect(
    deprecated,
    reason = "what replaced it is unsafe; its danger is a descriptor closed elsewhere, and this one is owned here"
)]
fn readable(handle: std::os::fd::OwnedFd) -> io::Result<tokio::io::unix::AsyncFd<std::os::fd::OwnedFd>> {
    tokio::io::unix::AsyncFd::with_interest(handle, tokio::io::Interest::READABLE)
}
