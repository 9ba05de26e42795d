//! One line of the log, read and shown.

use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use crate::args::LevelArg;
use crate::output::{escaped, printable};

/// A line as far as it can be read; whatever else stands in a log is text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) time_ms: Option<i64>,
    pub(super) level: Option<LevelArg>,
    pub(super) subsystem: Option<String>,
    pub(super) message: String,
    /// Whether it is a line that a gateway wrote.
    pub(super) is_read: bool,
}

/// How lines are shown.
#[derive(Debug, Clone)]
pub(super) struct Look {
    pub(super) json: bool,
    pub(super) colour: bool,
    pub(super) zone: TimeZone,
}

impl Line {
    pub(super) fn read(text: &str) -> Self {
        let as_text = || Self { message: text.to_owned(), ..Self::default() };
        let Ok(Value::Object(line)) = serde_json::from_str(text) else { return as_text() };
        let meta = line.get("_meta");
        let meta = |name: &str| meta.and_then(|meta| meta.get(name)).and_then(Value::as_str);
        let time = line.get("time").and_then(Value::as_str).or_else(|| meta("date"));
        let Some(message) = line.get("1").or_else(|| line.get("0")).and_then(Value::as_str) else { return as_text() };
        // Others write the first part as JSON in a string.
        let name = meta("name").and_then(|name| serde_json::from_str::<Value>(name).ok());
        let subsystem =
            line.get("0").and_then(|part| part.get("subsystem")).or_else(|| name.as_ref()?.get("subsystem"));
        Self {
            time_ms: time.and_then(|time| time.parse::<Timestamp>().ok()).map(Timestamp::as_millisecond),
            level: meta("logLevelName").and_then(level),
            subsystem: subsystem.and_then(Value::as_str).map(str::to_owned),
            message: message.to_owned(),
            is_read: true,
        }
    }

    /// Whether it has this text, which is in small letters.
    pub(super) fn contains(&self, text: &str) -> bool {
        let has = |part: &str| part.to_lowercase().contains(text);
        has(&self.message) || self.subsystem.as_deref().is_some_and(has)
    }
}

fn level(name: &str) -> Option<LevelArg> {
    match name.to_ascii_lowercase().as_str() {
        "silly" | "trace" => Some(LevelArg::Trace),
        "debug" => Some(LevelArg::Debug),
        "info" => Some(LevelArg::Info),
        "warn" | "warning" => Some(LevelArg::Warn),
        "error" => Some(LevelArg::Error),
        "fatal" => Some(LevelArg::Fatal),
        _ => None,
    }
}

const fn word(level: LevelArg) -> &'static str {
    match level {
        LevelArg::Trace => "TRACE",
        LevelArg::Debug => "DEBUG",
        LevelArg::Info => "INFO",
        LevelArg::Warn => "WARN",
        LevelArg::Error => "ERROR",
        LevelArg::Fatal => "FATAL",
    }
}

const fn colour(level: LevelArg) -> &'static str {
    match level {
        LevelArg::Trace => "\x1b[35m",
        LevelArg::Debug => "\x1b[34m",
        LevelArg::Info => "\x1b[32m",
        LevelArg::Warn => "\x1b[33m",
        LevelArg::Error | LevelArg::Fatal => "\x1b[31m",
    }
}

impl Look {
    /// The line with its end.
    pub(super) fn at(&self, line: &Line) -> String {
        if self.json {
            let mut document = match line.is_read {
                true => json!({"type": "log", "message": line.message}),
                false => json!({"type": "raw", "message": line.message}),
            };
            if let Some(time) = line.time_ms {
                document["time"] = postern_gateway::logs::iso_time(time).into();
            }
            if let Some(level) = line.level {
                document["level"] = word(level).to_ascii_lowercase().into();
            }
            if let Some(subsystem) = &line.subsystem {
                document["subsystem"] = subsystem.as_str().into();
            }
            return format!("{}\n", escaped(document.to_string()));
        }
        let message = printable(&line.message);
        let Some(level) = line.level else { return format!("{message}\n") };
        let (start, end) = if self.colour { (colour(level), "\x1b[0m") } else { ("", "") };
        let time = line.time_ms.map(|time| self.time(time)).unwrap_or_default();
        let subsystem = printable(line.subsystem.as_deref().unwrap_or_default());
        format!("{time} {start}{:>5}{end} {subsystem}: {message}\n", word(level))
    }

    fn time(&self, epoch_ms: i64) -> String {
        let time = Timestamp::from_millisecond(epoch_ms).unwrap_or_default().to_zoned(self.zone.clone());
        let end = if self.zone == TimeZone::UTC { "%Y-%m-%dT%H:%M:%S%.3fZ" } else { "%Y-%m-%dT%H:%M:%S%.3f%:z" };
        time.strftime(end).to_string()
    }
}
