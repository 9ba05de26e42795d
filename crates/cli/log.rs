//! Where log lines go: standard error, filtered. The one thing that this program
//! installs for the whole process.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::env::Settings;
use crate::exit::{Failure, Outcome};

/// How much is logged when nothing was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verbosity {
    /// What an operator wants to know.
    Usual,
    /// What happens inside as well.
    Detailed,
}

impl Verbosity {
    const fn filter(self) -> &'static str {
        match self {
            Self::Usual => "info",
            Self::Detailed => "info,postern=debug,postern_gateway=debug,postern_client=debug",
        }
    }
}

/// Starts logging for `postern gateway`.
pub(crate) fn start(settings: &Settings, verbosity: Verbosity) -> Outcome {
    let filter = settings.log.as_deref().unwrap_or(verbosity.filter());
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        Failure::usage(format!("POSTERN_LOG: `{filter}` is not a log filter: {error}"))
            .hint("for example info, debug, or postern_gateway=trace")
    })?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(settings.colour && std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .try_init()
        .map_err(|error| Failure::usage(format!("logging cannot start: {error}")))
}
