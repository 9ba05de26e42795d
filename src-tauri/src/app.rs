//! Wires gateway, connection, tray, window and notices to Tauri's event loop. The
//! loop's thread never waits for any of them.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use postern::host::{Desktop, Profile, Signals};
use postern_protocol::desktop::{DesktopNode, DesktopSetParams};
use tauri::tray::TrayIcon;
use tauri::{AppHandle, Context, Manager as _, RunEvent, WindowEvent};
use tauri_plugin_window_state::StateFlags;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::{Notify, mpsc};

use crate::host::{Host, HostState};
use crate::link::{Facts, Link, Wish};
use crate::node::{self, Node, NodeStatus};
use crate::notices::{Notices, Plain};
use crate::route::Route;
use crate::settings::Settings;
use crate::windows::Windows;
use crate::{actions, early, notices, shortcut, signals, system, texts, tray, windows};

/// Gateway and tray share these; the window's thread is not one of them.
const WORKERS: usize = 2;
/// The gateway has this long for itself before the toolkit is loaded beside it.
const HEAD_START: Duration = Duration::from_millis(400);
/// What everything in the app can reach.
pub(crate) struct Shell {
    /// Whose gateway.
    pub(crate) profile: Profile,
    /// Where everything runs that is not the window's thread.
    pub(crate) runtime: Handle,
    /// The gateway.
    pub(crate) host: Host,
    /// The connection to it.
    pub(crate) link: Link,
    /// This computer as a node.
    pub(crate) node: Node,
    /// What is remembered.
    pub(crate) settings: Settings,
    /// What the desktop is told.
    pub(crate) notices: Notices,
    /// The window.
    pub(crate) windows: Windows,
    /// Something in the menu has changed.
    pub(crate) redraw: Arc<Notify>,
    /// The icon, once there is one.
    pub(crate) icon: Mutex<Option<TrayIcon>>,
    /// Whether some panel shows tray icons.
    pub(crate) has_tray: AtomicBool,
}

impl Shell {
    /// This computer as a node, as it is told to everybody.
    pub(crate) fn told_node(&self) -> DesktopNode {
        self.node.now().told(&self.settings.now().node, &self.link.facts())
    }
}

/// What is taken out once, when the event loop is ready.
struct Starting {
    signals: Signals,
    hidden: bool,
    quit: bool,
    link: Option<String>,
    wishes: mpsc::Receiver<Wish>,
    said: mpsc::Receiver<Plain>,
}

/// Runs the app until it is quit.
pub(crate) fn run(desktop: Desktop) -> ExitCode {
    let profile = desktop.profile;
    if !profile.has_display() {
        return profile.serve_headless();
    }
    if desktop.quit && profile.running_elsewhere().is_none() {
        return ExitCode::SUCCESS;
    }
    early::prepare();
    let (runtime, _log) = match runtime().and_then(|runtime| Ok((runtime, profile.start_log()?))) {
        Ok(started) => started,
        Err(error) => return failed(&error),
    };
    tauri::async_runtime::set(runtime.handle().clone());
    // Before there is anything that would have to be stopped.
    let signals = match runtime.block_on(async { Signals::listen() }) {
        Ok(signals) => signals,
        Err(error) => return failed(&error),
    };
    let settings = Settings::open(profile.state_dir());
    let host = Host::start(runtime.handle(), profile.clone());
    let kept = settings.now();
    let told = kept.told(false, NodeStatus::default().told(&kept.node, &Facts::default()));
    let (link, wishes) = Link::start(runtime.handle(), profile.clone(), host.clone(), told);
    let node = Node::start(runtime.handle(), profile.clone(), &host, &settings);
    let node_stopping = node.stopping();
    let (notices, said) = Notices::new();
    drop(runtime.block_on(async { tokio::time::timeout(HEAD_START, host.settled()).await }));
    if let Err(error) = system::prepare() {
        tracing::warn!(error, "There is no usable display; the gateway goes on without tray and window.");
        let code = without_display(&runtime, &host, signals);
        runtime.block_on(node_stopping);
        return code;
    }
    let shell = Shell {
        profile,
        runtime: runtime.handle().clone(),
        host: host.clone(),
        link,
        node,
        settings,
        notices,
        windows: Windows::default(),
        redraw: Arc::default(),
        icon: Mutex::default(),
        has_tray: AtomicBool::new(true),
    };
    let starting = Starting { signals, hidden: desktop.hidden, quit: desktop.quit, link: desktop.link, wishes, said };
    let code = match build(shell, starting) {
        Ok(app) => app.run_return(heard),
        Err(error) => {
            tracing::error!(%error, "The desktop part cannot start.");
            runtime.block_on(host.stop());
            return failed(&error);
        }
    };
    runtime.block_on(node_stopping);
    runtime.block_on(host.stop());
    runtime.shutdown_timeout(Duration::from_secs(1));
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

fn runtime() -> Result<Runtime, postern::host::HostError> {
    let built =
        tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).thread_name("postern").enable_all().build();
    built.map_err(|error| postern::host::HostError::new(format!("the runtime cannot start: {error}")))
}

fn failed(error: &dyn std::fmt::Display) -> ExitCode {
    use std::io::Write as _;
    // Without standard error there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "postern: {error}");
    ExitCode::FAILURE
}

