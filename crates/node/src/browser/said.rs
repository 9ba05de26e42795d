//! What a browser complains about: told when it ends before it could be used.

use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, ChildStderr};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::refusal::Refusal;

/// Bytes that are kept, from their end.
const KEPT: usize = 4 * 1024;
/// What is told of them, characters.
const TOLD: usize = 300;
/// How long a browser that fails gets to end, and to be heard out.
const PATIENCE: Duration = Duration::from_secs(2);

/// The end of its standard error.
pub(super) struct Said(watch::Receiver<Vec<u8>>);

impl Said {
    /// Listens as long as the tasks live: nobody reading would hold the browser up.
    pub(super) fn of(child: &mut Child, tasks: &mut JoinSet<()>) -> Self {
        let (told, said) = watch::channel(Vec::new());
        if let Some(stderr) = child.stderr.take() {
            tasks.spawn(listen(stderr, told));
        }
        Self(said)
    }

    /// The refusal of a browser that has ended, in its own words.
    pub(super) async fn explain(mut self, refusal: Refusal, child: &mut Child, no_sandbox: bool) -> Refusal {
        let Ok(Ok(status)) = timeout(PATIENCE, child.wait()).await else { return refusal };
        let heard_out = async { while self.0.changed().await.is_ok() {} };
        // Something that it started may keep the pipe open.
        drop(timeout(PATIENCE, heard_out).await);
        let said = String::from_utf8_lossy(&self.0.borrow()).into_owned();
        let line: String = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("nothing").to_owned();
        let line: String = line.chars().filter(|c| !c.is_control()).take(TOLD).collect();
        let hint = "; where the sandbox cannot be used (containers), say --browser-no-sandbox";
        let hint = if no_sandbox { "" } else { hint };
        Refusal::failed(format!("the browser ended at once ({status}) and said: {line}{hint}"))
    }
}

async fn listen(mut stderr: ChildStderr, told: watch::Sender<Vec<u8>>) {
    let mut chunk = vec![0; KEPT];
    while let Ok(read @ 1..) = stderr.read(&mut chunk).await {
        told.send_modify(|kept| {
            kept.extend_from_slice(chunk.get(..read).unwrap_or_default());
            kept.drain(..kept.len().saturating_sub(KEPT));
        });
    }
}
