//! Signals end the app as Quit does: the gateway says goodbye to its clients.

use postern::host::Signals;
use tauri::AppHandle;

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
