//! Keeps the icon as things are, and looks whether there is a panel that shows it.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tauri::{AppHandle, Manager as _};

use super::Drawn;
use super::menu::{Switches, View, view};
use crate::app::Shell;
use crate::notices::Plain;
use crate::{system, texts, windows};

/// How long a panel may take to appear when the desktop itself has just started.
const PANEL_WITHIN: u32 = 8;
const PANEL_EVERY: Duration = Duration::from_millis(750);
/// How often it is looked for later.
const LATE_PANEL_EVERY: Duration = Duration::from_secs(3);
/// Changes within this time are drawn together.
const CALM: Duration = Duration::from_millis(60);

/// Makes the icon for the first time. On the main thread only.
pub(crate) fn begin(app: &AppHandle) {
    draw(app, &current(app));
}

fn current(app: &AppHandle) -> View {
    let shell = app.state::<Shell>();
    let node = shell.told_node();
    let switches = Switches {
        start_at_login: system::starts_at_login(app),
        keep_running: shell.settings.now().keep_running,
        node: node.enabled.then_some(node.state),
    };
    view(&shell.host.now(), &shell.link.facts(), switches)
}

/// Draws icon and menu whenever something that they show changes.
pub(crate) async fn keep_drawn(app: AppHandle) {
    let shell = app.state::<Shell>();
    let (mut host, mut facts, mut kept) = (shell.host.watch(), shell.link.watch(), shell.settings.watch());
    let (mut seen, drawn): (Option<View>, Arc<Mutex<Drawn>>) = Default::default();
    let mut shown = kept.borrow().show_icon;
    loop {
        let changed = tokio::select! {
            changed = host.changed() => changed.is_ok(),
            changed = facts.changed() => changed.is_ok(),
            changed = kept.changed() => changed.is_ok(),
            () = shell.redraw.notified() => true,
        };
        if !changed {
            return;
        }
        tokio::time::sleep(CALM).await;
        facts.mark_unchanged();
        let next = current(&app);
        let show = kept.borrow_and_update().show_icon;
        // Never waits: the window's thread may stand still in the middle of drawing.
        let failed = drawn.try_lock().is_ok_and(|drawn| drawn.failed);
        if seen.as_ref() == Some(&next) && show == shown && !failed {
            continue;
        }
        shown = show;
        seen = Some(next.clone());
        let (handle, drawn) = (app.clone(), Arc::clone(&drawn));
        drop(app.run_on_main_thread(move || {
            update(&handle, &mut drawn.lock().unwrap_or_else(PoisonError::into_inner), &next);
        }));
    }
}

fn update(app: &AppHandle, drawn: &mut Drawn, next: &View) {
    let shell = app.state::<Shell>();
    let icon = shell.icon.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match icon {
        // It is hidden, not removed: on Linux it could not be made a second time.
        Some(icon) => {
            if let Err(error) = icon.set_visible(shell.settings.now().show_icon) {
                tracing::warn!(%error, "The icon can neither be shown nor hidden.");
            }
            drawn.update(next, &icon);
        }
        None => draw(app, next),
    }
}

/// Makes the icon, unless it is not wanted.
fn draw(app: &AppHandle, view: &View) {
    let shell = app.state::<Shell>();
    if !shell.settings.now().show_icon {
        return;
    }
    match super::show(app, view) {
        Ok(icon) => *shell.icon.lock().unwrap_or_else(PoisonError::into_inner) = Some(icon),
        Err(error) => {
            tracing::warn!(error, "There is no icon in the tray.");
            shell.has_tray.store(false, Ordering::Release);
        }
    }
}

/// Where no panel shows icons the window opens instead, and it is said why.
pub(crate) async fn look_for_tray(app: AppHandle) {
    let shell = app.state::<Shell>();
    for _ in 0..PANEL_WITHIN {
        if !shell.settings.now().show_icon {
            return;
        }
        if shell.has_tray.load(Ordering::Acquire) && system::has_tray().await {
            return;
        }
        tokio::time::sleep(PANEL_EVERY).await;
    }
    shell.has_tray.store(false, Ordering::Release);
    shell.notices.say(Plain::new(texts::NO_TRAY, texts::NO_TRAY_BODY));
    windows::open(&app, None);
    // A panel that comes late shows the icon, and closing is not quitting any more.
    while shell.icon.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
        tokio::time::sleep(LATE_PANEL_EVERY).await;
        if system::has_tray().await {
            shell.has_tray.store(true, Ordering::Release);
            return;
        }
    }
}
