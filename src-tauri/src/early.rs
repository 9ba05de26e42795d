//! What must happen before the first thread starts, and the allocator: this program
//! spends its life in the tray and should be small there.
#![cfg_attr(
    target_os = "linux",
    expect(unsafe_code, reason = "the environment and glibc's allocator have no safe interface")
)]

use std::time::Duration;

/// What a start or a closed window leaves behind is given back after this long.
pub(crate) const SETTLED: Duration = Duration::from_secs(3);

/// Gives memory back once things have settled.
pub(crate) async fn settle() {
    tokio::time::sleep(SETTLED).await;
    drop(tokio::task::spawn_blocking(trim).await);
}

/// Once, first thing in the program.
#[cfg(target_os = "linux")]
pub(crate) fn prepare() {
    if let Some(variable) = crate::system::rendering().filter(|name| std::env::var_os(name).is_none()) {
        // SAFETY: no other thread runs yet.
        unsafe { std::env::set_var(variable, "1") };
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

/// Gives back what only the start or a window needed: free memory, and pages of
/// code and constants that can be read from their files again. Takes a few
/// milliseconds, so not on a thread that others wait for.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) fn trim() {
    // SAFETY: malloc_trim may be called at any time from any thread.
    unsafe {
        libc::malloc_trim(0);
    }
    let maps = std::fs::read_to_string("/proc/self/smaps").unwrap_or_default();
    for (start, end) in unchanged(&maps) {
        // SAFETY: the mapping is that of a file, cannot be written, and holds no page
        // of its own; the next access reads the same bytes from the file again.
        unsafe {
            libc::madvise(start as *mut libc::c_void, end - start, libc::MADV_DONTNEED);
        }
    }
}

/// Mappings of files that nobody can write and that hold no page of their own, in
/// memory or swapped out: what the loader has relocated is not among them.
#[cfg(target_os = "linux")]
fn unchanged(maps: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut mapping = None;
    let mut own_pages = OwnPages::default();
    for line in maps.lines() {
        if let Some(next) = of_file(line) {
            found.extend(mapping.filter(|_| own_pages.are_none()));
            (mapping, own_pages) = (next, OwnPages::default());
        } else if let Some((name, value)) = line.split_once(':') {
            own_pages.hear(name, value.trim() == "0 kB");
        }
    }
    found.extend(mapping.filter(|_| own_pages.are_none()));
    found
}

/// What is known about the pages of a mapping that are not those of its file.
#[cfg(target_os = "linux")]
#[derive(Debug, Clone, Copy, Default)]
struct OwnPages {
    /// Whether each of the lines said that there are none.
    seen: [bool; 3],
}

#[cfg(target_os = "linux")]
impl OwnPages {
    /// A page that was swapped in again is clean and still its own, so one line
    /// does not tell everything.
    const LINES: [&str; 3] = ["Private_Dirty", "Anonymous", "Swap"];

    fn hear(&mut self, name: &str, is_none: bool) {
        if let Some(at) = Self::LINES.iter().position(|known| *known == name) {
            self.seen[at] = is_none;
        }
    }

    fn are_none(self) -> bool {
        self.seen.iter().all(|is_none| *is_none)
    }
}

/// Reads the first line of a mapping: `None` for other lines, `Some(None)` for a
/// mapping that is to be left alone.
#[cfg(target_os = "linux")]
fn of_file(line: &str) -> Option<Option<(usize, usize)>> {
    let mut words = line.split_ascii_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    let range = (usize::from_str_radix(start, 16).ok()?, usize::from_str_radix(end, 16).ok()?);
    let rights = words.next()?;
    let is_file = words.nth(3).is_some_and(|path| path.starts_with('/'));
    Some((is_file && matches!(rights, "r-xp" | "r--p")).then_some(range))
}

/// Other allocators need no advice.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn trim() {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn only_what_comes_from_a_file_and_was_never_written_is_given_back() {
        let mapping = |range: &str, rights: &str, path: &str, own: [u8; 3]| {
            let [dirty, anonymous, swap] = own;
            format!(
                "{range} {rights} 00000000 08:01 42 {path}\nSize: 8 kB\nPrivate_Dirty: {dirty} kB\n\
                 Anonymous: {anonymous} kB\nSwap: {swap} kB\nVmFlags: rd\n"
            )
        };
        let maps = [
            mapping("1000-2000", "r-xp", "/usr/lib/libx.so", [0, 0, 0]),
            mapping("3000-4000", "r--p", "/usr/lib/libx.so", [4, 4, 0]),
            mapping("3100-3200", "r--p", "/usr/lib/libx.so", [0, 4, 0]),
            mapping("3300-3400", "r--p", "/usr/lib/libx.so", [0, 0, 4]),
            mapping("5000-6000", "rw-p", "/usr/lib/libx.so", [0, 0, 0]),
            mapping("9000-a000", "r-xp", "[vdso]", [0, 0, 0]),
            mapping("b000-c000", "r--s", "/dev/shm/x", [0, 0, 0]),
            // An old kernel that does not say it all: left alone.
            "d000-e000 r-xp 00000000 08:01 42 /usr/lib/liby.so\nPrivate_Dirty: 0 kB\n".to_owned(),
            mapping("7000-8000", "r--p", "/usr/share/fonts/a.ttf", [0, 0, 0]),
        ];
        assert_eq!(super::unchanged(&maps.concat()), [(0x1000, 0x2000), (0x7000, 0x8000)]);
    }

    #[test]
    fn everything_still_works_afterwards() {
        let text = "kept ".repeat(10_000);
        super::trim();
        assert_eq!(text.len(), 50_000);
        assert_eq!(std::fs::read_to_string("/proc/self/comm").unwrap().lines().count(), 1);
    }
}
