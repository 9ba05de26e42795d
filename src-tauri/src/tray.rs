//! The icon in the tray. It is redrawn only when something that it shows has
//! changed: a menu that is rebuilt closes under the pointer.

mod icon;
pub(crate) mod live;
pub(crate) mod menu;

use std::panic::{AssertUnwindSafe, catch_unwind};

use postern::host::Profile;
use postern_client::StatusLevel;
use tauri::menu::{CheckMenuItem, Menu, MenuItem, PredefinedMenuItem, Submenu};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager as _};

use self::menu::{Entry, View};
use crate::actions::{self, Action};
use crate::app::Shell;

/// Name of the icon. On Linux it names the file of the picture, in a folder that
/// all apps of a user share: each profile has its own.
fn id(profile: &Profile) -> String {
    profile.distinct_name().map_or_else(|| "main".to_owned(), |own| format!("main-{own}"))
}

/// Shows the icon. On the main thread only.
///
/// # Errors
/// When the desktop has no tray library, or refuses.
fn show(app: &AppHandle, view: &View) -> Result<TrayIcon, String> {
    // Where the library is missing its loader panics instead of failing.
    let built = catch_unwind(AssertUnwindSafe(|| -> tauri::Result<TrayIcon> {
        TrayIconBuilder::with_id(id(&app.state::<Shell>().profile))
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

/// What of a view is drawn, each by itself: a picture that cannot be written must
/// not keep the menu back. What could not be drawn is missing, and so drawn with
/// the next change.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Drawn {
    level: Option<StatusLevel>,
    headline: Option<String>,
    entries: Option<Vec<Entry>>,
    /// Whether something is missing.
    failed: bool,
}

impl Drawn {
    /// Draws what has changed.
    fn update(&mut self, view: &View, canvas: &impl Canvas) {
        renew(&mut self.level, &view.level, |level| canvas.picture(*level));
        renew(&mut self.headline, &view.headline, |headline| canvas.tooltip(headline));
        renew(&mut self.entries, &view.entries, |entries| canvas.menu(entries));
        self.failed = self.level.is_none() || self.headline.is_none() || self.entries.is_none();
    }
}

fn renew<T: Clone + PartialEq>(drawn: &mut Option<T>, next: &T, draw: impl FnOnce(&T) -> tauri::Result<()>) {
    if drawn.as_ref() == Some(next) {
        return;
    }
    *drawn = match draw(next) {
        Ok(()) => Some(next.clone()),
        Err(error) => {
            tracing::warn!(%error, "A part of the icon cannot be drawn.");
            None
        }
    };
}

/// Where it is drawn. On the main thread only.
trait Canvas {
    fn picture(&self, level: StatusLevel) -> tauri::Result<()>;
    fn tooltip(&self, headline: &str) -> tauri::Result<()>;
    fn menu(&self, entries: &[Entry]) -> tauri::Result<()>;
}

impl Canvas for TrayIcon {
    fn picture(&self, level: StatusLevel) -> tauri::Result<()> {
        self.set_icon_with_as_template(Some(icon::picture(level)?), icon::IS_TEMPLATE)
    }

    fn tooltip(&self, headline: &str) -> tauri::Result<()> {
        self.set_tooltip(Some(headline))
    }

    fn menu(&self, entries: &[Entry]) -> tauri::Result<()> {
        self.set_menu(Some(build(self.app_handle(), entries)?))
    }
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

#[cfg(test)]
mod drawing {
    use std::cell::{Cell, RefCell};

    use super::*;

    /// Notes what is drawn; pictures cannot be drawn while the disk is full.
    #[derive(Default)]
    struct Paper {
        full: Cell<bool>,
        lines: RefCell<Vec<String>>,
    }

    impl Paper {
        fn note(&self, line: String) {
            self.lines.borrow_mut().push(line);
        }
    }

    impl Canvas for Paper {
        fn picture(&self, level: StatusLevel) -> tauri::Result<()> {
            if self.full.get() {
                return Err(std::io::Error::from(std::io::ErrorKind::StorageFull).into());
            }
            self.note(format!("{level:?}"));
            Ok(())
        }

        fn tooltip(&self, headline: &str) -> tauri::Result<()> {
            self.note(headline.to_owned());
            Ok(())
        }

        fn menu(&self, entries: &[Entry]) -> tauri::Result<()> {
            self.note(format!("{} entries", entries.len()));
            Ok(())
        }
    }

    fn view(level: StatusLevel, headline: &str, entries: usize) -> View {
        View { level, headline: headline.to_owned(), entries: vec![Entry::Separator; entries] }
    }

    #[test]
    fn a_picture_that_cannot_be_written_keeps_nothing_else_back_and_is_tried_again() {
        let (paper, mut drawn) = (Paper::default(), Drawn::default());
        drawn.update(&view(StatusLevel::Ok, "fine", 1), &paper);
        assert_eq!(paper.lines.take(), ["Ok", "fine", "1 entries"]);
        paper.full.set(true);
        let next = view(StatusLevel::Attention, "look", 2);
        drawn.update(&next, &paper);
        assert_eq!(paper.lines.take(), ["look", "2 entries"]);
        assert!(drawn.failed);
        paper.full.set(false);
        drawn.update(&next, &paper);
        assert_eq!(paper.lines.take(), ["Attention"]);
        drawn.update(&next, &paper);
        assert!(paper.lines.take().is_empty() && !drawn.failed);
    }
}
