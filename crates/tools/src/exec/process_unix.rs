//! A running command: waited for, asked to end, killed, and reaped last. Dropped, it is killed with all it started.

use std::io;
use std::time::Duration;

use process_wrap::tokio::ChildWrapper;

use super::group::Group;

/// How often to look whether the rest of a command is gone.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// Exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
}

/// The process that was started.
#[derive(Debug)]
pub(super) enum Leader {
    Pipe(Box<dyn ChildWrapper>),
    Terminal(Box<dyn portable_pty::Child + Send + Sync>),
}

#[derive(Debug)]
pub(super) struct Process {
    /// Absent once reaped.
    leader: Option<Leader>,
    group: Group,
}

impl Process {
    pub(super) fn new(leader: Leader) -> io::Result<Self> {
        let id = match &leader {
            Leader::Pipe(child) => child.id(),
            Leader::Terminal(child) => child.process_id(),
        };
        let group = Group::of(id.unwrap_or(0))?;
        Ok(Self { leader: Some(leader), group })
    }

    /// Waits for the process itself. May be asked again.
    pub(super) async fn exited(&mut self) -> io::Result<Status> {
        self.group.exited().await
    }

    /// Asks it and all it started to end.
    pub(super) fn ask_to_end(&mut self) {
        self.group.ask_to_end();
    }

    /// Kills it and all it started.
    pub(super) fn kill(&mut self) {
        self.group.kill();
    }

    /// Whether something it started is alive.
    pub(super) async fn has_others(&mut self) -> bool {
        let group = self.group.clone();
        // Reads the process table, which takes its time where there are many.
        tokio::task::spawn_blocking(move || group.has_others()).await.unwrap_or(true)
    }

    /// Waits until nothing that it started is alive.
    pub(super) async fn emptied(&mut self) {
        while self.has_others().await {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Takes the ended process off the system's table.
    pub(super) fn reap(mut self) {
        if let Some(leader) = self.leader.take() {
            reap(leader);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Twice: what was started between looking and killing is found by the second look.
        if let Some(leader) = self.leader.take() {
            self.group.kill();
            self.group.kill();
            reap(leader);
        }
    }
}

fn reap(leader: Leader) {
    match leader {
        // The inner one is tokio's own, which keeps trying by itself should the process not have ended yet.
        Leader::Pipe(mut child) => drop(child.inner_mut().try_wait()),
        Leader::Terminal(mut child) => {
            if !matches!(child.try_wait(), Ok(None)) {
                return;
            }
            // Killed a moment ago. Without a thread it stays in the table until the gateway ends: no harm but a number.
            let waiting = std::thread::Builder::new().name("reap-command".to_owned());
            drop(waiting.spawn(move || drop(child.wait())));
        }
    }
}
