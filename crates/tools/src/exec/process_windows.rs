//! A running command: waited for, ended, with everything in its job. Dropped, it is ended too.

use std::io;
use std::time::Duration;

use process_wrap::tokio::ChildWrapper;
use tokio::sync::watch;

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
pub(super) struct Process(Running);

#[derive(Debug)]
enum Running {
    Pipe(Box<dyn ChildWrapper>),
    Terminal { killer: Box<dyn portable_pty::ChildKiller + Send + Sync>, ended: watch::Receiver<Option<Status>> },
}

impl Process {
    pub(super) fn new(leader: Leader) -> io::Result<Self> {
        let mut child = match leader {
            Leader::Pipe(child) => return Ok(Self(Running::Pipe(child))),
            Leader::Terminal(child) => child,
        };
        let killer = child.clone_killer();
        let (sender, ended) = watch::channel(None);
        let waiting = move || {
            let code = child.wait().ok().and_then(|status| i32::try_from(status.exit_code()).ok());
            drop(sender.send(Some(Status { code, signal: None })));
        };
        std::thread::Builder::new().name("wait-for-command".to_owned()).spawn(waiting)?;
        Ok(Self(Running::Terminal { killer, ended }))
    }

    /// Waits for the process itself. May be asked again.
    pub(super) async fn exited(&mut self) -> io::Result<Status> {
        match &mut self.0 {
            // The wrapped child would wait for the whole job.
            Running::Pipe(child) => {
                let status = child.inner_mut().wait().await?;
                Ok(Status { code: status.code(), signal: None })
            }
            Running::Terminal { ended, .. } => {
                let status = ended.wait_for(Option::is_some).await.map_err(io::Error::other)?;
                status.ok_or_else(|| io::Error::other("the command has no status"))
            }
        }
    }

    /// Windows has no request that every program understands.
    pub(super) fn ask_to_end(&mut self) {
        self.kill();
    }

    /// Ends it and all in its job.
    pub(super) fn kill(&mut self) {
        match &mut self.0 {
            Running::Pipe(child) => drop(child.start_kill()),
            Running::Terminal { killer, .. } => drop(killer.kill()),
        }
    }

    /// Not seen here: the job is ended with the call anyway.
    pub(super) async fn has_others(&mut self) -> bool {
        std::future::ready(false).await
    }

    /// Waits until nothing that it started is alive.
    pub(super) async fn emptied(&mut self) {
        tokio::time::sleep(Duration::ZERO).await;
    }

    /// Nothing is left to do; dropping ends the job.
    pub(super) fn reap(self) {}
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
