//! From a file to a gateway that runs with it.

use std::sync::Arc;
use std::time::Duration;

use postern_protocol::close::CloseReason;
use postern_protocol::config::{ConfigChanged, ConfigIssue};
use postern_protocol::connect::{AuthMethod, AuthMode, SessionDefaults};

use crate::auth::{RateLimit, SharedSecret};
use crate::boot::key_rules;
use crate::boot::listen::cannot_listen;
use crate::config::file::hash;
use crate::config::reload::{changed, hold_back};
use crate::config::versions::{self, Cause};
use crate::config::{self, Config, ConfigProblem, Loaded, ReloadMode, protect};
use crate::gateway::Services;
use crate::hub::Principal;
use crate::secrets::{SecretError, Secrets};
use crate::settings::RestartWish;

/// Paths that are told in one event.
const MAX_PATHS: usize = 200;
/// Mistakes that are told at once: more than anybody mends in one go.
const MAX_ISSUES: usize = 500;
/// How long a restart for a changed file waits, so that clients hear of it.
const RESTART_DELAY: Duration = Duration::from_millis(500);

/// What a changed file came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// Settings that are written differently now.
    pub paths: Vec<String>,
    /// Sections that wait for the next start.
    pub waiting: Vec<&'static str>,
    /// Why the file is not in force; empty when it is.
    pub problems: Vec<ConfigProblem>,
}

impl Services {
    /// Reads the file and puts it in force, unless it is in force already. `None`
    /// when nothing changed.
    pub async fn reload_config(&self) -> Option<Applied> {
        let _turn = self.settings.turn.acquire().await.ok()?;
        let loaded = self.load_config().await?;
        if loaded.is_same(&self.config.state()) {
            return None;
        }
        self.keep_what_was_in_force(&loaded.hash).await;
        let applied = self.put_in_force(loaded).await;
        self.restart_for(&applied, RestartWish { delay: RESTART_DELAY, ..RestartWish::default() });
        Some(applied)
    }

    /// Keeps the text that somebody wrote over, so that they can go back. Once: what
    /// is in force stays while a file is mended in several steps.
    async fn keep_what_was_in_force(&self, hash_now: &str) {
        let text = Arc::clone(&self.config.state().text);
        if text.is_empty() || hash(&text) == hash_now {
            return;
        }
        let (paths, now_ms) = (self.paths.clone(), self.clock.now_ms());
        let keep = move || versions::keep(&paths, &text, Cause::Disk, now_ms);
        match tokio::task::spawn_blocking(keep).await {
            Ok(Ok(())) | Err(_) => {}
            Ok(Err(error)) => tracing::warn!(%error, "The configuration that was in force could not be kept."),
        }
    }

    /// What the file says now.
    pub(super) async fn load_config(&self) -> Option<Loaded> {
        let (paths, overrides, starts) = (self.paths.clone(), self.settings.overrides.clone(), self.starts.clone());
        let load = move || {
            let loaded = config::load(&paths, &overrides);
            // What made it end again and again stays away until somebody says otherwise.
            if starts.distrusts(&loaded.hash) { config::instead_of(loaded, &paths, &overrides) } else { loaded }
        };
        tokio::task::spawn_blocking(load).await.ok()
    }

    /// Puts a configuration in force. Whoever calls has the turn.
    pub(super) async fn put_in_force(&self, mut loaded: Loaded) -> Applied {
        let before = self.config.state();
        if !loaded.safe_mode {
            let mut wanted = Config::clone(&loaded.config);
            // What waits for a restart stays as it was started, so that is what is in force.
            loaded.waiting = hold_back(&mut wanted, &before.config);
            // With what stays until the next start it must be as safe as without.
            match config::refuse_exposed(&wanted, true) {
                Ok(()) => loaded.config = Arc::new(wanted),
                Err(problem) => loaded = unusable(loaded, problem),
            }
        }
        if !loaded.safe_mode && loaded.config.auth != before.config.auth {
            match shared_secret(&self.settings.secrets, &loaded.config).await {
                Ok(shared) => self.set_shared(shared),
                Err(error) => loaded = unusable(loaded, ConfigProblem::new("gateway.auth", error.to_string())),
            }
        }
        if loaded.safe_mode { self.keep_running(loaded, &before) } else { self.take_over(loaded, &before).await }
    }

