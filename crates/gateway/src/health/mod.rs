//! The health snapshot: taken on a timer and on demand, rendered once, told to
//! everyone (`frames-and-events.md §8`).

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use postern_protocol::call::Rendered;
use postern_protocol::service::StartMode;
use postern_protocol::system::{
    AgentHealth, HealthSnapshot, HeartbeatHealth, Nullable, RecentSession, SafeMode, SafeModeReason, SessionSummary,
};

use crate::config::{Agent, LiveConfig, Loaded};
use crate::hub::{Hub, Versions};
use crate::options::Clock;
use crate::sessions::Sessions;
use crate::starts::Starts;

/// Handle to the health service.
#[derive(Clone)]
pub struct Health(Arc<Shared>);

struct Shared {
    latest: Mutex<Rendered<HealthSnapshot>>,
    probes: Mutex<Probes>,
    config: LiveConfig,
    starts: Starts,
    sessions: SessionsFacts,
    hub: Hub,
    versions: Versions,
    clock: Clock,
    /// Epoch milliseconds; 0 when the machine did not sleep.
    woken_ms: AtomicI64,
}

/// Sessions, and where they are kept.
#[derive(Clone)]
pub struct SessionsFacts {
    /// Which there are.
    pub sessions: Sessions,
    /// Where they are kept.
    pub path: String,
}

impl Health {
    /// A service with its first snapshot taken.
    ///
    /// # Errors
    /// When the snapshot cannot be expressed in JSON.
    pub fn new(
        (config, starts): (LiveConfig, Starts),
        sessions: SessionsFacts,
        hub: Hub,
        versions: Versions,
        clock: Clock,
    ) -> serde_json::Result<Self> {
        let first = Rendered::render(&take((&config, &starts), &sessions, &clock))?;
        Ok(Self(Arc::new(Shared {
            latest: Mutex::new(first),
            probes: Mutex::default(),
            config,
            starts,
            sessions,
            hub,
            versions,
            clock,
            woken_ms: AtomicI64::new(0),
        })))
    }

