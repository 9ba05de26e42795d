//! `gateway.reload` as written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `gateway.reload`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawReload {
    /// What happens when the configuration changes. Default `hybrid`.
    pub mode: Option<ReloadMode>,
    /// How long a file that cannot be read is waited for, milliseconds: an editor may still be writing it. Default 300.
    #[schemars(range(min = 10, max = 60_000))]
    pub debounce_ms: Option<u64>,
}

/// What happens when the configuration changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReloadMode {
    /// What can change at once does; the rest restarts the gateway when no run is under way.
    #[default]
    Hybrid,
    /// What can change at once does; the rest waits for the next start.
    Hot,
    /// Every change restarts the gateway.
    Restart,
    /// A changed file is not looked at until the next start.
    Off,
}
