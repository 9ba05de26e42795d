//! What must happen before the first thread starts, and the allocator: this program
//! spends its life in the tray and should be small there.
#![cfg_attr(target_os = "linux", expect(unsafe_code, reason = "the environment and glibc's allocator have no safe interface"))]

use std::time::Duration;

/// What a start or a closed window leaves behind is given back after this long.
pub(crate) const SETTLED: Duration = Duration::from_secs(2);

/// Once, first thing in the program.
#[cfg(target_os = "linux")]
pub(crate) fn prepare() {
    const PLAIN: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if crate::system::needs_plain_rendering() && std::env::var_os(PLAIN).is_none() {
        // SAFETY: no other thread runs yet.
        unsafe { std::env::set_var(PLAIN, "1") };
    }
    #[cfg(target_env = "gnu")]
    // SAFETY: mallopt takes plain numbers, and no other thread runs yet.
    unsafe {
        // Few arenas, and memory given back early.
        libc::mallopt(libc::M_ARENA_MAX, 2);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 256 * 1024);
        libc::mallopt(libc::M_MMAP_THRESHOLD, 128 * 1024);
    }
}

/// Other systems need nothing.
#[cfg(not(target_os = "linux"))]
pub(crate) fn prepare() {}

/// Gives free memory back to the system.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) fn trim() {
    // SAFETY: malloc_trim may be called at any time from any thread.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Other allocators need no advice.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn trim() {}
