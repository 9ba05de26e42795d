//! Everything the tray, its notices and its dialogs say, in one place for a translator.

/// Name of the program.
pub(crate) const NAME: &str = "Postern";
pub(crate) const OPEN: &str = "Open Postern";
pub(crate) const COPY_URL: &str = "Copy gateway address";
pub(crate) const PAIR: &str = "Pair a phone…";
pub(crate) const RECENT: &str = "Recent conversations";
pub(crate) const RESTART: &str = "Restart gateway";
pub(crate) const START: &str = "Start the gateway here";
pub(crate) const LOGS: &str = "Show logs";
pub(crate) const LOGIN: &str = "Start at login";
pub(crate) const KEEP: &str = "Keep running when the window closes";
pub(crate) const NODE: &str = "This computer is a node";
pub(crate) const NODE_CONNECTING: &str = "Node: connecting";
pub(crate) const NODE_CONNECTED: &str = "Node: connected";
pub(crate) const NODE_WAITING: &str = "Node: waits for approval";
pub(crate) const NODE_FAILED: &str = "Node: not connected";
pub(crate) const NODE_REFUSED: &str = "Nobody approved what this computer offers";
pub(crate) const UPDATES: &str = "Check for updates…";
pub(crate) const QUIT: &str = "Quit";
pub(crate) const QUIT_AND_STOP: &str = "Quit (stops the gateway)";
pub(crate) const QUIT_ONLY: &str = "Quit (gateway keeps running)";
pub(crate) const APPROVE: &str = "Approve";
pub(crate) const REJECT: &str = "Reject";
pub(crate) const ALLOW_ONCE: &str = "Allow once";
pub(crate) const DENY: &str = "Deny";
pub(crate) const DETAILS: &str = "Show details";

pub(crate) const STARTING: &str = "The gateway is starting";
pub(crate) const STOPPED: &str = "The gateway is stopped";
pub(crate) const FAILED: &str = "The gateway cannot start";
pub(crate) const UNKNOWN_PAGE: &str = "The gateway does not say where its page is; it may be another version";
pub(crate) const LOST: &str = "The gateway that ran here is gone";

pub(crate) const STILL_RUNNING: &str = "Postern is still running";
pub(crate) const STILL_RUNNING_BODY: &str = "The window is closed, the gateway goes on. Reopen or quit it from the tray icon; start Postern again if you see none.";
pub(crate) const NO_TRAY: &str = "This desktop shows no tray icons";
pub(crate) const NO_TRAY_BODY: &str = "Postern opened its window instead. Closing it quits Postern and stops the gateway it runs. \
     For tray icons install your desktop's AppIndicator extension.";
pub(crate) const WEBVIEW_BROKEN: &str = "The window cannot show the page";
pub(crate) const WEBVIEW_BROKEN_BODY: &str = "Postern opened it in your browser instead.";
pub(crate) const BROWSER_FAILED: &str = "The browser cannot be opened";
pub(crate) const DOWNLOADED: &str = "Saved to Downloads";
pub(crate) const REFUSED: &str = "The gateway refused";
pub(crate) const SHORTCUT_TAKEN: &str = "The shortcut for quick send is not available";

/// Title of the window.
pub(crate) fn window_title(profile: Option<&str>) -> String {
    profile.map_or_else(|| NAME.to_owned(), |profile| format!("{NAME} – {profile}"))
}

/// Title of the notice about updates.
pub(crate) fn updates_title() -> String {
    format!("Postern {}", env!("CARGO_PKG_VERSION"))
}

/// Nothing is checked, and that is what it says.
pub(crate) const UPDATES_BODY: &str = "App and gateway are one program of this version. It does not look for updates by itself; your package manager does.";

/// A device that asks to be let in, as a line of the menu.
pub(crate) fn wants_in(name: &str) -> String {
    format!("{name} wants to connect")
}

/// A command that waits, as a line of the menu.
pub(crate) fn wants_to_run(command: &str) -> String {
    format!("Run {command}?")
}

/// How long something can still be answered.
pub(crate) fn answer_within(minutes: i64) -> String {
    if minutes == 1 { "Answer within 1 minute".to_owned() } else { format!("Answer within {minutes} minutes") }
}
