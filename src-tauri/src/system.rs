//! What the operating system does for the app: start at login, clipboard, folders,
//! and whether there is a tray at all.

#[cfg(target_os = "linux")]
#[path = "system/linux.rs"]
mod own;
#[cfg(not(target_os = "linux"))]
#[path = "system/other.rs"]
mod own;

use tauri::AppHandle;
use tauri_plugin_autostart::ManagerExt as _;

#[cfg(target_os = "linux")]
pub(crate) use self::own::rendering;
pub(crate) use self::own::{copy, end_network_process, has_tray, prepare};

/// Whether the system starts the app when its user signs in.
pub(crate) fn starts_at_login(app: &AppHandle) -> bool {
    app.autolaunch().is_enabled().unwrap_or(false)
}

/// Turns that on or off.
pub(crate) fn start_at_login(app: &AppHandle, wanted: bool) {
    let manager = app.autolaunch();
    let done = if wanted { manager.enable() } else { manager.disable() };
    if let Err(error) = done {
        tracing::warn!(%error, wanted, "Start at login cannot be changed.");
    }
}
