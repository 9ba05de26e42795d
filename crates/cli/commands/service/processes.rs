//! Ending a process, politely.

/// Asks a process to end. Only ever one that holds this profile's state folder, or
/// that this program has started.
#[cfg(unix)]
pub(crate) fn ask_to_end(pid: u32) {
    use rustix::process::{Pid, Signal, kill_process};
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // It may have ended by itself.
        let _ = kill_process(pid, Signal::TERM);
    }
}

/// Windows has no polite way for programs without a window. What was acknowledged is
/// on disk, as after a power cut.
#[cfg(not(unix))]
pub(crate) fn ask_to_end(pid: u32) {
    drop(super::system::ask(&crate::env::system_program("taskkill.exe"), &["/F", "/PID", &pid.to_string()]));
}
