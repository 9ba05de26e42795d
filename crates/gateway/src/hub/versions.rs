//! The two counters that tell clients whether their cached state is old.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use postern_protocol::connect::StateVersion;

/// Versions of presence and health. They start at 1, so that 0 means "never seen".
#[derive(Debug, Clone)]
pub struct Versions(Arc<(AtomicU64, AtomicU64)>);

impl Default for Versions {
    fn default() -> Self {
        Self(Arc::new((AtomicU64::new(1), AtomicU64::new(1))))
    }
}

impl Versions {
    /// Both at this moment.
    #[must_use]
    pub fn now(&self) -> StateVersion {
        StateVersion { presence: self.0.0.load(Ordering::Acquire), health: self.0.1.load(Ordering::Acquire) }
    }

    /// Counts a change of presence.
    pub fn presence_changed(&self) {
        self.0.0.fetch_add(1, Ordering::AcqRel);
    }

    /// Counts a refresh of health.
    pub fn health_changed(&self) {
        self.0.1.fetch_add(1, Ordering::AcqRel);
    }
}
