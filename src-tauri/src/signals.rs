//! Signals end the app as Quit does: the gateway says goodbye to its clients.

use tauri::AppHandle;

/// Listens from the moment it is made, before there is anything to stop.
#[cfg(unix)]
pub(crate) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Listens from here on; sudden death is off. Inside the runtime only.
    pub(crate) fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// The name of the next one.
    pub(crate) async fn received(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.hang_up.recv() => "SIGHUP",
        }
    }
}

/// Listens from the moment it is made.
#[cfg(windows)]
pub(crate) struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    /// Listens from here on.
    pub(crate) fn listen() -> std::io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    /// The name of the next one.
    pub(crate) async fn received(&mut self) -> &'static str {
        if self.0.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
        "CTRL_C"
    }
}

/// Obeys until the program ends.
pub(crate) async fn obey(app: AppHandle, mut signals: Signals) {
    let signal = signals.received().await;
    tracing::info!(signal, "Stopping.");
    app.exit(0);
    // Whoever repeats it does not want to wait.
    let signal = signals.received().await;
    tracing::warn!(signal, "Stopped without waiting.");
    std::process::exit(1);
}

/// For tests of debug builds: SIGUSR2 stops the window's thread for as many
/// milliseconds as the environment says. The gateway must not notice.
#[cfg(all(unix, debug_assertions))]
pub(crate) async fn hold_window(app: AppHandle) {
    use tokio::signal::unix::{SignalKind, signal};
    let asked = std::env::var("POSTERN_TEST_HOLD_WINDOW_MS").ok().and_then(|text| text.parse().ok());
    let (Some(milliseconds), Ok(mut told)) = (asked, signal(SignalKind::user_defined2())) else { return };
    while told.recv().await.is_some() {
        let held = app.run_on_main_thread(move || hold(std::time::Duration::from_millis(milliseconds)));
        drop(held);
    }
}

#[cfg(all(unix, debug_assertions))]
#[expect(clippy::disallowed_methods, reason = "stopping the thread is what is tested")]
fn hold(time: std::time::Duration) {
    tracing::info!(?time, "The window's thread stands still.");
    std::thread::sleep(time);
}
