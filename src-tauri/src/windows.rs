//! The window. There is one, it is made when somebody wants it and destroyed when
//! it is closed. It shows the gateway's own page, which has no way into this
//! program; until there is a gateway it shows a page of its own that has none
//! either.

mod attend;
mod guard;
mod scene;

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tauri::webview::{DownloadEvent, NewWindowResponse};
use tauri::{AppHandle, Manager as _, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder};
use tauri_plugin_opener::OpenerExt as _;
use tokio::sync::Notify;

use self::guard::Verdict;
use crate::app::Shell;
use crate::early;
use crate::notices::Plain;
use crate::route::Route;
use crate::{actions, system, texts};

/// Label of the window.
pub(crate) const LABEL: &str = "main";
/// How long a closed window counts as one that may be opened again at once.
const COLD: Duration = Duration::from_secs(8);
/// Size of the first window, and the smallest that the page is made for.
const SIZE: (f64, f64) = (1_180.0, 780.0);
const SMALLEST: (f64, f64) = (340.0, 480.0);

/// What is known about the window between its lives.
#[derive(Clone, Default)]
pub(crate) struct Windows {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    /// Place that somebody wants to see next.
    wanted: Mutex<Option<Route>>,
    /// The gateway's page; only its origin may be navigated to.
    page: Mutex<Option<Url>>,
    /// The page's process ended without being asked.
    crashed: AtomicBool,
    /// The page has drawn something.
    drawn: AtomicBool,
    /// How often in a row it was loaded and empty.
    empty: AtomicU32,
    /// How many windows there were.
    made: AtomicUsize,
    /// Downloads under way.
    downloads: AtomicUsize,
    /// Downloads are told about; once is enough where windows share a context.
    hears_downloads: AtomicBool,
    nudge: Notify,
}

impl Windows {
    fn want(&self, route: Route) {
        *self.inner.wanted.lock().unwrap_or_else(PoisonError::into_inner) = Some(route);
    }

    fn wanted(&self) -> Option<Route> {
        self.inner.wanted.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// What draws the page is gone, or the page did not come.
    fn broke(&self) {
        self.inner.crashed.store(true, Ordering::Release);
        self.inner.nudge.notify_one();
    }

    fn set_page(&self, page: Option<Url>) {
        *self.inner.page.lock().unwrap_or_else(PoisonError::into_inner) = page;
    }

    fn page(&self) -> Option<Url> {
        self.inner.page.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Shows the window, at a place if one is named. From any thread.
pub(crate) fn open(app: &AppHandle, route: Option<Route>) {
    let shell = app.state::<Shell>();
    if let Some(route) = route {
        shell.windows.want(route);
    }
    let handle = app.clone();
    let asked = app.run_on_main_thread(move || present(&handle));
    if let Err(error) = asked {
        tracing::warn!(%error, "The window cannot be opened.");
    }
}

fn present(app: &AppHandle) {
    let shell = app.state::<Shell>();
    if let Some(window) = app.get_webview_window(LABEL) {
        // A window that cannot be raised is there all the same.
        drop(window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus()));
        shell.windows.inner.nudge.notify_one();
        return;
    }
    shell.windows.inner.made.fetch_add(1, Ordering::AcqRel);
    match build(app, &shell) {
        Ok(window) => {
            shell.windows.inner.crashed.store(false, Ordering::Release);
            shell.runtime.spawn(attend::attend(app.clone(), window));
        }
        Err(error) => {
            tracing::error!(%error, "The window cannot be made.");
            in_browser(app);
        }
    }
}

fn build(app: &AppHandle, shell: &Shell) -> tauri::Result<WebviewWindow> {
    let windows = shell.windows.clone();
    let (navigating, popping) = (app.clone(), app.clone());
    let mut builder = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("index.html".into()))
        .title(texts::window_title(shell.profile.name()))
        .inner_size(SIZE.0, SIZE.1)
        .min_inner_size(SMALLEST.0, SMALLEST.1)
        .zoom_hotkeys_enabled(true)
        // Files are dropped onto the page, not onto this program.
        .disable_drag_drop_handler()
        .on_navigation(move |url| match guard::navigation(url, windows.page().as_ref()) {
            Verdict::Allow => true,
            Verdict::Shell(wish) => {
                shell_wish(&navigating, wish);
                false
            }
            // Its own page may be overtaken by the gateway's.
            Verdict::Deny if guard::is_own(url) => false,
            Verdict::Deny => {
                tracing::warn!(origin = %url.origin().ascii_serialization(), "The window may not go there.");
                false
            }
        })
        .on_new_window(move |url, _| {
            if guard::may_leave(&url) {
                outside(&popping, &url);
            }
            NewWindowResponse::Deny
        });
    // On Linux all windows of a program share what downloads, so a second listener
    // would hear everything twice.
    let first = !shell.windows.inner.hears_downloads.swap(true, Ordering::AcqRel);
    if first || !cfg!(target_os = "linux") {
        let windows = shell.windows.clone();
        builder = builder.on_download(move |webview, event| download(webview.app_handle(), &windows, event));
    }
    let window = builder.build()?;
    watch_process(&window, &shell.windows)?;
    Ok(window)
}

fn shell_wish(app: &AppHandle, wish: guard::Wish) {
    match wish {
        guard::Wish::Retry => actions::run(app, actions::Action::Restart),
        guard::Wish::Logs => actions::run(app, actions::Action::Logs),
        guard::Wish::Browser => in_browser(app),
    }
}

/// Whatever leaves the gateway's page opens in the system's browser.
fn outside(app: &AppHandle, url: &Url) {
    tracing::info!(host = url.host_str().unwrap_or_default(), "A link opens in the browser.");
    if let Err(error) = app.opener().open_url(url.as_str(), None::<&str>) {
        tracing::warn!(%error, "A link cannot be opened.");
    }
}

/// Opens the page in the system's browser instead.
pub(crate) fn in_browser(app: &AppHandle) {
    let shell = app.state::<Shell>();
    let (profile, notices) = (shell.profile.clone(), shell.notices.clone());
    shell.runtime.spawn(async move {
        if let Err(error) = profile.open_in_browser().await {
            notices.say(Plain::new(texts::BROWSER_FAILED, error.to_string()));
        }
    });
}

/// Gives back what the window took. Who opens it again soon finds everything warm.
async fn leave(app: AppHandle, made: usize) {
    early::settle().await;
    tokio::time::sleep(COLD).await;
    let handle = app.clone();
    // Windows are made on that thread, so none is made in between.
    let asked = app.run_on_main_thread(move || {
        let windows = &handle.state::<Shell>().windows.inner;
        let is_last = windows.made.load(Ordering::Acquire) == made;
        if is_last && windows.downloads.load(Ordering::Acquire) == 0 {
            system::end_network_process();
        }
    });
    drop(asked);
}

fn download(app: &AppHandle, windows: &Windows, event: DownloadEvent<'_>) -> bool {
    match event {
        DownloadEvent::Requested { url, destination } => {
            // Without a named folder for downloads there still is a home.
            let folder =
                app.path().download_dir().or_else(|_| app.path().home_dir().map(|home| home.join("Downloads")));
            let Some(folder) = folder.ok().filter(|_| guard::may_download(&url, windows.page().as_ref())) else {
                return false;
            };
            // Whatever the page called it, it is a file in that folder.
            drop(std::fs::create_dir_all(&folder));
            *destination = guard::free_name(&folder, destination);
            windows.inner.downloads.fetch_add(1, Ordering::AcqRel);
            true
        }
        DownloadEvent::Finished { path, success, .. } => {
            // One that was not allowed ends too, without having begun.
            let one_less = |under_way: usize| under_way.checked_sub(1);
            let _ = windows.inner.downloads.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_less);
            let name = path.as_deref().and_then(std::path::Path::file_name).unwrap_or_default().to_string_lossy();
            if success {
                app.state::<Shell>().notices.say(Plain::new(texts::DOWNLOADED, name));
            } else {
                tracing::warn!(%name, "A download failed.");
            }
            true
        }
        _ => true,
    }
}

