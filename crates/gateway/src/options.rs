//! Everything the outside provides: paths, clock, secrets, limits. The library
//! itself reads no environment, no home folder and no wall clock.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::config::Overrides;
use crate::logs::{ApplyLogging, Redactor};
use crate::rpc::plugins::PluginMethod;
use crate::secrets::SecretStore;
use crate::service::{NoService, ServiceProbe};
use crate::ui::UiAsset;
use crate::update::Program;

/// What a gateway is started with.
pub struct Options {
    /// Where state and configuration live.
    pub paths: Paths,
    /// Settings from the command line and the environment; they win over the file.
    pub overrides: Overrides,
    /// Wall clock.
    pub clock: Clock,
    /// Credential store.
    pub secrets: Arc<dyn SecretStore>,
    /// Deadlines and caps.
    pub limits: Limits,
    /// Version told to clients.
    pub version: String,
    /// The program around the gateway, for updates.
    pub program: Program,
    /// Methods added to the table.
    pub plugins: Vec<PluginMethod>,
    /// What the outside found that needs attention; shown by `status`.
    pub notices: Vec<String>,
    /// Environment of commands that agents run: `PATH`, `HOME` and the like.
    pub command_env: BTreeMap<String, String>,
    /// What only the program around the gateway can find out about the machine.
    pub host: Host,
    /// Takes secrets out of the log; shared with whoever writes it.
    pub redactor: Redactor,
    /// Told what is to be logged, at start and after each change; none where nobody logs.
    pub apply_logging: Option<ApplyLogging>,
    /// Files of the web app; without any, `/` says how to build them.
    pub ui: &'static [UiAsset],
}

/// What only the program around the gateway can find out about the machine.
#[derive(Clone)]
pub struct Host {
    /// The service manager.
    pub service: Arc<dyn ServiceProbe>,
    /// State folders of this user's other profiles.
    pub other_states: Vec<PathBuf>,
    /// Names of the variables in the program's environment; never their values.
    pub variables: Vec<String>,
    /// How its user calls the program for this profile, for example `postern --profile work`.
    pub command: String,
}

impl Default for Host {
    fn default() -> Self {
        Self {
            service: Arc::new(NoService),
            other_states: Vec::new(),
            variables: Vec::new(),
            command: "postern".to_owned(),
        }
    }
}

/// Where state and configuration live.
#[derive(Debug, Clone)]
pub struct Paths {
    /// State folder, private to this gateway.
    pub state_dir: PathBuf,
    /// Configuration file; need not exist.
    pub config_path: PathBuf,
}

impl Paths {
    /// The database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.state_dir.join("postern.sqlite")
    }

    /// The log, when the configuration names no other file.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.state_dir.join("logs").join("postern.log")
    }

    /// Held while a gateway uses the folder.
    #[must_use]
    pub fn lock(&self) -> PathBuf {
        self.state_dir.join("gateway.lock")
    }

    /// How the last starts went.
    #[must_use]
    pub fn starts(&self) -> PathBuf {
        self.state_dir.join("starts.json")
    }

    /// Where logs are.
    #[must_use]
    pub fn logs(&self) -> PathBuf {
        self.state_dir.join("logs")
    }

    /// Why the gateway is to start again, for the start that follows.
    #[must_use]
    pub fn restart_sentinel(&self) -> PathBuf {
        self.state_dir.join("restart-sentinel.json")
    }

    /// What was written down at crashes, newest first.
    #[must_use]
    pub fn crash_files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.logs()).into_iter().flatten().filter_map(Result::ok);
        let is_one = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("crash-"));
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_one).collect();
        files.sort();
        files.reverse();
        files
    }

    /// Why the last backup that was due was not made; not there when it was.
    #[must_use]
    pub fn backup_problem(&self) -> PathBuf {
        self.state_dir.join("backup-problem.txt")
    }

    /// Copy of the last configuration that a gateway ran well with for a good while.
    #[must_use]
    pub fn last_healthy_config(&self) -> PathBuf {
        self.state_dir.join("postern.last-healthy.json")
    }

    /// Copy of the last configuration that was valid.
    #[must_use]
    pub fn last_good_config(&self) -> PathBuf {
        self.state_dir.join("postern.last-good.json")
    }
}

/// Wall clock in epoch milliseconds, injected so that tests own the time.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> i64 + Send + Sync>);

impl Clock {
    /// A clock that asks `now` for epoch milliseconds.
    pub fn new(now: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Epoch milliseconds.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now_ms())
    }
}

/// Deadlines and caps (`handshake.md §11`).
#[derive(Debug, Clone)]
pub struct Limits {
    /// For a client to send the headers of an HTTP request.
    pub header_timeout: Duration,
    /// From open to finished handshake.
    pub handshake_timeout: Duration,
    /// Between ticks, announced in hello-ok.
    pub tick_interval: Duration,
    /// Between keepalive pings; a peer that answers none of two is dropped.
    pub ping_interval: Duration,
    /// Between two looks whether the machine slept.
    pub wake_interval: Duration,
    /// How long clients have to answer after it did.
    pub wake_patience: Duration,
    /// Between health refreshes.
    pub health_interval: Duration,
    /// Unauthenticated sockets per address beyond which the oldest make room.
    pub preauth_per_ip: usize,
    /// How long an unauthenticated socket is safe from making room.
    pub preauth_grace: Duration,
    /// Unauthenticated sockets in all; beyond it the oldest make room at once.
    pub preauth_total: usize,
    /// How long shutdown waits for clients to read what is queued.
    pub drain_timeout: Duration,
    /// How long a pairing request waits for a decision after it was last repeated.
    pub pairing_ttl: Duration,
    /// How long a desktop app has to answer a wish.
    pub desktop_timeout: Duration,
    /// How long a setup wizard waits for an answer.
    pub wizard_timeout: Duration,
    /// After this long a start counts as a good one, whatever happens later.
    pub healthy_after: Duration,
    /// Between two thoughts about newer releases.
    pub update_interval: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(10),
            handshake_timeout: Duration::from_secs(15),
            tick_interval: Duration::from_secs(30),
            ping_interval: Duration::from_secs(25),
            wake_interval: Duration::from_secs(2),
            wake_patience: Duration::from_secs(10),
            health_interval: Duration::from_secs(60),
            preauth_per_ip: 32,
            preauth_grace: Duration::from_secs(1),
            preauth_total: 1024,
            drain_timeout: Duration::from_secs(2),
            pairing_ttl: Duration::from_secs(5 * 60),
            desktop_timeout: Duration::from_secs(5),
            wizard_timeout: Duration::from_secs(15 * 60),
            healthy_after: Duration::from_secs(5 * 60),
            update_interval: Duration::from_secs(5 * 60),
        }
    }
}
