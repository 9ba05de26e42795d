//! Signals end the app as Quit does: the gateway says goodbye to its clients.

use tauri::AppHandle;

/// Obeys from here on. Inside the runtime only.
pub(crate) async fn obey(app: AppHandle) {
    let signal = received().await;
    tracing::info!(signal, "Stopping.");
    app.exit(0);
    // Whoever repeats it does not want to wait.
    let signal = received().await;
    tracing::warn!(signal, "Stopped without waiting.");
    std::process::exit(1);
}

/// The next signal that asks to end. Each call listens anew.
#[cfg(unix)]
pub(crate) async fn received() -> &'static str {
    use tokio::signal::unix::{SignalKind, signal};
    let listening = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()), signal(SignalKind::hangup()));
    let (Ok(mut interrupt), Ok(mut terminate), Ok(mut hang_up)) = listening else {
        tracing::warn!("Signals cannot be received; they end the program at once.");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => "SIGINT",
        _ = terminate.recv() => "SIGTERM",
        _ = hang_up.recv() => "SIGHUP",
    }
}

/// The next signal that asks to end.
#[cfg(windows)]
pub(crate) async fn received() -> &'static str {
    match tokio::signal::ctrl_c().await {
        Ok(()) => "CTRL_C",
        Err(_) => std::future::pending().await,
    }
}
