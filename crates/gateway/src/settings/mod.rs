//! Changes of the configuration while the gateway runs: from a call, or from an
//! editor. One at a time; each is checked, written, put in force and told.
//!
//! | file | owns |
//! |---|---|
//! | `apply.rs` | from a file to a gateway that runs with it |
//! | `change.rs` | a change that a client asks for |
//! | `watch.rs` | noticing that somebody wrote the file |

mod apply;
mod change;
mod watch;

use tokio::sync::Semaphore;

use crate::config::Overrides;
use crate::secrets::Secrets;

pub use self::apply::Applied;
pub(crate) use self::apply::{identities, issues, rate_limit, session_defaults, shared_secret};
pub use self::change::{Edit, RestartWish, SettingsError, Wish};
pub(crate) use self::watch::watch;

/// What changes of the configuration need and do not change.
pub(crate) struct Settings {
    /// Settings that win over the file.
    pub(crate) overrides: Overrides,
    /// Where the token is that no file has.
    pub(crate) secrets: Secrets,
    /// Held by whoever changes the configuration.
    pub(crate) turn: Semaphore,
}

impl Settings {
    pub(crate) fn new(overrides: Overrides, secrets: Secrets) -> Self {
        Self { overrides, secrets, turn: Semaphore::new(1) }
    }
}