    /// The last snapshot.
    #[must_use]
    pub fn latest(&self) -> Rendered<HealthSnapshot> {
        self.0.latest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A new snapshot because a client asks for one. Each costs everybody an
    /// event, so after a few in a row the last one is given instead.
    ///
    /// # Errors
    /// When the snapshot cannot be expressed in JSON.
    pub fn probe(&self) -> serde_json::Result<Rendered<HealthSnapshot>> {
        let now_ms = self.0.clock.now_ms();
        let allowed = self.0.probes.lock().unwrap_or_else(PoisonError::into_inner).take(now_ms);
        if allowed { self.refresh() } else { Ok(self.latest()) }
    }

    /// Notes that the machine woke up then; told with the next snapshot.
    pub fn set_woken(&self, at_ms: i64) {
        self.0.woken_ms.store(at_ms, Ordering::Release);
    }

    /// Takes a new snapshot and tells everyone.
    ///
    /// # Errors
    /// When the snapshot cannot be expressed in JSON.
    pub fn refresh(&self) -> serde_json::Result<Rendered<HealthSnapshot>> {
        let shared = &self.0;
        let mut snapshot = take((&shared.config, &shared.starts), &shared.sessions, &shared.clock);
        snapshot.last_wake_ms = Some(shared.woken_ms.load(Ordering::Acquire)).filter(|at_ms| *at_ms > 0);
        let rendered = Rendered::render(&snapshot)?;
        {
            let mut latest = shared.latest.lock().unwrap_or_else(PoisonError::into_inner);
            *latest = rendered.clone();
            shared.versions.health_changed();
        }
        shared.hub.publish_versioned(&snapshot, Some(shared.versions.now()));
        Ok(rendered)
    }
}

/// Probes that clients may still make; one more each second.
struct Probes {
    left: i64,
    since_ms: i64,
}

/// Probes that may come in a row.
const PROBE_BURST: i64 = 5;
/// Milliseconds after which one more may be made.
const PROBE_REFILL_MS: i64 = 1_000;

impl Default for Probes {
    fn default() -> Self {
        Self { left: PROBE_BURST, since_ms: 0 }
    }
}

impl Probes {
    fn take(&mut self, now_ms: i64) -> bool {
        // A clock that was set back starts anew instead of stopping probes.
        let earned = (now_ms - self.since_ms) / PROBE_REFILL_MS;
        if earned != 0 {
            self.left = if earned < 0 { PROBE_BURST } else { (self.left + earned).min(PROBE_BURST) };
            self.since_ms = now_ms;
        }
        let allowed = self.left > 0;
        self.left -= i64::from(allowed);
        allowed
    }
}

fn take((live, starts): (&LiveConfig, &Starts), sessions: &SessionsFacts, clock: &Clock) -> HealthSnapshot {
    let started = Instant::now();
    let config = live.now();
    let now_ms = clock.now_ms();
    let agents: Vec<AgentHealth> =
        config.agents.iter().map(|agent| agent_health(agent, sessions.summary(&agent.id, now_ms))).collect();
    let default = config.default_agent();
    HealthSnapshot {
        ok: true,
        ts: now_ms,
        heartbeat_seconds: default.and_then(|agent| agent.heartbeat.every_ms).unwrap_or_default() / 1000,
        default_agent_id: config.default_agent_id().to_owned(),
        sessions: sessions.summary(config.default_agent_id(), now_ms),
        agents,
        safe_mode: safe_mode(&live.state(), starts),
        duration_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        ..HealthSnapshot::default()
    }
}

/// Problems that are told to everybody; the rest is in the configuration's own method.
const TOLD: usize = 20;

fn safe_mode(config: &Loaded, starts: &Starts) -> Option<SafeMode> {
    if config.safe_mode {
        let problems = config.problems.iter().take(TOLD).map(ToString::to_string).collect();
        return Some(SafeMode { reason: SafeModeReason::Config, problems });
    }
    let held = starts.mode() == StartMode::Safe;
    held.then(|| SafeMode { reason: SafeModeReason::Crashes, problems: starts.warning().into_iter().collect() })
}

impl SessionsFacts {
    /// What everybody may know about an agent's sessions: how many there are, and
    /// when its main one was used. Keys of others name people.
    fn summary(&self, agent_id: &str, now_ms: i64) -> SessionSummary {
        let main = self.sessions.get(self.sessions.main(agent_id).as_str());
        let recent = main.map(|session| RecentSession {
            key: session.record.key.clone(),
            updated_at: Nullable::Value(session.record.updated_at),
            age: Nullable::Value(u64::try_from(now_ms - session.record.updated_at).unwrap_or(0)),
        });
        let count = self.sessions.count_of(agent_id) as u64;
        SessionSummary { path: self.path.clone(), count, recent: recent.into_iter().collect() }
    }
}

fn agent_health(agent: &Agent, sessions: SessionSummary) -> AgentHealth {
    let heartbeat = &agent.heartbeat;
    AgentHealth {
        agent_id: agent.id.clone(),
        name: agent.name.clone(),
        is_default: agent.is_default,
        heartbeat: HeartbeatHealth {
            enabled: heartbeat.enabled,
            every: heartbeat.every.clone(),
            every_ms: Nullable::from(heartbeat.every_ms),
            prompt: heartbeat.prompt.clone(),
            target: heartbeat.target.clone(),
            ack_max_chars: heartbeat.ack_max_chars.into(),
        },
        sessions,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_probes_in_a_row_and_then_one_a_second() {
        let mut probes = Probes::default();
        let mut allowed = |now| (0..10).filter(|_| probes.take(now)).count();
        assert_eq!(allowed(1_000_000), 5);
        assert_eq!(allowed(1_000_999), 0);
        assert_eq!(allowed(1_001_000), 1);
        assert_eq!(allowed(1_003_500), 2);
        assert_eq!(allowed(9_000_000), 5);
        assert_eq!(allowed(10), 5);
    }
}
