//! Ctrl-C, told instead of obeyed.

use crate::exit::{Exit, Failure, Outcome};

/// Listens from the moment it is made; none is lost in between.
#[cfg(unix)]
pub(crate) struct Interrupt(tokio::signal::unix::Signal);
/// Listens from the moment it is made; none is lost in between.
#[cfg(windows)]
pub(crate) struct Interrupt(tokio::signal::windows::CtrlC);

impl Interrupt {
    /// Starts to listen; the default action, sudden death, is off from here on.
    pub(crate) fn listen() -> Outcome<Self> {
        #[cfg(unix)]
        let listening = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt());
        #[cfg(windows)]
        let listening = tokio::signal::windows::ctrl_c();
        listening.map(Self).map_err(|error| Failure::new(Exit::Internal, format!("Ctrl-C cannot be heard: {error}")))
    }

    /// The next one.
    pub(crate) async fn received(&mut self) {
        if self.0.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}
