//! Taking over what another gateway of the ecosystem left on this machine. The
//! source is only read; a second import adds nothing; what cannot be taken is
//! told, with the reason.
//!
//! | file | owns |
//! |---|---|
//! | `home.rs` | finding and reading files there, within limits |
//! | `report.rs` | what was taken and what was left |
//! | `config.rs` | settings, one by one, each only if the result is valid |
//! | `caution.rs` | what is left to the owner because it widens (pure) |
//! | `workspaces.rs` | agents' files |
//! | `sessions.rs`, `messages.rs` | conversations |
//! | `devices.rs` | paired devices and their tokens |
//! | `rest.rs` | providers' keys, rules for commands, schedules, and what is left |

mod caution;
mod config;
mod devices;
mod home;
mod messages;
mod report;
mod rest;
mod sessions;
mod workspaces;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use postern_protocol::backup::ImportReport;

use self::home::Home;
pub use self::home::find_home;
use self::report::Report;
use crate::config::Overrides;
use crate::config::change::ChangeError;
use crate::options::{Clock, Paths};
use crate::secrets::{SecretError, Secrets};
use crate::store::{Store, StoreError};

/// Why an import ended before it was done. What was taken until then stays, and
/// the next one goes on from there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// There is nothing to import from.
    #[error("{} holds nothing of OpenClaw, Clawdbot or Moltbot: name the right folder with --from", .0.display())]
    NoHome(PathBuf),
    /// None was found where those programs keep theirs.
    #[error("no home of OpenClaw, Clawdbot or Moltbot was found; name it with --from")]
    NothingFound,
    /// The source is the target.
    #[error("{} is the state folder of this gateway itself", .0.display())]
    Itself(PathBuf),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The credential store.
    #[error(transparent)]
    Secrets(#[from] SecretError),
    /// The configuration could not be changed.
    #[error(transparent)]
    Config(#[from] ChangeError),
    /// A file of ours.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Where an import goes.
#[derive(Clone)]
pub struct Target {
    /// State folder and configuration.
    pub paths: Paths,
    /// The database; `None` only looks.
    pub store: Option<Store>,
    /// The credential store.
    pub secrets: Secrets,
    /// The clock.
    pub clock: Clock,
    /// What the gateway that is imported into is told when it starts.
    pub overrides: Overrides,
}

/// Imports the home at `from`; without a store it only says what would be taken.
///
/// # Errors
/// [`ImportError`].
pub async fn import(from: &Path, target: &Target) -> Result<ImportReport, ImportError> {
    let home = Home::open(from)?;
    if home.is(&target.paths.state_dir) {
        return Err(ImportError::Itself(from.to_owned()));
    }
    let mut report = Report::default();
    let source = home.config(&mut report);
    let text = config::import(&home, &source, target, &mut report)?;
    // What will hold once the new text is in force.
    let meant = crate::config::would_be(&text, &target.paths, &target.overrides);
    let config = Arc::new(meant.unwrap_or_default());
    workspaces::import(&home, &source, (target, &config), &mut report)?;
    sessions::import(&home, (target, &config), &mut report).await?;
    devices::import(&home, target, &mut report).await?;
    rest::keys(&home, &source, (target, &config), &mut report).await?;
    rest::rules(&home, target, &mut report).await?;
    rest::schedules(&home, target, &mut report).await?;
    rest::others(&home, &mut report);
    Ok(report.finish(home.path(), target.store.is_none()))
}
