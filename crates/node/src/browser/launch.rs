//! The program and its process: found, started with a profile of its own, ended with everything it started.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use postern_tools::exec::find_program;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::cdp::{self, Cdp};
use super::said::Said;
use super::wire::{self, Wire};
use super::{Browser, Kind, proxy};
use crate::options::NodeOptions;
use crate::refusal::{Outcome, Refusal};

/// Names under which it is installed.
const NAMES: [&str; 6] =
    ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "microsoft-edge-stable", "brave-browser"];
/// Where it is on systems without a search path for it.
const PLACES: [&str; 6] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
    "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
    "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
];
const LOOK_EVERY: Duration = Duration::from_millis(25);
/// How long it gets to end by itself.
const END: Duration = Duration::from_secs(3);

/// What keeps it quiet, and out of networks that nobody asked for.
const FLAGS: [&str; 16] = [
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pings",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--disable-breakpad",
    "--disable-features=Translate,MediaRouter,OptimizationHints,AutofillServerCommunication",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--proxy-bypass-list=<-loopback>",
    "--password-store=basic",
    "--use-mock-keychain",
    "--mute-audio",
    "--hide-crash-restore-bubble",
    "--window-size=1280,800",
];

/// The Chromium of this computer.
pub(crate) fn find(options: &NodeOptions) -> Option<PathBuf> {
    if let Some(program) = &options.browser.program {
        return program.is_file().then(|| program.clone());
    }
    let search = options.desktop_env.get("PATH").map(String::as_str);
    let installed = NAMES.iter().find_map(|name| find_program(name, search));
    installed.or_else(|| PLACES.iter().map(PathBuf::from).find(|place| place.is_file()))
}

/// A browser that runs. Dropped, it is killed.
pub(super) struct Running {
    pub(super) cdp: Cdp,
    pub(super) pid: Option<u32>,
    pub(super) headless: bool,
    /// The tab that was used last.
    last: Mutex<Option<String>>,
    /// Sessions by their tabs. Each would hear every event of its tab, so one is enough.
    sessions: Mutex<HashMap<String, String>>,
    child: Mutex<Option<Child>>,
    profile: Profile,
    /// The connection to it and its way out.
    _tasks: JoinSet<()>,
}

impl Running {
    pub(super) async fn start(browser: &Browser, program: &Path) -> Outcome<Self> {
        let failed = |what: &str, error: std::io::Error| Refusal::failed(format!("{what}: {error}"));
        let profile = browser.profile.join(uuid::Uuid::new_v4().to_string());
        make_private(&profile).map_err(|error| failed("no profile for the browser", error))?;
        let profile = Profile(profile);
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|error| failed("no way out", error))?;
        let way_out = listener.local_addr().map_err(|error| failed("no way out", error))?.port();
        let mut tasks = JoinSet::new();
        tasks.spawn(proxy::serve(listener, Arc::clone(&browser.guard)));
        let mut command = command(browser, program, (&profile.0, way_out));
        let mut child = command.spawn().map_err(|error| failed("the browser could not be started", error))?;
        let said = Said::of(&mut child, &mut tasks);
        let wire = match Wire::of(&mut child, &profile.0).await {
            Ok(wire) => wire,
            Err(refusal) => return Err(said.explain(refusal, &mut child, browser.no_sandbox).await),
        };
        let (cdp, serving) = cdp::open(wire);
        tasks.spawn(serving);
        let begun = cdp.call(None, "Browser.setDownloadBehavior", json!({ "behavior": "deny" })).await;
        if let Err(refusal) = begun {
            return Err(said.explain(refusal, &mut child, browser.no_sandbox).await);
        }
        Ok(Self::new((cdp, browser.headless), (profile, Some(child)), tasks))
    }

    fn new((cdp, headless): (Cdp, bool), (profile, child): (Profile, Option<Child>), tasks: JoinSet<()>) -> Self {
        let pid = child.as_ref().and_then(Child::id);
        let (last, sessions) = (Mutex::default(), Mutex::default());
        Self { cdp, pid, headless, last, sessions, child: Mutex::new(child), profile, _tasks: tasks }
    }

    pub(super) fn is_alive(&self) -> bool {
        self.cdp.is_open()
    }

    /// Tabs with pages in them.
    pub(super) async fn tabs(&self) -> Outcome<Vec<Value>> {
        let mut targets = self.cdp.call(None, "Target.getTargets", json!({})).await?;
        let all = targets["targetInfos"].take();
        let tabs = all.as_array().into_iter().flatten().filter(|target| target["type"] == "page");
        Ok(tabs.cloned().collect())
    }

    /// The tab that was used last.
    pub(super) fn last(&self) -> Option<String> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn use_tab(&self, target: &str) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(target.to_owned());
    }

    /// The session with a tab, and none with tabs that are closed.
    pub(super) fn session(&self, target: &str, is_open: impl Fn(&str) -> bool) -> Option<String> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|target, _| is_open(target));
        sessions.get(target).cloned()
    }

    pub(super) fn keep_session(&self, target: &str, session: &str) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.insert(target.to_owned(), session.to_owned());
    }

    /// Ends it, politely first.
    pub(super) async fn stop(&self) {
        // It may be gone already, or hang.
        drop(timeout(END, self.cdp.call(None, "Browser.close", json!({}))).await);
        let child = self.child.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut child) = child
            && timeout(END, child.wait()).await.is_err()
        {
            drop(child.kill().await);
        }
        self.profile.remove().await;
    }
}

fn command(browser: &Browser, program: &Path, (profile, way_out): (&Path, u16)) -> Command {
    let mut command = wire::command(program);
    command.args(wire::FLAGS).args(FLAGS).arg(format!("--proxy-server=http://127.0.0.1:{way_out}"));
    command.arg(format!("--user-data-dir={}", profile.display()));
    if browser.headless {
        command.arg("--headless=new");
    }
    if browser.no_sandbox {
        command.arg("--no-sandbox");
    }
    let is_window = browser.kind == Kind::Canvas && !browser.headless;
    command.arg(if is_window { "--app=about:blank" } else { "about:blank" });
    command.env_clear().envs(&browser.env).current_dir(profile);
    command.stderr(Stdio::piped()).kill_on_drop(true);
    #[cfg(unix)]
    command.process_group(0);
    command
}

/// The folder of a profile, gone with this value.
struct Profile(PathBuf);

impl Profile {
    /// Helpers of the browser write a moment longer than itself.
    async fn remove(&self) {
        for _ in 0..40 {
            if std::fs::remove_dir_all(&self.0).is_ok() || !self.0.exists() {
                return;
            }
            sleep(LOOK_EVERY).await;
        }
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        // What a stop has removed is not there; what a crash left is.
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(unix)]
#[cfg(test)]
#[path = "launch_tests.rs"]
mod tests;