/// The display was named but cannot be used: serves until a signal ends it.
fn without_display(runtime: &Runtime, host: &Host, mut signals: Signals) -> ExitCode {
    runtime.block_on(async {
        host.settled().await;
        if let HostState::Failed(error) = host.now() {
            return failed(&error);
        }
        signals.received().await;
        host.stop().await;
        ExitCode::SUCCESS
    })
}

fn build(shell: Shell, starting: Starting) -> tauri::Result<tauri::App> {
    let mut context = tauri::generate_context!();
    name(&mut context, &shell.profile);
    let mut builder = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, arguments, _| again(app, &arguments)))
        .plugin(tauri_plugin_deep_link::init())
        // Its script for links would call into this program, which no page may.
        .plugin(tauri_plugin_opener::Builder::new().open_js_links_on_click(false).build())
        .plugin(tauri_plugin_autostart::Builder::new().app_name(texts::NAME).arg("--hidden").build())
        .plugin(
            tauri_plugin_window_state::Builder::new()
                .with_state_flags(StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED)
                .build(),
        );
    #[cfg(not(target_os = "linux"))]
    {
        builder = builder.plugin(tauri_plugin_notification::init());
    }
    #[cfg(target_os = "macos")]
    {
        builder = builder.on_web_content_process_terminate(|webview| windows::crashed(webview.app_handle()));
    }
    builder = builder.manage(shell);
    builder
        .setup(move |app| {
            start(app.handle(), starting);
            Ok(())
        })
        .build(context)
}

/// Profiles are apps of their own: one instance of each, and nothing shared.
fn name(context: &mut Context<tauri::Wry>, profile: &Profile) {
    if let Some(own) = profile.distinct_name() {
        let config = context.config_mut();
        config.identifier = format!("{}.{own}", config.identifier);
    }
}

/// Everything that needs the event loop.
fn start(app: &AppHandle, starting: Starting) {
    let shell = app.state::<Shell>();
    if starting.quit {
        // The app that was meant would have taken this over.
        return app.exit(0);
    }
    #[cfg(target_os = "macos")]
    {
        let mut app = app.clone();
        // Without it there would be an icon in the dock that does nothing.
        drop(app.set_activation_policy(tauri::ActivationPolicy::Accessory));
    }
    // Elsewhere links are arguments of another start.
    #[cfg(target_os = "macos")]
    {
        use tauri_plugin_deep_link::DeepLinkExt as _;
        let handle = app.clone();
        app.deep_link().on_open_url(move |event| {
            event.urls().iter().for_each(|url| follow_link(&handle, url.as_str()));
        });
    }
    tray::live::begin(app);
    shell.runtime.spawn(signals::obey(app.clone(), starting.signals));
    #[cfg(all(unix, debug_assertions))]
    shell.runtime.spawn(signals::hold_window(app.clone()));
    shell.runtime.spawn(tray::live::keep_drawn(app.clone()));
    shell.runtime.spawn(node::keep_told(app.clone()));
    shell.runtime.spawn(grant(app.clone(), starting.wishes));
    notices::follow(&shell.runtime, app.clone(), &shell.link, starting.said);
    if !starting.hidden {
        let route = starting.link.as_deref().and_then(Route::of_link);
        windows::open(app, route);
    }
    shell.runtime.spawn(tray::live::look_for_tray(app.clone()));
    if shell.settings.now().quick_send {
        shortcut::set(app, true);
    }
    // The system knows whether the app starts at login; the page is told.
    actions::apply(app, &DesktopSetParams::default(), None);
    shell.runtime.spawn(early::settle());
}

/// Another start of the same app: it wants the window, or something else said in
/// its arguments.
fn again(app: &AppHandle, arguments: &[String]) {
    if arguments.iter().any(|argument| argument == "--quit") {
        return app.exit(0);
    }
    let link = arguments.iter().skip(1).find(|argument| argument.starts_with("postern:"));
    match link {
        Some(link) => follow_link(app, link),
        None if arguments.iter().any(|argument| argument == "--hidden") => {}
        None => windows::open(app, None),
    }
}

fn follow_link(app: &AppHandle, link: &str) {
    match Route::of_link(link) {
        Some(route) => windows::open(app, Some(route)),
        // What it says is not repeated: it came from anywhere.
        None => tracing::warn!("A postern:// link leads nowhere."),
    }
}

/// What the page wished for, one after the other.
async fn grant(app: AppHandle, mut wishes: mpsc::Receiver<Wish>) {
    while let Some(wish) = wishes.recv().await {
        let handle = app.clone();
        // Toolkits want their own thread for some of it.
        drop(app.run_on_main_thread(move || actions::apply(&handle, &wish.changes, Some(wish.id))));
    }
}

fn heard(app: &AppHandle, event: RunEvent) {
    match event {
        // The last window is closed; whether that is the end was decided before.
        RunEvent::ExitRequested { code: None, api, .. } => api.prevent_exit(),
        RunEvent::WindowEvent { event: WindowEvent::CloseRequested { .. }, .. } => {
            let shell = app.state::<Shell>();
            let kept = shell.settings.now();
            let nothing_left = kept.show_icon && !shell.has_tray.load(Ordering::Acquire);
            windows::closing(app);
            if !kept.keep_running || nothing_left {
                app.exit(0);
            }
        }
        RunEvent::WindowEvent { event: WindowEvent::Destroyed, .. } => windows::closed(app),
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { .. } => windows::open(app, None),
        _ => {}
    }
}
