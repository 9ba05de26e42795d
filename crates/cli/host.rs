//! The same program without its command line, for the desktop app: one profile,
//! its settings, its keys, its gateway. Narrow on purpose; everything else of this
//! package is private.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser as _;
use postern_client::ClientOptions;
use postern_gateway::state_folder::{FolderError, Holder};
use postern_gateway::{Options, Paths, StartError};
use postern_node::NodeOptions;

use crate::args::{DesktopArgs, GatewayArgs};
use crate::commands::Context;
use crate::commands::node::desktop_options;
use crate::connection::{DESKTOP, lasting_options};
use crate::credentials::Credentials;
use crate::env::{Environment, Settings};
use crate::exit::{Exit, Failure};
use crate::log::{self, Console, Verbosity};
use crate::output::{Format, Output};
use crate::page::{Handover, Page};
use crate::{local, serve};

pub use crate::serve::signals::Signals;

/// A failure in words for people, and the exit code it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostError {
    /// What happened.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    code: u8,
}

impl HostError {
    /// A failure that has no better name.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Failure::new(Exit::Failed, message).into()
    }

    /// The documented exit code of this failure.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "\n{hint}"))
    }
}

impl std::error::Error for HostError {}

impl From<Failure> for HostError {
    fn from(failure: Failure) -> Self {
        Self { message: failure.message, hint: failure.hint, code: failure.exit.code() }
    }
}

/// What this process was started as.
pub enum Launch {
    /// A command of `postern`: answer with [`crate::run`].
    Command,
    /// The desktop app.
    Desktop(Box<Desktop>),
}

/// What the desktop app was started with.
pub struct Desktop {
    /// Whose gateway.
    pub profile: Profile,
    /// Whether to show the icon only.
    pub hidden: bool,
    /// Whether the app that runs shall end; there is nothing to start then.
    pub quit: bool,
    /// A `postern://` link to open, not yet checked.
    pub link: Option<String>,
}

impl Launch {
    /// Reads arguments and environment of this process. Whatever the desktop app
    /// does not understand is for the command line, which says what is wrong.
    ///
    /// # Errors
    /// When the environment cannot be used, or flags contradict each other.
    pub fn of_process() -> Result<Self, HostError> {
        let Some(args) = desktop_args(crate::env::arguments()) else { return Ok(Self::Command) };
        let environment = Environment::of_process();
        let mut settings = Settings::resolve(&environment, &args.global)?;
        if settings.url.take().is_some() {
            tracing::warn!("The address of another gateway was given; the desktop app uses the one of its profile.");
        }
        let profile = Profile { settings, gateway: args.gateway };
        Ok(Self::Desktop(Box::new(Desktop { profile, hidden: args.hidden, quit: args.quit, link: args.link })))
    }
}

fn desktop_args(arguments: Vec<std::ffi::OsString>) -> Option<DesktopArgs> {
    let args = DesktopArgs::try_parse_from(arguments).ok()?;
    // `--check` is a question to the command line, `--url` is for clients.
    (!args.gateway.check && args.global.url.is_none() && !args.global.json).then_some(args)
}

/// A log that runs. Dropping it gives the last lines a moment.
#[must_use]
pub struct RunningLog {
    _log: log::Log,
}

/// State, keys and gateway that belong together.
#[derive(Debug, Clone)]
pub struct Profile {
    settings: Settings,
    gateway: GatewayArgs,
}

impl Profile {
    /// State folder and configuration.
    #[must_use]
    pub fn paths(&self) -> Paths {
        local::paths(&self.settings)
    }

    /// State folder.
    #[must_use]
    pub fn state_dir(&self) -> &Path {
        &self.settings.state_dir
    }

