//! What `logging` means.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::raw::{LogLevel, RawLogging, RedactSensitive};
use super::resolve::Notes;
use crate::logs::Pattern;
use crate::options::Paths;

/// What is logged, where, and how much is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logging {
    /// What is written into the file.
    pub level: LogLevel,
    /// What is shown on the terminal.
    pub console_level: LogLevel,
    /// The file, when one was named.
    named_file: Option<PathBuf>,
    /// Whether what looks like a secret is hidden.
    pub redact: bool,
    /// What is hidden as well.
    pub patterns: Vec<Pattern>,
    /// What is kept.
    pub keep: LogKeep,
}

/// How much of the log is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogKeep {
    /// Size at which a new file is begun.
    pub file_bytes: u64,
    /// Old files.
    pub files: u32,
    /// Age of old files.
    pub age: Duration,
    /// All files together.
    pub total_bytes: u64,
}

impl Default for LogKeep {
    fn default() -> Self {
        Self { file_bytes: 10_000_000, files: 10, age: days(14), total_bytes: 100_000_000 }
    }
}

impl Default for Logging {
    fn default() -> Self {
        Notes::default().logging(&RawLogging::default())
    }
}

impl Logging {
    /// Where the newest lines are.
    #[must_use]
    pub fn file(&self, paths: &Paths) -> PathBuf {
        self.named_file.clone().unwrap_or_else(|| paths.log())
    }
}

const fn days(number: u32) -> Duration {
    Duration::from_secs(number as u64 * 86_400)
}

impl Notes {
    pub(super) fn logging(&mut self, raw: &RawLogging) -> Logging {
        let usual = LogKeep::default();
        let level = raw.level.unwrap_or_default();
        let total_bytes = raw.max_total_bytes.unwrap_or(usual.total_bytes);
        if raw.max_file_bytes.is_some_and(|bytes| bytes > total_bytes / 2) {
            let message = format!("must be at most half of logging.maxTotalBytes, which is {total_bytes}");
            self.problem("logging.maxFileBytes", message);
        }
        Logging {
            level,
            console_level: raw.console_level.unwrap_or(level),
            named_file: self.log_file(raw.file.as_deref()),
            redact: raw.redact_sensitive.unwrap_or_default() != RedactSensitive::Off,
            patterns: self.patterns(raw.redact_patterns.as_deref().unwrap_or_default()),
            keep: LogKeep {
                file_bytes: raw.max_file_bytes.unwrap_or(usual.file_bytes).min(total_bytes / 2),
                files: raw.max_files.unwrap_or(usual.files),
                age: raw.retention_days.map_or(usual.age, days),
                total_bytes,
            },
        }
    }

    fn log_file(&mut self, written: Option<&str>) -> Option<PathBuf> {
        let file = Path::new(written?.trim());
        let usable =
            file.is_absolute() && file.file_name().is_some_and(|name| name.to_string_lossy().ends_with(".log"));
        if !usable {
            self.problem(
                "logging.file",
                "must be the whole path of a file that ends in .log, such as /var/log/postern.log",
            );
        }
        usable.then(|| file.to_owned())
    }

    fn patterns(&mut self, written: &[String]) -> Vec<Pattern> {
        let mut patterns = Vec::with_capacity(written.len());
        for (index, text) in written.iter().enumerate() {
            match Pattern::parse(text) {
                Ok(pattern) => patterns.push(pattern),
                Err(why) => self.problem(
                    format!("logging.redactPatterns[{index}]"),
                    format!("must be a regular expression such as order-([0-9]+): {why}"),
                ),
            }
        }
        patterns
    }
}
