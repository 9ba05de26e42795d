//! `gateway.metrics`: who may read the figures.

use super::raw::RawMetrics;

/// Figures for a monitoring system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metrics {
    /// Whether `/metrics` answers.
    pub enabled: bool,
    /// Whether callers on this machine are asked for nothing.
    pub allow_local: bool,
}

impl Metrics {
    pub(super) fn of(raw: &RawMetrics) -> Self {
        Self { enabled: raw.enabled.unwrap_or(true), allow_local: raw.allow_local.unwrap_or(false) }
    }
}