    /// Name of the profile; none for the default one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.settings.profile.as_deref()
    }

    /// Tells this state folder's app from others; none for the usual folder of the
    /// default profile. Letters and digits only.
    #[must_use]
    pub fn distinct_name(&self) -> Option<String> {
        let usual = crate::env::home().map(|home| home.join(".postern"));
        if self.settings.profile.is_none() && usual.as_deref() == Some(self.state_dir()) {
            return None;
        }
        let folder = self.state_dir().canonicalize().unwrap_or_else(|_| self.state_dir().to_owned());
        Some(format!("p{:016x}", crate::env::stable_hash(&folder.to_string_lossy())))
    }

    /// Whether windows can be opened.
    #[must_use]
    pub fn has_display(&self) -> bool {
        self.settings.display
    }

    /// Where the desktop app logs.
    #[must_use]
    pub fn log_file(&self) -> PathBuf {
        let paths = self.paths();
        local::load(&self.settings, &paths).config.logging.file(&paths)
    }

    /// Logs into [`Profile::log_file`] from here on. What is returned gives the
    /// last lines a moment when it is dropped.
    ///
    /// # Errors
    /// When the file cannot be written, or the filter is none.
    pub fn start_log(&self) -> Result<RunningLog, HostError> {
        let verbosity = if self.gateway.verbose { Verbosity::Detailed } else { Verbosity::Usual };
        let paths = self.paths();
        let logging = local::load(&self.settings, &paths).config.logging.clone();
        let log = log::start(&self.settings, verbosity, (&logging.file(&paths), Console::None), &logging)?;
        Ok(RunningLog { _log: log })
    }

    /// What the gateway of this profile is started with.
    ///
    /// # Errors
    /// When flags are wrong or the credential store does not work.
    pub async fn options(&self) -> Result<Options, HostError> {
        let paths = self.paths();
        let overrides = serve::overrides(&self.settings, &self.gateway)?;
        serve::refuse_client(&self.gateway, &paths, &overrides)?;
        serve::refuse_mistakes(&paths, &overrides)?;
        let credentials = Credentials::open(&self.settings).await?;
        Ok(serve::options(&self.settings, &credentials, paths, overrides))
    }

    /// Options of the desktop's own client: its own device key and tokens, in the
    /// same credential store as everything else.
    ///
    /// # Errors
    /// When the credential store does not work.
    pub async fn client_options(&self, url: &str) -> Result<ClientOptions, HostError> {
        let credentials = Credentials::open(&self.settings).await?;
        let (options, _) = lasting_options(&self.settings, &credentials, DESKTOP, url).await?;
        Ok(options)
    }

    /// Options of this computer as a node of the gateway at `url`: another device, whose key is kept in the same place,
    /// and everything that works here.
    ///
    /// # Errors
    /// When the credential store does not work or the state folder cannot be written.
    pub async fn node_options(&self, url: &str) -> Result<NodeOptions, HostError> {
        Ok(desktop_options(&self.settings, url).await?)
    }

    /// Another gateway that has this profile's state folder in use.
    #[must_use]
    pub fn running_elsewhere(&self) -> Option<Holder> {
        Holder::alive(&self.paths().lock()).filter(|holder| holder.pid != std::process::id())
    }

    /// A failed start in words for people.
    #[must_use]
    pub fn explain(&self, error: &StartError) -> HostError {
        serve::failure(error, &self.settings).into()
    }

    /// Opens the page in the system's browser, signed in.
    ///
    /// # Errors
    /// When no gateway runs or no browser can be started.
    pub async fn open_in_browser(&self) -> Result<(), HostError> {
        let page = Page::of(&self.settings).await?;
        let handover = Handover::write(&self.settings.state_dir, &page)?;
        Ok(handover.open().await?)
    }

    /// Runs the gateway without tray and window, until a signal ends it.
    #[must_use]
    pub fn serve_headless(&self) -> ExitCode {
        let cx = Context { settings: self.settings.clone(), output: Output::new(Format::Text, self.settings.colour) };
        match serve::run(&cx, &self.gateway) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => cx.output.failure(&failure).into(),
        }
    }
}

/// Whether a failed start means that somebody is there already.
#[must_use]
pub fn is_taken(error: &StartError) -> bool {
    matches!(error, StartError::PortInUse { .. } | StartError::Folder(FolderError::InUse { .. }))
}

/// Text of strangers, harmless for one line of a menu or a notice.
#[must_use]
pub fn printable(text: &str) -> String {
    crate::output::printable(text)
}

/// A key's fingerprint in groups, for comparing with another screen.
#[must_use]
pub fn grouped(fingerprint: &str) -> String {
    crate::table::grouped(fingerprint)
}

/// Epoch milliseconds of the real clock.
#[must_use]
pub fn now_ms() -> i64 {
    crate::env::now_ms()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desktop(arguments: &[&str]) -> Option<DesktopArgs> {
        desktop_args(std::iter::once("postern-desktop").chain(arguments.iter().copied()).map(Into::into).collect())
    }

    #[test]
    fn commands_stay_commands_and_everything_else_starts_the_app() {
        for command in ["gateway", "status", "chat", "--help", "--version", "nonsense", "--check", "https://x/"] {
            assert!(desktop(&[command]).is_none(), "{command}");
        }
        assert!(desktop(&["--json"]).is_none() && desktop(&["--url", "ws://h"]).is_none());
        assert!(desktop(&[]).is_some_and(|args| !args.hidden && args.link.is_none()));
        let args = desktop(&["--hidden", "--port", "0", "--profile", "work", "postern://chat/a"]).unwrap();
        assert_eq!((args.hidden, args.gateway.port, args.link.as_deref()), (true, Some(0), Some("postern://chat/a")));
        assert_eq!(args.global.profile.as_deref(), Some("work"));
    }

    #[test]
    fn failures_keep_their_words_and_codes() {
        let failure = Failure::new(crate::exit::Exit::InUse, "taken").hint("go");
        let error = HostError::from(failure);
        assert_eq!((error.to_string().as_str(), error.exit_code()), ("taken\ngo", ExitCode::from(75)));
    }
}
