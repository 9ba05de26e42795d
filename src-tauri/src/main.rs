//! `postern-desktop`: the gateway with a tray icon and a window. The gateway
//! starts before anything graphical and never waits for it; the tray is a client
//! like any other.
//!
//! | file | owns |
//! |---|---|
//! | `host` | the gateway in this process, or the one that was there before |
//! | `link` | the tray's connection to it, and what is known through it |
//! | `node` | this computer as a node of the same gateway, while its user wants that |
//! | `app` | wires everything to Tauri's event loop |
//! | `tray` | icon and menu, decided by a pure function |
//! | `windows` | the window: made when wanted, destroyed when closed |
//! | `notices` | what the desktop is told about requests that wait |
//! | `actions` | what menu, notices, links and the page can ask for |
//! | `system`, `early` | what differs between systems; what must happen before the first thread |
//! | `settings`, `route`, `shortcut`, `signals`, `texts` | as named |
#![cfg_attr(windows, windows_subsystem = "windows")]

mod actions;
mod app;
mod early;
mod host;
mod link;
mod node;
mod notices;
mod route;
mod settings;
mod shortcut;
mod signals;
mod system;
mod texts;
mod tray;
mod windows;

use std::io::Write as _;
use std::process::ExitCode;

use postern::host::Launch;

fn main() -> ExitCode {
    // What the packaged `postern` command says before its own arguments.
    let mut arguments = std::env::args_os();
    if arguments.nth(1).is_some_and(|first| first == "--command") {
        let program = std::iter::once("postern".into());
        return postern::run_with(program.chain(arguments).collect());
    }
    match Launch::of_process() {
        Ok(Launch::Command) => postern::run(),
        Ok(Launch::Desktop(desktop)) => app::run(*desktop),
        Err(error) => {
            // Without standard error there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "postern: {error}");
            error.exit_code()
        }
    }
}
