//! The icon in the tray. It is redrawn only when something that it shows has
//! changed: a menu that is rebuilt closes under the pointer.

mod icon;
pub(crate) mod live;
pub(crate) mod menu;

use std::panic::{AssertUnwindSafe, catch_unwind};

use tauri::AppHandle;
use tauri::menu::{CheckMenuItem, Menu, MenuItem, PredefinedMenuItem, Submenu};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};

use self::menu::{Entry, View};
use crate::actions::{self, Action};

/// Name of the icon.
const ID: &str = "main";

/// Shows the icon. On the main thread only.
///
/// # Errors
/// When the desktop has no tray library, or refuses.
fn show(app: &AppHandle, view: &View) -> Result<TrayIcon, String> {
    // Where the library is missing its loader panics instead of failing.
    let built = catch_unwind(AssertUnwindSafe(|| -> tauri::Result<TrayIcon> {
        TrayIconBuilder::with_id(ID)
            .icon(icon::picture(view.level)?)
            .icon_as_template(icon::IS_TEMPLATE)
            .tooltip(&view.headline)
            .menu(&build(app, &view.entries)?)
            .show_menu_on_left_click(cfg!(not(windows)))
            .on_menu_event(|app, event| match Action::of_id(event.id().as_ref()) {
                Some(action) => actions::run(app, action),
                None => tracing::warn!(id = event.id().as_ref(), "An entry of the menu means nothing."),
            })
            .on_tray_icon_event(|icon, event| {
                // Elsewhere the left button opens the menu, or nothing is told at all.
                if cfg!(windows) && is_left_click(&event) {
                    actions::run(icon.app_handle(), Action::Open);
                }
            })
            .build(app)
    }));
    match built {
        Ok(Ok(icon)) => Ok(icon),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the tray library (libayatana-appindicator3) is missing".to_owned()),
    }
}

/// Draws what has changed. On the main thread only.
fn redraw(app: &AppHandle, icon: &TrayIcon, before: Option<&View>, view: &View) -> tauri::Result<()> {
    if before.is_none_or(|before| before.level != view.level) {
        icon.set_icon_with_as_template(Some(icon::picture(view.level)?), icon::IS_TEMPLATE)?;
    }
    if before.is_none_or(|before| before.headline != view.headline) {
        icon.set_tooltip(Some(&view.headline))?;
    }
    if before.is_none_or(|before| before.entries != view.entries) {
        icon.set_menu(Some(build(app, &view.entries)?))?;
    }
    Ok(())
}

fn is_left_click(event: &TrayIconEvent) -> bool {
    matches!(event, TrayIconEvent::Click { button: MouseButton::Left, button_state: MouseButtonState::Up, .. })
}

fn build(app: &AppHandle, entries: &[Entry]) -> tauri::Result<Menu<tauri::Wry>> {
    let menu = Menu::new(app)?;
    for entry in entries {
        menu.append(built(app, entry)?.as_ref())?;
    }
    Ok(menu)
}

type Built = Box<dyn tauri::menu::IsMenuItem<tauri::Wry>>;

fn built(app: &AppHandle, entry: &Entry) -> tauri::Result<Built> {
    // On most systems `&` marks a letter for the keyboard; a command may hold one.
    let plain = |text: &str| text.replace('&', "&&");
    Ok(match entry {
        Entry::Line(text) | Entry::Off(text) => Box::new(MenuItem::new(app, plain(text), false, None::<&str>)?),
        Entry::Separator => Box::new(PredefinedMenuItem::separator(app)?),
        Entry::Item(action, text) => Box::new(MenuItem::with_id(app, action.id(), plain(text), true, None::<&str>)?),
        Entry::Switch(action, text, on) => {
            Box::new(CheckMenuItem::with_id(app, action.id(), plain(text), true, *on, None::<&str>)?)
        }
        Entry::Menu(text, entries) => {
            let menu = Submenu::new(app, plain(text), true)?;
            for entry in entries {
                menu.append(built(app, entry)?.as_ref())?;
            }
            Box::new(menu)
        }
    })
}
