//! The environment of the processes above this one.

/// Whether a process above this one was started with a variable: whoever takes it
/// out of the environment of one command has not taken it out of the shell's.
#[cfg(target_os = "linux")]
pub(super) fn ancestors_have(name: &str) -> bool {
    /// More than any chain of shells.
    const DEEPEST: usize = 32;
    let parent_of = |pid: &str| -> Option<String> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name in parentheses may hold anything, parentheses too.
        stat.rsplit_once(')')?.1.split_whitespace().nth(1).map(str::to_owned)
    };
    let is_set = |pid: &str| {
        let variables = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        variables
            .split(|byte| *byte == 0)
            .any(|one| one.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.first() == Some(&b'=')))
    };
    let mut pid = "self".to_owned();
    for _ in 0..DEEPEST {
        match parent_of(&pid).filter(|parent| parent != "0") {
            Some(parent) if is_set(&parent) => return true,
            Some(parent) => pid = parent,
            None => return false,
        }
    }
    false
}

/// Other systems do not show the environment of other processes.
#[cfg(not(target_os = "linux"))]
pub(super) fn ancestors_have(_name: &str) -> bool {
    false
}
