//! Sleep and wake. A machine that slept has connections that look alive and are
//! not, here and at the other end. The wall clock goes on while a machine sleeps
//! and timers mostly do not, so the difference tells; then everything that leads
//! outside is looked at at once, not when it is next needed.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::gateway::Services;

/// Shorter gaps are a busy machine or a clock that was corrected.
const LEAST_GAP: Duration = Duration::from_secs(10);
/// Longest time by which reconnecting is put off at random, so that a household of
/// machines that wake together does not arrive at one place in one instant.
const SPREAD: Duration = Duration::from_secs(3);

/// One return from sleep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Woken {
    /// When it was noticed, epoch milliseconds.
    pub at_ms: i64,
    /// How long the machine slept, as far as can be told.
    pub slept: Duration,
}

/// Handle to when the machine last woke up.
#[derive(Debug, Clone)]
pub struct Wake(Arc<watch::Sender<Option<Woken>>>);

impl Default for Wake {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }
}

impl Wake {
    /// The last time, if the machine slept since the gateway started.
    #[must_use]
    pub fn last(&self) -> Option<Woken> {
        *self.0.borrow()
    }

    /// Told each time; for services that keep connections to the outside.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<Option<Woken>> {
        self.0.subscribe()
    }

    fn tell(&self, woken: Woken) {
        self.0.send_replace(Some(woken));
    }
}

/// Compares the two clocks at each look.
#[derive(Debug, Clone, Copy)]
struct Looked {
    at: Instant,
    wall_ms: i64,
}

impl Looked {
    /// How long the machine slept since the last look, which was to be `expected`
    /// ago; then this look is the last one. A wall clock that was set back says
    /// nothing.
    fn gap(&mut self, now: Self, expected: Duration) -> Option<Duration> {
        let passed = now.at.duration_since(self.at);
        let on_the_wall = Duration::from_millis(u64::try_from(now.wall_ms.saturating_sub(self.wall_ms)).unwrap_or(0));
        *self = now;
        // Where timers go on during sleep, the look itself comes late.
        let slept = on_the_wall.saturating_sub(passed).max(passed.saturating_sub(expected));
        (slept >= LEAST_GAP).then_some(slept)
    }
}

/// Looks for as long as the gateway runs.
pub(crate) async fn watch(services: Arc<Services>) {
    let every = services.limits.wake_interval;
    let look = |services: &Services| Looked { at: Instant::now(), wall_ms: services.clock.now_ms() };
    let mut last = look(&services);
    loop {
        tokio::time::sleep(every).await;
        let now = look(&services);
        if let Some(slept) = last.gap(now, every) {
            woke_up(&services, Woken { at_ms: now.wall_ms, slept });
        }
    }
}

fn woke_up(services: &Arc<Services>, woken: Woken) {
    tracing::warn!(slept_s = woken.slept.as_secs(), "The machine slept; looking after all connections.");
    services.wake.tell(woken);
    services.health.set_woken(woken.at_ms);
    // Clients hear at once that the gateway is there, and who does not answer is gone.
    services.hub.ping_all();
    services.hub.publish(&postern_protocol::system::Tick { ts: woken.at_ms });
    if let Err(error) = services.health.refresh() {
        tracing::error!(%error, "Health could not be refreshed.");
    }
    let (waiting, patience) = (Arc::clone(services), services.limits.wake_patience);
    services.tasks.spawn_until_shutdown("wake-clients", async move {
        tokio::time::sleep(patience).await;
        waiting.hub.drop_silent();
    });
    let services = Arc::clone(services);
    let tasks = services.tasks.clone();
    tasks.spawn_until_shutdown("wake-outside", async move {
        tokio::time::sleep(SPREAD.mul_f64(rand::random::<f64>())).await;
        services.tools.reconnect();
        services.models.look_again().await;
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_between_the_clocks_is_sleep() {
        let start = Instant::now();
        let looked =
            |seconds: u64, wall_s: i64| Looked { at: start + Duration::from_secs(seconds), wall_ms: wall_s * 1_000 };
        let every = Duration::from_secs(2);
        for (what, seconds, wall_s, want) in [
            ("as usual", 2, 2, None),
            ("a busy machine", 9, 9, None),
            ("a corrected clock", 2, 11, None),
            ("ten minutes, timers stood still", 2, 602, Some(600)),
            ("ten minutes, timers went on", 602, 602, Some(600)),
            ("a clock that was set back", 2, -3_600, None),
        ] {
            let mut last = looked(0, 0);
            let gap = last.gap(looked(seconds, wall_s), every);
            assert_eq!(gap.map(|gap| gap.as_secs()), want, "{what}");
            // Told once.
            assert_eq!(last.gap(looked(seconds + 2, wall_s + 2), every), None, "{what}");
        }
    }
}
