//! Quick send: a shortcut that works everywhere and opens the chat with the cursor
//! in its text field. Off until somebody turns it on.

use tauri::{AppHandle, Manager as _};
use tauri_plugin_global_shortcut::{GlobalShortcutExt as _, ShortcutState};

use crate::app::Shell;
use crate::notices::Plain;
use crate::route::Route;
use crate::{texts, windows};

/// Rarely taken by anything else.
const KEYS: &str = "CommandOrControl+Shift+Space";

/// Turns it on or off; whether it is on then. Some desktops let no program have
/// such a shortcut.
pub(crate) fn set(app: &AppHandle, wanted: bool) -> bool {
    match (wanted, change(app, wanted)) {
        (_, Ok(())) => wanted,
        (false, Err(_)) => false,
        (true, Err(error)) => {
            tracing::warn!(error, "Quick send cannot be turned on.");
            app.state::<Shell>().notices.say(Plain::new(texts::SHORTCUT_TAKEN, error));
            false
        }
    }
}

fn change(app: &AppHandle, wanted: bool) -> Result<(), String> {
    if app.try_state::<tauri_plugin_global_shortcut::GlobalShortcut<tauri::Wry>>().is_none() {
        if !wanted {
            return Ok(());
        }
        // Loaded late: on X11 it holds a connection and a thread.
        app.plugin(tauri_plugin_global_shortcut::Builder::new().build()).map_err(|error| error.to_string())?;
    }
    let shortcuts = app.global_shortcut();
    if shortcuts.is_registered(KEYS) == wanted {
        return Ok(());
    }
    let done = if wanted {
        shortcuts.on_shortcut(KEYS, |app, _, event| {
            if event.state == ShortcutState::Pressed {
                windows::open(app, Some(Route::Compose));
            }
        })
    } else {
        shortcuts.unregister(KEYS)
    };
    done.map_err(|error| error.to_string())
}
