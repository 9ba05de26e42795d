//! The owner's tailnet: how the machine stands in it, who its members are, and
//! showing the gateway there (`tailscale serve`, `tailscale funnel`).
//!
//! | file | owns |
//! |---|---|
//! | `daemon.rs` | asking the daemon: over its socket, else through the program |
//! | `program.rs` | running `tailscale` |
//! | `answers.rs` | what they say |
//! | `caller.rs` | whether a connection is the daemon's |
//! | `identity.rs` | whose machine an address is |
//! | `serve.rs` | showing the gateway and taking it back |

mod answers;
mod caller;
mod daemon;
mod identity;
mod program;
mod serve;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use postern_protocol::tailscale::{TailscaleMode, TailscaleProblem, TailscaleState, TailscaleStatusResult};
use tokio::sync::{Notify, Semaphore};

use self::answers::{Shown, Status};
use self::daemon::{Daemon, DaemonError, Question};
use self::identity::Kept;
use self::program::Program;
use crate::config;

pub use self::caller::Ends;
pub use self::identity::IdentityError;

/// Pauses between attempts to show the gateway, the longest repeated.
const PAUSES: [u64; 5] = [2, 5, 10, 30, 60];
/// Questions about identities at a time.
const LOOK_UPS: usize = 4;

/// What Tailscale is to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The gateway's port.
    pub port: u16,
    /// Whether the port speaks TLS.
    pub tls: bool,
    /// Path of the page, without a slash at the end.
    pub base_path: String,
}

impl Target {
    /// As the program and the daemon write it. Nobody knows the certificate of a
    /// port of this machine, so it is not checked.
    fn address(&self) -> String {
        let scheme = if self.tls { "https+insecure" } else { "http" };
        format!("{scheme}://127.0.0.1:{}", self.port)
    }
}

/// The name of this machine in the tailnet, when a daemon is there that knows it.
pub async fn dns_name(settings: &config::Tailscale, env: BTreeMap<String, String>) -> Option<String> {
    let daemon = Daemon { program: Program::new(env) };
    let status: Status = daemon.ask(settings.socket.as_deref(), Question::Status).await.ok()?;
    status.dns_name().map(str::to_owned)
}

/// Handle to it; cheap to clone.
#[derive(Debug, Clone)]
pub struct Tailscale(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    daemon: Daemon,
    target: Target,
    settings: Mutex<config::Tailscale>,
    /// What the last attempt to bring it in line met.
    problem: Mutex<Option<TailscaleProblem>>,
    changed: Notify,
    changing: Semaphore,
    look_ups: Semaphore,
    kept: Kept,
}

impl Tailscale {
    /// Nothing is asked or changed yet. `env` is what the program runs with.
    #[must_use]
    pub fn new(settings: config::Tailscale, target: Target, env: BTreeMap<String, String>) -> Self {
        Self(Arc::new(Inner {
            daemon: Daemon { program: Program::new(env) },
            target,
            settings: Mutex::new(settings),
            problem: Mutex::default(),
            changed: Notify::new(),
            changing: Semaphore::new(1),
            look_ups: Semaphore::new(LOOK_UPS),
            kept: Kept::default(),
        }))
    }

    fn settings(&self) -> config::Tailscale {
        self.0.settings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, problem: Option<TailscaleProblem>) {
        *self.0.problem.lock().unwrap_or_else(PoisonError::into_inner) = problem;
    }

    /// What keeps Tailscale from showing the gateway as the settings say, as far as
    /// the last attempt knows. Asks nobody.
    #[must_use]
    pub fn known_problem(&self) -> Option<TailscaleProblem> {
        if self.settings().mode == TailscaleMode::Off {
            return None;
        }
        self.0.problem.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The same as a sentence for people.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let mode = self.settings().mode.as_str();
        let problem = self.known_problem()?;
        Some(format!("`tailscale {mode}` does not show the gateway: {}", problem.message))
    }

    async fn ask<T: serde::de::DeserializeOwned>(&self, question: Question) -> Result<T, DaemonError> {
        let socket = self.settings().socket;
        self.0.daemon.ask(socket.as_deref(), question).await
    }

    /// Takes new settings over. Returns whether they differ; [`Tailscale::keep`]
    /// then brings Tailscale in line.
    pub fn configure(&self, settings: &config::Tailscale) -> bool {
        let mut own = self.0.settings.lock().unwrap_or_else(PoisonError::into_inner);
        if *own == *settings {
            return false;
        }
        own.clone_from(settings);
        drop(own);
        self.0.kept.clear();
        self.0.changed.notify_one();
        true
    }

    /// Shows the gateway as the settings say, and again when they change. Tries
    /// until it works: the daemon may start after the gateway.
    pub async fn keep(self) {
        // At the start nothing is taken back: who showed it by hand meant it.
        if self.settings().mode == TailscaleMode::Off {
            self.0.changed.notified().await;
        }
        let mut pauses = PAUSES.into_iter();
        loop {
            match self.apply().await {
                Ok(()) => {
                    pauses = PAUSES.into_iter();
                    self.0.changed.notified().await;
                }
                Err(problem) => {
                    tracing::warn!(code = problem.code, "Tailscale: {}", problem.message);
                    let pause = Duration::from_secs(pauses.next().unwrap_or(60));
                    // Either way it is tried again.
                    drop(tokio::time::timeout(pause, self.0.changed.notified()).await);
                }
            }
        }
    }

    /// How it is at this moment.
    pub async fn status(&self, identity_sign_in: bool) -> TailscaleStatusResult {
        let mode = self.settings().mode;
        let status = self.ask::<Status>(Question::Status).await;
        let mut problem = if mode == TailscaleMode::Off { None } else { serve::obstacle(&status) };
        let status = status.ok();
        let dns_name = status.as_ref().and_then(|status| status.dns_name().map(str::to_owned));
        let mut served = false;
        if let Some(name) = &dns_name {
            match self.shown(name).await {
                Ok(Shown::Ours { .. }) => served = true,
                Ok(Shown::Other(what)) if mode != TailscaleMode::Off => {
                    problem = problem.or_else(|| Some(self.occupied(name, &what)));
                }
                Ok(_) => {}
                Err(unanswered) => problem = problem.or(Some(unanswered).filter(|_| mode != TailscaleMode::Off)),
            }
        }
        if mode != TailscaleMode::Off && !served {
            problem = problem.or_else(|| self.0.problem.lock().unwrap_or_else(PoisonError::into_inner).clone());
        }
        let url = dns_name.as_ref().filter(|_| served);
        TailscaleStatusResult {
            mode,
            state: status.as_ref().map_or(TailscaleState::Missing, Status::state),
            url: url.map(|name| format!("https://{name}{}/", self.0.target.base_path)),
            dns_name,
            addresses: status.and_then(|status| status.addresses).iter().flatten().map(ToString::to_string).collect(),
            served,
            identity_sign_in,
            problem,
        }
    }
}