    /// A file that cannot be used changes nothing but what is told about it.
    fn keep_running(&self, loaded: Loaded, before: &Loaded) -> Applied {
        let problems = loaded.problems.clone();
        let path = self.paths.config_path.display();
        tracing::warn!(problems = problems.len(), "{path} cannot be used; the gateway goes on as it was.");
        let warning = format!("{path} is not used: what ran before is in force");
        self.config.put(Loaded {
            config: Arc::clone(&before.config),
            document: Arc::clone(&before.document),
            text: Arc::clone(&before.text),
            waiting: before.waiting.clone(),
            warnings: vec![warning],
            ..loaded
        });
        let applied = Applied { problems, ..Applied::default() };
        self.tell(&applied);
        applied
    }

    async fn take_over(&self, loaded: Loaded, before: &Loaded) -> Applied {
        let after = Arc::clone(&loaded.config);
        let paths = protect::changed(&before.document, &loaded.document).iter().map(ToString::to_string).collect();
        let applied = Applied { paths, waiting: loaded.waiting.clone(), problems: Vec::new() };
        self.look_where_to_listen(&loaded);
        self.config.put(loaded);
        self.restart.settings_wait(&applied.waiting);
        let was = &before.config;
        if (&was.agents, &was.agent_defaults) != (&after.agents, &after.agent_defaults) {
            self.agents.reconfigure();
        }
        self.sessions.set_rules(key_rules(&after));
        if was.models != after.models {
            self.models.reconfigure();
        }
        self.usage.set_shared_limits(after.limits);
        self.limiter.set_limit(rate_limit(&after));
        self.ui.set_root(after.control_ui.root.clone());
        self.tailscale.configure(&after.tailscale);
        if identities(was) != identities(&after) {
            self.ask_identities_again();
        }
        self.metrics.reloaded();
        self.tools.reconfigure(was).await;
        self.logs.configure(&after, &self.paths);
        let sections: Vec<&str> = changed(was, &after).map(|section| section.path).collect();
        tracing::info!(
            sections = sections.join(", "),
            waiting = applied.waiting.join(", "),
            "The configuration changed."
        );
        self.tell(&applied);
        applied
    }

    /// Tries what waits for a restart before anything is given up for it.
    fn look_where_to_listen(&self, loaded: &Loaded) {
        let found = cannot_listen(&loaded.config, self.port, &loaded.wanted, &self.own_addresses);
        if let Some(found) = &found {
            tracing::error!("{}", found.problem);
        }
        self.put_unreachable(found);
    }

    fn tell(&self, applied: &Applied) {
        let state = self.config.state();
        let unreachable = self.unreachable().map(|it| it.problem);
        self.hub.publish(&ConfigChanged {
            path: self.paths.config_path.display().to_string(),
            ts: self.clock.now_ms(),
            hash: state.hash.clone(),
            paths: applied.paths.iter().take(MAX_PATHS).cloned().collect(),
            restart: applied.waiting.iter().map(|path| (*path).to_owned()).collect(),
            valid: state.problems.is_empty(),
            issues: issues(&applied.problems.iter().cloned().chain(unreachable).collect::<Vec<_>>()),
        });
        if let Err(error) = self.health.refresh() {
            tracing::error!(%error, "Health could not be refreshed.");
        }
    }

    /// Changes the secret, and asks everybody who came in with the old one again.
    fn set_shared(&self, shared: SharedSecret) {
        if self.secret().is_same(&shared) {
            return;
        }
        self.put_secret(shared);
        let used_it =
            |who: &Principal| matches!(who.auth_method, AuthMethod::Token | AuthMethod::Password | AuthMethod::None);
        let close = self.hub.close_soon(used_it, CloseReason::auth_changed());
        self.tasks.spawn_until_shutdown("secret changed", close);
        tracing::info!("The shared secret changed.");
    }

