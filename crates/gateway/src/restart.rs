//! A restart that somebody asked for: the host of the gateway shuts it down and
//! starts it again.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

/// A restart that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestartRequest {
    /// Why; told to clients.
    pub reason: String,
    /// How long it waits, so that whoever asked hears the answer.
    pub delay: Duration,
}

/// Handle to ask for a restart.
#[derive(Debug, Clone, Default)]
pub struct Restart(Arc<watch::Sender<Option<RestartRequest>>>);

impl Restart {
    /// Asks for a restart. The first one counts; later ones are part of it.
    pub fn request(&self, reason: &str, delay: Duration) {
        self.0.send_if_modified(|wanted| {
            let first = wanted.is_none();
            if first {
                tracing::info!(reason, "A restart was asked for.");
                *wanted = Some(RestartRequest { reason: reason.to_owned(), delay });
            }
            first
        });
    }

    /// Whether one is wanted.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Completes when one is wanted and its delay is over.
    pub async fn requested(&self) -> RestartRequest {
        let mut wanted = self.0.subscribe();
        let found = wanted.wait_for(Option::is_some).await.ok().and_then(|found| found.clone());
        // The sender lives in this handle, so it is there.
        let Some(request) = found else { return std::future::pending().await };
        tokio::time::sleep(request.delay).await;
        request
    }
}
