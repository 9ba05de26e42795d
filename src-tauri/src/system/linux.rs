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

/// Variables that WebKit reads, as this machine needs them.
pub(crate) fn rendering() -> Option<&'static str> {
    if Path::new("/proc/driver/nvidia/version").exists() {
        // The one renderer that is known to leave windows blank is that of the
        // proprietary NVIDIA driver; everybody else keeps the faster way.
        return Some("WEBKIT_DISABLE_DMABUF_RENDERER");
    }
    // A graphics card played by the processor is slower than drawing without one,
    // and takes twice the memory.
    (!Path::new("/dev/dri").exists()).then_some("WEBKIT_DISABLE_COMPOSITING_MODE")
}

/// WebKit keeps the process that loads pages for ever, with what it has loaded. It
/// starts another when there is a window again.
pub(crate) fn end_network_process() {
    const NAME: &str = "WebKitNetworkPr";
    let own = std::process::id();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        if is_child(&stat, NAME, own)
            && let Some(pid) = rustix::process::Pid::from_raw(pid)
        {
            // It may have ended by itself.
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
    }
}

/// Whether a line of `/proc/PID/stat` is that of a child of `parent` with this name.
fn is_child(stat: &str, name: &str, parent: u32) -> bool {
    // The name is in parentheses and may hold some itself.
    let Some((front, back)) = stat.rsplit_once(") ") else { return false };
    let named = front.split_once(" (").is_some_and(|(_, known)| known == name);
    named && back.split(' ').nth(1).and_then(|text| text.parse().ok()) == Some(parent)
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

#[cfg(test)]
mod tests {
    use super::is_child;

    #[test]
    fn only_the_own_process_is_ended() {
        assert!(is_child("7 (WebKitNetworkPr) S 42 42 1", "WebKitNetworkPr", 42));
        assert!(!is_child("7 (WebKitNetworkPr) S 41 42 1", "WebKitNetworkPr", 42));
        assert!(!is_child("7 (WebKitWebProces) S 42 42 1", "WebKitNetworkPr", 42));
        assert!(!is_child("7 (x) S 42 (WebKitNetworkPr) S 42", "WebKitNetworkPr", 42));
        assert!(!is_child("", "WebKitNetworkPr", 42));
    }
}
