//! Linux: X11 and Wayland desktops over GTK and D-Bus.

use std::path::Path;

use tauri::AppHandle;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::ConnectionExt as _;

/// Who tells panels about icons.
const WATCHER: &str = "org.kde.StatusNotifierWatcher";

/// What must be set before the toolkit starts, and whether it can start. On the
/// main thread, before any other starts.
pub(crate) fn prepare() -> Result<(), String> {
    gtk::init().map_err(|error| error.to_string())
}

/// The one renderer that is known to leave windows blank is that of the
/// proprietary NVIDIA driver; everybody else keeps the faster way.
pub(crate) fn needs_plain_rendering() -> bool {
    Path::new("/proc/driver/nvidia/version").exists()
}

/// Puts text on the clipboard.
pub(crate) fn copy(app: &AppHandle, text: &str) {
    let text = text.to_owned();
    let copied = app.run_on_main_thread(move || {
        let clipboard = gtk::Clipboard::get(&gtk::gdk::SELECTION_CLIPBOARD);
        clipboard.set_text(&text);
        clipboard.store();
    });
    if let Err(error) = copied {
        tracing::warn!(%error, "Nothing was copied.");
    }
}

/// Whether some panel shows tray icons: by the newer way over D-Bus, or by the
/// older one over X11.
pub(crate) async fn has_tray() -> bool {
    if watcher().await.unwrap_or(false) {
        return true;
    }
    tokio::task::spawn_blocking(|| system_tray().unwrap_or(false)).await.unwrap_or(false)
}

async fn watcher() -> zbus::Result<bool> {
    let bus = zbus::Connection::session().await?;
    let proxy = zbus::fdo::DBusProxy::new(&bus).await?;
    Ok(proxy.name_has_owner(WATCHER.try_into()?).await?)
}

fn system_tray() -> Result<bool, Box<dyn std::error::Error>> {
    let (connection, screen) = x11rb::connect(None)?;
    let name = format!("_NET_SYSTEM_TRAY_S{screen}");
    let atom = connection.intern_atom(false, name.as_bytes())?.reply()?.atom;
    let owner = connection.get_selection_owner(atom)?.reply()?.owner;
    drop(connection.flush());
    Ok(owner != x11rb::NONE)
}