    /// Who came in because somebody vouched for them comes in again, or no more.
    fn ask_identities_again(&self) {
        let vouched = |who: &Principal| matches!(who.auth_method, AuthMethod::Tailscale | AuthMethod::TrustedProxy);
        let close = self.hub.close_soon(vouched, CloseReason::auth_changed());
        self.tasks.spawn_until_shutdown("identities changed", close);
    }

    /// Whether a change is to bring a restart.
    pub(super) fn wants_restart(&self, applied: &Applied) -> bool {
        match self.config().reload.mode {
            // A restart would not bring what cannot be had.
            _ if self.unreachable().is_some() => false,
            ReloadMode::Hybrid => !applied.waiting.is_empty(),
            ReloadMode::Restart => applied.problems.is_empty(),
            ReloadMode::Hot | ReloadMode::Off => false,
        }
    }
}

/// Everything that decides who is believed about whom, and what that is worth.
pub(crate) fn identities(config: &Config) -> impl PartialEq + '_ {
    let auth = &config.auth;
    let believed = (auth.mode, auth.allow_tailscale, &auth.trusted_proxy, &auth.identity_scopes);
    (believed, &config.trusted_proxies, config.tailscale.mode)
}

/// The same as a file with this problem.
fn unusable(loaded: Loaded, problem: ConfigProblem) -> Loaded {
    Loaded { problems: vec![problem], safe_mode: true, ..loaded }
}

/// Problems as clients see them; of very many the first ones.
pub(crate) fn issues(problems: &[ConfigProblem]) -> Vec<ConfigIssue> {
    let mut told: Vec<ConfigIssue> = problems.iter().take(MAX_ISSUES).map(ConfigIssue::from).collect();
    let more = problems.len() - told.len();
    if more > 0 {
        told.push(ConfigIssue { path: String::new(), message: format!("and {more} more mistakes"), line: None });
    }
    told
}

impl From<&ConfigProblem> for ConfigIssue {
    fn from(problem: &ConfigProblem) -> Self {
        Self {
            path: problem.path.clone(),
            message: problem.message.clone(),
            line: problem.line.and_then(|line| u32::try_from(line).ok()),
        }
    }
}

/// How often somebody may guess.
pub(crate) fn rate_limit(config: &Config) -> RateLimit {
    let limit = &config.auth.rate_limit;
    let ms = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    RateLimit {
        max_attempts: limit.max_attempts,
        window_ms: ms(limit.window),
        lockout_ms: ms(limit.lockout),
        exempt_loopback: limit.exempt_loopback,
    }
}

/// The secret that callers must know: the configured one, else the one that was
/// generated.
pub(crate) async fn shared_secret(secrets: &Secrets, config: &Config) -> Result<SharedSecret, SecretError> {
    let auth = &config.auth;
    let secret = match auth.mode {
        AuthMode::None => None,
        AuthMode::Password => auth.password.clone(),
        // For programs of this machine, which the proxy does not stand before.
        AuthMode::TrustedProxy if auth.password.is_some() => auth.password.clone(),
        AuthMode::TrustedProxy => Some(secrets.get_or_create("gateway-token").await?),
        AuthMode::Token => match &auth.token {
            Some(token) => Some(token.clone()),
            None => Some(secrets.get_or_create("gateway-token").await?),
        },
    };
    Ok(SharedSecret { mode: auth.mode, secret })
}

/// Which session is meant when a client names none.
pub(crate) fn session_defaults(config: &Config) -> SessionDefaults {
    let agent = config.default_agent_id();
    let main_key = &config.session.main_key;
    let main_session_key = match config.session.scope {
        config::SessionScope::Global => "global".to_owned(),
        config::SessionScope::PerSender => format!("agent:{agent}:{main_key}"),
    };
    SessionDefaults { default_agent_id: agent.to_owned(), main_key: main_key.clone(), main_session_key }
}
