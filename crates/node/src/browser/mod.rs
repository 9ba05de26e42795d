//! A Chromium of this computer, with a profile of its own, steered over the DevTools protocol. It reaches the network
//! through a proxy of this program alone, which refuses addresses that are not in the public web: names are looked up
//! once, where they are checked.
//!
//! - `launch.rs`: the program and its process. `cdp.rs`: the protocol, over `wire_*.rs`. `said.rs`: its complaints.
//! - `proxy.rs`: the way out.
//! - `page.rs`: one tab, read and acted on. `routes.rs`: what `browser.proxy` understands.

mod cdp;
mod guard;
mod keys;
mod launch;
mod page;
mod proxy;
mod routes;
mod said;
#[cfg_attr(unix, path = "wire_unix.rs")]
#[cfg_attr(windows, path = "wire_windows.rs")]
mod wire;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tokio::sync::Semaphore;
use url::Url;

pub(crate) use self::guard::is_host;
pub(crate) use self::launch::find;

use self::guard::Guard;
use self::launch::Running;
use self::page::Page;
use crate::options::NodeOptions;
use crate::refusal::{Outcome, Refusal};

/// What a browser is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `browser.proxy`: without a window.
    Steered,
    /// `canvas.*`: in a window where there is a screen.
    Canvas,
}

/// A browser that runs when it is needed.
pub(crate) struct Browser {
    kind: Kind,
    program: Option<PathBuf>,
    env: BTreeMap<String, String>,
    profile: PathBuf,
    no_sandbox: bool,
    headless: bool,
    guard: Arc<Guard>,
    running: Mutex<Option<Arc<Running>>>,
    /// One start at a time.
    starting: Semaphore,
}

impl Browser {
    /// Nothing runs yet. `gateway` is an address that may be reached wherever it is.
    pub(crate) fn new(kind: Kind, options: &NodeOptions, gateway: Option<&str>) -> Self {
        let name = if kind == Kind::Canvas { "canvas" } else { "browser" };
        let mut guard = Guard::new(&options.browser.allow_private);
        if let Some(url) = gateway.and_then(|url| Url::parse(url).ok()) {
            guard.allow(&url);
        }
        Self {
            kind,
            program: find(options),
            env: options.desktop_env.clone(),
            profile: options.scratch.join(name),
            no_sandbox: options.browser.no_sandbox,
            headless: kind == Kind::Steered || !options.display,
            guard: Arc::new(guard),
            running: Mutex::default(),
            starting: Semaphore::new(1),
        }
    }

    fn slot(&self) -> MutexGuard<'_, Option<Arc<Running>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The browser that runs, if one does.
    fn now(&self) -> Option<Arc<Running>> {
        let (gone, now) = {
            let mut slot = self.slot();
            (slot.take_if(|running| !running.is_alive()), slot.clone())
        };
        // Deletes its profile, so not while others wait for the lock.
        drop(gone);
        now
    }

    /// The browser; started where none runs.
    async fn running(&self) -> Outcome<Arc<Running>> {
        let _one = self.starting.acquire().await.map_err(|_| Refusal::failed("the node host ends"))?;
        if let Some(running) = self.now() {
            return Ok(running);
        }
        let Some(program) = &self.program else {
            return Err(Refusal::unsupported(
                "this computer has no Chromium or Chrome; install one, or name it with --browser",
            ));
        };
        let running = Arc::new(Running::start(self, program).await?);
        *self.slot() = Some(Arc::clone(&running));
        Ok(running)
    }

    /// Ends it; its profile is deleted.
    pub(crate) async fn stop(&self) {
        let running = self.slot().take();
        if let Some(running) = running {
            running.stop().await;
        }
    }

    /// `browser.proxy`.
    pub(crate) async fn serve(&self, params: &Value) -> Outcome {
        routes::serve(self, params).await
    }

    /// The tab that is meant: by its id, or the one that was used last.
    async fn page(&self, target: Option<&str>) -> Outcome<Page> {
        let running = self.running().await?;
        Page::of(&running, target).await
    }

    /// An address that may be opened.
    async fn checked(&self, text: &str) -> Outcome<Url> {
        self.guard.checked(text).await
    }

    /// Shows a page in the tab there is.
    pub(crate) async fn show(&self, url: &Url) -> Outcome<()> {
        let url = self.checked(url.as_str()).await?;
        self.page(None).await?.navigate(&url).await.map(drop)
    }

    /// Whether the page that is shown has this in its path.
    pub(crate) async fn shows(&self, part: &str) -> bool {
        if self.now().is_none() {
            return false;
        }
        match self.page(None).await {
            Ok(page) => page.url().await.is_ok_and(|url| url.contains(part)),
            Err(_) => false,
        }
    }

    /// What a script says in the page that is shown.
    pub(crate) async fn evaluate(&self, script: &str) -> Outcome {
        if self.now().is_none() {
            return Err(Refusal::failed("nothing is shown: canvas.present first"));
        }
        self.page(None).await?.evaluate(script).await
    }

    /// A picture of the page that is shown, in base64. `quality` is from 0 to 1.
    pub(crate) async fn picture(&self, format: &str, quality: Option<f64>) -> Outcome<String> {
        if self.now().is_none() {
            return Err(Refusal::failed("nothing is shown: canvas.present first"));
        }
        let mut how = json!({ "format": format });
        if let Some(quality) = quality {
            how["quality"] = json!((quality * 100.0).round());
        }
        self.page(None).await?.picture(how).await
    }
}
