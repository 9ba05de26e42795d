//! What is asked of the machine and its user, besides settings.

/// Names of the variables of this process; never their values.
pub(crate) fn variable_names() -> Vec<String> {
    let mut names: Vec<String> = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect();
    names.sort();
    names
}

/// Name of the user.
pub(crate) fn user_name() -> Option<String> {
    ["USER", "LOGNAME", "USERNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok())
        .filter(|name| !name.is_empty())
}

/// Number of the user; 0 where there is none.
#[cfg(unix)]
pub(crate) fn user_id() -> u32 {
    rustix::process::getuid().as_raw()
}

/// Number of the user; 0 where there is none.
#[cfg(not(unix))]
pub(crate) const fn user_id() -> u32 {
    0
}

/// Whether the user may do everything on this machine.
pub(crate) fn is_root() -> bool {
    cfg!(unix) && user_id() == 0
}

/// A program of Windows itself, by its full path.
pub(crate) fn system_program(name: &str) -> String {
    std::env::var("SystemRoot").map_or_else(|_| name.to_owned(), |root| format!("{root}\\System32\\{name}"))
}

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
