//! One window's life, from its making to its end: shows what there is to show,
//! looks whether it is really drawn, and goes to the browser when it is not.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tauri::webview::Cookie;
use tauri::webview::cookie::SameSite;
use tauri::{AppHandle, Manager as _, Url, WebviewWindow};

use super::scene::{OwnState, Scene, gives_way, scene};
use super::{LABEL, Windows, in_browser};
use crate::app::Shell;
use crate::notices::Plain;
use crate::route::Route;
use crate::texts;

/// How often the page is looked at, and how many times before it counts as blank.
const LOOK_EVERY: Duration = Duration::from_secs(2);
const LOOKS: u32 = 20;
/// What a drawn page has at least: more than an empty document. One that has loaded
/// and still is empty will stay so.
const LOOK: &str = "(() => { const n = document.body ? document.body.querySelectorAll('*').length : 0; \
     return n < 4 && document.readyState === 'complete' ? -1 : n; })()";
const DRAWN: i64 = 4;
/// Looks at a loaded and empty page before it is loaded again.
const EMPTY_LOOKS: u32 = 3;
/// How often a page is loaded again before the browser has to do, and how long the
/// last trouble may have to pass.
const RELOADS: u32 = 2;
const BREATH: Duration = Duration::from_millis(400);

/// What the window is doing.
struct Window {
    app: AppHandle,
    window: WebviewWindow,
    windows: Windows,
    /// This program's own page.
    own: Url,
    shown: Scene,
    /// Looks that are left before the page counts as blank; none when it is drawn.
    looks: Option<u32>,
    /// How often it had to be loaded again.
    troubles: u32,
}

/// Until the window is closed.
pub(super) async fn attend(app: AppHandle, window: WebviewWindow) {
    let shell = app.state::<Shell>();
    let (mut host, mut facts) = (shell.host.watch(), shell.link.watch());
    let windows = shell.windows.clone();
    let Ok(own) = window.url() else { return };
    let shown = Scene::Own { state: OwnState::Starting, text: String::new() };
    let mut it = Window { app: app.clone(), window, windows, own, shown, looks: None, troubles: 0 };
    loop {
        if app.get_webview_window(LABEL).is_none() {
            return;
        }
        let next = scene(&host.borrow_and_update(), &facts.borrow_and_update());
        it.step(next).await;
        let nudge = it.windows.clone();
        let changed = tokio::select! {
            changed = host.changed() => changed.is_ok(),
            changed = facts.changed() => changed.is_ok(),
            () = nudge.inner.nudge.notified() => true,
            () = tokio::time::sleep(LOOK_EVERY), if it.looks.is_some() => {
                it.look();
                true
            }
        };
        if !changed {
            return;
        }
    }
}

impl Window {
    async fn step(&mut self, next: Scene) {
        if self.windows.inner.crashed.swap(false, Ordering::AcqRel) {
            self.trouble().await;
        }
        // A page that cannot be drawn stays with the browser until it is opened anew.
        let broken = matches!(self.shown, Scene::Own { state: OwnState::Broken, .. });
        if !broken && gives_way(&self.shown, &next) {
            self.show(next).await;
        } else if let Scene::Page { url, .. } = &self.shown
            && let Some(route) = self.windows.wanted()
        {
            let url = url.clone();
            self.go(&url, Some(route));
        }
    }

    async fn show(&mut self, next: Scene) {
        match &next {
            Scene::Own { state, text } => {
                self.windows.set_page(None);
                self.looks = None;
                self.navigate(own_page(&self.own, *state, text));
            }
            Scene::Page { url, cookie } => {
                if let Some(cookie) = cookie {
                    self.sign_in(cookie.clone()).await;
                }
                let same = matches!(&self.shown, Scene::Page { url: shown, .. } if shown == url);
                if same {
                    // It lost its gateway and got it back; what was typed stays.
                    self.tell("postern:attached");
                } else {
                    self.windows.set_page(Some(url.clone()));
                    self.windows.inner.drawn.store(false, Ordering::Release);
                    self.windows.inner.empty.store(0, Ordering::Release);
                    self.looks = Some(LOOKS);
                    let route = self.windows.wanted();
                    self.go(url, route);
                }
            }
        }
        self.shown = next;
    }

