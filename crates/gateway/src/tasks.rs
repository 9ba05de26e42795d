//! The only place that starts tasks: every one has a name, belongs to the
//! tracker and can be told to stop.

use std::future::Future;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Starts tasks and ends them together.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    cancel: CancellationToken,
}

impl Tasks {
    /// Runs `future` until it ends by itself; shutdown waits for it.
    #[expect(clippy::disallowed_methods, reason = "the one place where tasks start")]
    pub fn spawn(&self, name: &'static str, future: impl Future<Output = ()> + Send + 'static) {
        tracing::trace!(task = name, "started");
        // A task that is not awaited here is still owned: by the tracker.
        drop(tokio::spawn(self.tracker.track_future(future)));
    }

    /// Runs `future` until it ends or shutdown begins.
    pub fn spawn_until_shutdown(&self, name: &'static str, future: impl Future<Output = ()> + Send + 'static) {
        let cancel = self.cancel.clone();
        self.spawn(name, async move {
            tokio::select! {
                () = cancel.cancelled() => {}
                () = future => {}
            }
        });
    }

    /// Completes when shutdown begins.
    pub async fn shutdown_began(&self) {
        self.cancel.cancelled().await;
    }

    /// Tells every task that shutdown has begun.
    pub fn begin_shutdown(&self) {
        self.cancel.cancel();
    }

    /// Completes when every task has ended.
    pub async fn ended(&self) {
        self.tracker.close();
        self.tracker.wait().await;
    }
}
