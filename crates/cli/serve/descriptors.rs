//! How many sockets the system lets this process have. Each connection is one, and
//! the usual limit is made for programs with a few files.

/// Raises the limit as far as the system allows; returns how many there are.
#[cfg(unix)]
pub(super) fn raise() -> usize {
    use rustix::process::{Resource, getrlimit, setrlimit};

    /// More is never needed here, and some systems refuse "unlimited".
    const ENOUGH: u64 = 65_536;
    let mut limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(ENOUGH, |maximum| maximum.min(ENOUGH));
    if limit.current.is_some_and(|current| current < wanted) {
        limit.current = Some(wanted);
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::warn!(%error, "The limit of open files could not be raised.");
        }
    }
    let current = getrlimit(Resource::Nofile).current.unwrap_or(ENOUGH);
    usize::try_from(current).unwrap_or(usize::MAX)
}

/// Windows has no such limit.
#[cfg(not(unix))]
pub(super) fn raise() -> usize {
    usize::MAX
}

#[cfg(test)]
mod tests {
    #[test]
    fn there_are_descriptors_afterwards() {
        assert!(super::raise() >= 64);
    }
}