    /// Into the store that scripts cannot read. It waits for the window's thread, so
    /// it must not happen on one of the runtime's.
    async fn sign_in(&self, (name, value): (String, String)) {
        let window = self.window.clone();
        let set = tokio::task::spawn_blocking(move || {
            let cookie = Cookie::build((name, value)).domain("127.0.0.1").path("/").http_only(true);
            window.set_cookie(cookie.same_site(SameSite::Strict).build())
        });
        match set.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "The window cannot be signed in."),
            Err(error) => tracing::warn!(%error, "The window cannot be signed in."),
        }
    }

    fn go(&self, page: &Url, route: Option<Route>) {
        let mut url = page.clone();
        let compose = route == Some(Route::Compose);
        url.set_fragment(route.and_then(|route| route.fragment()).as_deref());
        self.navigate(url);
        if compose {
            self.tell("postern:compose");
        }
    }

    fn navigate(&self, url: Url) {
        if let Err(error) = self.window.navigate(url) {
            // It has just been closed.
            tracing::debug!(%error, "The window cannot go on.");
        }
    }

    /// The one thing that is said to the page; it cannot answer.
    fn tell(&self, event: &'static str) {
        if let Err(error) = self.window.eval(format!("window.dispatchEvent(new Event('{event}'))")) {
            tracing::debug!(%error, "The page was not told.");
        }
    }

    /// Looks whether the page is drawn. The answer comes later, or never.
    fn look(&mut self) {
        if self.windows.inner.drawn.load(Ordering::Acquire) {
            self.looks = None;
            return;
        }
        match self.looks {
            Some(left) if left == 0 || self.windows.inner.empty.load(Ordering::Acquire) >= EMPTY_LOOKS => {
                tracing::error!("The page stays blank.");
                self.windows.inner.crashed.store(true, Ordering::Release);
                self.looks = None;
            }
            Some(left) => {
                self.looks = Some(left - 1);
                let windows = self.windows.clone();
                let asked = self.window.eval_with_callback(LOOK, move |answer| windows.judge(&answer));
                drop(asked);
            }
            None => {}
        }
    }

    /// Loads the page once more; in the end the browser has to do.
    async fn trouble(&mut self) {
        let Scene::Page { url, .. } = self.shown.clone() else { return };
        self.troubles += 1;
        if self.troubles <= RELOADS {
            tokio::time::sleep(BREATH).await;
            self.windows.inner.empty.store(0, Ordering::Release);
            self.windows.inner.drawn.store(false, Ordering::Release);
            self.looks = Some(LOOKS);
            self.go(&url, None);
            return;
        }
        let broken = Scene::Own { state: OwnState::Broken, text: texts::WEBVIEW_BROKEN.to_owned() };
        self.show(broken).await;
        self.app.state::<Shell>().notices.say(Plain::new(texts::WEBVIEW_BROKEN, texts::WEBVIEW_BROKEN_BODY));
        in_browser(&self.app);
    }
}

impl Windows {
    /// What a look at the page has shown.
    fn judge(&self, answer: &str) {
        let count = answer.trim().parse::<i64>().unwrap_or_default();
        self.inner.drawn.fetch_or(count >= DRAWN, Ordering::AcqRel);
        if count < 0 {
            self.inner.empty.fetch_add(1, Ordering::AcqRel);
        } else {
            self.inner.empty.store(0, Ordering::Release);
        }
    }
}

/// This program's own page reads what to say behind the `#`.
fn own_page(own: &Url, state: OwnState, text: &str) -> Url {
    let mut url = own.clone();
    let said = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("state", state.as_str())
        .append_pair("text", text)
        .finish();
    url.set_fragment(Some(&said));
    url
}