/// Told when the process that draws the page ends by itself.
#[cfg(target_os = "linux")]
fn watch_process(window: &WebviewWindow, windows: &Windows) -> tauri::Result<()> {
    use webkit2gtk::WebViewExt as _;

    let windows = windows.clone();
    window.with_webview(move |webview| {
        let failing = windows.clone();
        webview.inner().connect_load_failed(move |_, _, address, error| {
            let page = failing.page();
            let is_page =
                address.parse::<Url>().is_ok_and(|url| page.is_some_and(|page| page.origin() == url.origin()));
            // Another navigation that overtakes one is no failure.
            if is_page && !error.matches(webkit2gtk::NetworkError::Cancelled) {
                tracing::warn!(%error, "The page could not be loaded.");
                failing.broke();
            }
            false
        });
        webview.inner().connect_web_process_terminated(move |_, reason| {
            tracing::error!(?reason, "The page's process ended.");
            windows.broke();
        });
    })
}

/// The page's process ended by itself.
#[cfg(target_os = "macos")]
pub(crate) fn crashed(app: &AppHandle) {
    app.state::<Shell>().windows.broke();
}

/// The toolkit never lets go of a closed window's scripts, so they are taken out
/// before it closes. On the main thread only.
#[cfg(target_os = "linux")]
pub(crate) fn closing(app: &AppHandle) {
    use webkit2gtk::{UserContentManagerExt as _, WebViewExt as _};

    let Some(window) = app.get_webview_window(LABEL) else { return };
    let emptied = window.with_webview(|webview| {
        if let Some(scripts) = webview.inner().user_content_manager() {
            scripts.remove_all_scripts();
            scripts.unregister_script_message_handler("ipc");
        }
    });
    drop(emptied);
}

/// On other systems it does let go.
#[cfg(not(target_os = "linux"))]
pub(crate) fn closing(_app: &AppHandle) {}

/// On other systems the page is looked at, or the app is told.
#[cfg(not(target_os = "linux"))]
fn watch_process(_window: &WebviewWindow, _windows: &Windows) -> tauri::Result<()> {
    Ok(())
}

/// The window is gone: what it took is given back, and it is said once that the
/// gateway goes on.
pub(crate) fn closed(app: &AppHandle) {
    let shell = app.state::<Shell>();
    shell.windows.set_page(None);
    shell.windows.inner.nudge.notify_one();
    shell.runtime.spawn(leave(app.clone(), shell.windows.inner.made.load(Ordering::Acquire)));
    if !shell.settings.now().close_explained {
        shell.settings.change(|kept| kept.close_explained = true);
        shell.notices.say(Plain::new(texts::STILL_RUNNING, texts::STILL_RUNNING_BODY));
    }
}
