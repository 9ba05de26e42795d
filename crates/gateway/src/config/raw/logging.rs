//! `logging` as written: what is logged, where, and how much is kept.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `logging`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawLogging {
    /// What is written into the file. Default `info`. In force at once; the variable `POSTERN_LOG` wins.
    pub level: Option<LogLevel>,
    /// What is shown on the terminal. Default: like `level`.
    pub console_level: Option<LogLevel>,
    /// Whole path of the log file. Default `logs/postern.log` in the state folder.
    pub file: Option<String>,
    /// Hide what looks like a key or a token. Default `on`; with `off`, secrets that the gateway knows stay hidden.
    pub redact_sensitive: Option<RedactSensitive>,
    /// Regular expressions of what is to be hidden as well: their first group, or all that fits.
    pub redact_patterns: Option<Vec<String>>,
    /// Size at which a new file is begun; a new day begins one too. Default 10000000.
    #[schemars(range(min = 10_000, max = 1_000_000_000))]
    pub max_file_bytes: Option<u64>,
    /// How many old files are kept. Default 10.
    #[schemars(range(min = 0, max = 900))]
    pub max_files: Option<u32>,
    /// How many days old files are kept. Default 14.
    #[schemars(range(min = 1, max = 3_650))]
    pub retention_days: Option<u32>,
    /// What all files together may take; the oldest go first. Default 100000000.
    #[schemars(range(min = 20_000, max = 100_000_000_000_u64))]
    pub max_total_bytes: Option<u64>,
}

/// How much is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Nothing.
    Silent,
    /// What ends the gateway; the same as `error`.
    Fatal,
    /// What failed.
    Error,
    /// What needs attention.
    Warn,
    /// What an operator wants to know.
    #[default]
    Info,
    /// What happens inside as well.
    Debug,
    /// Everything.
    Trace,
}

/// Whether what looks like a secret is hidden.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RedactSensitive {
    /// Yes.
    #[default]
    On,
    /// Yes; the word of other gateways.
    Tools,
    /// No.
    Off,
}
