//! macOS and Windows.

use std::io::Write as _;
use std::process::{Command, Stdio};

use tauri::AppHandle;

/// Nothing has to be done before the toolkit starts.
pub(crate) fn prepare() -> Result<(), String> {
    Ok(())
}

/// Puts text on the clipboard, through the program that each system has for it.
pub(crate) fn copy(_app: &AppHandle, text: &str) {
    let program = if cfg!(windows) { "clip" } else { "pbcopy" };
    let started = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let copied = started.and_then(|mut child| {
        if let Some(mut input) = child.stdin.take() {
            input.write_all(text.as_bytes())?;
        }
        child.wait().map(drop)
    });
    if let Err(error) = copied {
        tracing::warn!(%error, "Nothing was copied.");
    }
}

/// These systems end it themselves.
pub(crate) fn end_network_process() {}

/// There always is one.
#[expect(clippy::unused_async, reason = "asking takes time on Linux")]
pub(crate) async fn has_tray() -> bool {
    true
}
