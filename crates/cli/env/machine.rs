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
