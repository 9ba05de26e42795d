//! Whether this machine slept: the wall clock goes on meanwhile, and timers mostly
//! do not. A connection from before looks alive, and nobody is at its other end.

use std::time::Duration;

use tokio::time::Instant;

use crate::options::WallClock;

/// Compares the two clocks at each look.
pub(crate) struct SleepWatch {
    clock: WallClock,
    pub(crate) looked: Instant,
    wall_ms: i64,
}

impl SleepWatch {
    /// Between two looks.
    pub(crate) const EVERY: Duration = Duration::from_secs(1);
    /// Shorter gaps are a busy machine or a clock that was corrected.
    const LEAST_GAP: Duration = Duration::from_secs(10);

    pub(crate) fn new(clock: WallClock) -> Self {
        Self { looked: Instant::now(), wall_ms: clock(), clock }
    }

    /// Whether it slept since the last look.
    pub(crate) fn slept(&mut self) -> bool {
        let (now, wall_ms) = (Instant::now(), (self.clock)());
        let passed = now.duration_since(self.looked);
        let on_the_wall = Duration::from_millis(u64::try_from(wall_ms.saturating_sub(self.wall_ms)).unwrap_or(0));
        (self.looked, self.wall_ms) = (now, wall_ms);
        // Where timers go on during sleep, the look itself comes late.
        on_the_wall.saturating_sub(passed).max(passed.saturating_sub(Self::EVERY)) >= Self::LEAST_GAP
    }
}
