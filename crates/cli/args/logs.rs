//! Arguments of `postern logs`.

use clap::{Args, ValueEnum};

/// `postern logs`.
#[derive(Debug, Clone, Args)]
pub(crate) struct LogsArgs {
    /// Stay and show what is added
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// How many lines, from the end
    #[arg(long, short = 'n', value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=5_000))]
    pub(crate) limit: u32,
    /// Only lines of this level and above
    #[arg(long, value_name = "LEVEL")]
    pub(crate) level: Option<LevelArg>,
    /// Only lines since then: 90s, 10m, 2h, 3d, or a time such as 2026-01-31T12:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// Only lines that contain this text, large and small letters alike
    #[arg(long, value_name = "TEXT")]
    pub(crate) grep: Option<String>,
    /// Times in UTC
    #[arg(long, conflicts_with = "local_time")]
    pub(crate) utc: bool,
    /// Times of this machine's zone, which is the default
    #[arg(long)]
    pub(crate) local_time: bool,
    /// No colours
    #[arg(long, visible_alias = "no-color")]
    pub(crate) plain: bool,
    /// How often is looked for new lines, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(50..=60_000))]
    pub(crate) interval: u64,
    /// Most bytes of one answer of the gateway
    #[arg(long, value_name = "BYTES", default_value_t = 250_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) max_bytes: u32,
}

impl LogsArgs {
    /// The last lines, as they are.
    pub(crate) const fn last(lines: u32) -> Self {
        Self {
            follow: false,
            limit: lines,
            level: None,
            since: None,
            grep: None,
            utc: false,
            local_time: false,
            plain: false,
            interval: 1_000,
            max_bytes: 1_000_000,
        }
    }
}

/// How important a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum LevelArg {
    /// Everything.
    Trace,
    /// What happens inside.
    Debug,
    /// What an operator wants to know.
    Info,
    /// What needs attention.
    Warn,
    /// What failed.
    Error,
    /// What ended the gateway.
    Fatal,
}
