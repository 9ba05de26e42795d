//! The two forms of a line. Both are one line, whatever was said: text of
//! strangers can neither begin a line of its own nor command a terminal.

use std::fmt::Write as _;

use postern_gateway::logs::iso_time;
use serde_json::{Map, Value, json};
use tracing::Level;

use super::entry::Entry;

/// How lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// JSON as log readers of the ecosystem know it (`storage-and-config.md §2`).
    Json,
    /// For people.
    Human {
        /// Whether the level is coloured.
        colour: bool,
    },
}

impl Form {
    /// The line with its end.
    pub(super) fn line(self, entry: &Entry) -> String {
        match self {
            Self::Json => json_line(entry),
            Self::Human { colour } => human_line(entry, colour),
        }
    }
}

fn json_line(entry: &Entry) -> String {
    let subsystem = json!({"subsystem": subsystem(entry.target)});
    let time = iso_time(entry.time_ms);
    let mut line = Map::new();
    line.insert("0".to_owned(), subsystem.clone());
    line.insert("1".to_owned(), entry.text().into());
    let meta = json!({"logLevelName": entry.level.as_str(), "date": time, "name": subsystem.to_string()});
    line.insert("_meta".to_owned(), meta);
    line.insert("time".to_owned(), time.into());
    if !entry.fields.is_empty() {
        let fields = entry.fields.iter().map(|(name, value)| ((*name).to_owned(), Value::from(plain(value))));
        line.insert("fields".to_owned(), fields.collect());
    }
    let mut text = crate::output::escaped(Value::Object(line).to_string());
    text.push('\n');
    text
}

/// Text without the quotes and escapes that it has for people.
fn plain(value: &str) -> String {
    let quoted = value.starts_with('"') && value.ends_with('"');
    let text = if quoted { serde_json::from_str(value).ok() } else { None };
    text.unwrap_or_else(|| value.to_owned())
}

/// `postern_gateway::wire::conn` is `gateway/wire`.
fn subsystem(target: &str) -> String {
    let mut parts = target.split("::");
    let first = parts.next().unwrap_or_default();
    let first = first.strip_prefix("postern_").unwrap_or(first);
    match (first, parts.next()) {
        ("postern", Some(part)) => part.to_owned(),
        (first, Some(part)) => format!("{first}/{part}"),
        (first, None) => first.to_owned(),
    }
}

fn human_line(entry: &Entry, colour: bool) -> String {
    let level = entry.level.as_str();
    let (start, end) = if colour { (colour_of(entry.level), "\x1b[0m") } else { ("", "") };
    let mut line = format!("{} {start}{level:>5}{end} {}: ", iso_time(entry.time_ms), entry.target);
    for c in entry.text().chars() {
        if is_risky(c) {
            // `\n`, `\u{1b}`; writing to a String cannot fail.
            let _ = write!(line, "{}", c.escape_default());
        } else {
            line.push(c);
        }
    }
    line.push('\n');
    line
}

/// What ends a line, moves a cursor, or turns or hides letters.
fn is_risky(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

const fn colour_of(level: Level) -> &'static str {
    match level {
        Level::ERROR => "\x1b[31m",
        Level::WARN => "\x1b[33m",
        Level::INFO => "\x1b[32m",
        Level::DEBUG => "\x1b[34m",
        Level::TRACE => "\x1b[35m",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        let mut entry =
            Entry::new(1_767_225_600_123, Level::WARN, "postern_gateway::wire::conn", "Refused.".to_owned());
        entry.fields = vec![("reason", r#""too \"many\"""#.to_owned()), ("ip", "127.0.0.1".to_owned())];
        entry
    }

    #[test]
    fn json_is_what_log_readers_of_the_ecosystem_expect() {
        let line = Form::Json.line(&entry());
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["0"], json!({"subsystem": "gateway/wire"}));
        assert_eq!(value["1"], r#"Refused. reason="too \"many\"" ip=127.0.0.1"#);
        assert_eq!(value["time"], "2026-01-01T00:00:00.123Z");
        let name = r#"{"subsystem":"gateway/wire"}"#;
        assert_eq!(value["_meta"], json!({"logLevelName": "WARN", "date": value["time"], "name": name}));
        assert_eq!(value["fields"], json!({"reason": "too \"many\"", "ip": "127.0.0.1"}));
        assert!(line.ends_with("}\n") && line.matches('\n').count() == 1);
        for (target, name) in [("postern::rpc", "rpc"), ("postern_tools", "tools"), ("hyper::proto::h1", "hyper/proto")]
        {
            assert_eq!(subsystem(target), name);
        }
    }

    #[test]
    fn people_get_one_line_with_colour_only_when_asked() {
        let line = Form::Human { colour: false }.line(&entry());
        assert_eq!(
            line,
            "2026-01-01T00:00:00.123Z  WARN postern_gateway::wire::conn: Refused. reason=\"too \\\"many\\\"\" ip=127.0.0.1\n"
        );
        assert!(Form::Human { colour: true }.line(&entry()).contains("\x1b[33m WARN\x1b[0m"));
    }

    /// Log injection: a stranger's name must not look like a line of the gateway, nor act on a terminal.
    #[test]
    fn what_strangers_say_stays_in_its_line() {
        let hostile = "name\n2026-01-01T00:00:00.000Z  INFO postern: fine\r\x1b[2Jx\u{9b}31m\u{202e}\u{2028}\u{7f}\0";
        let mut entry = Entry::new(0, Level::INFO, "postern", hostile.to_owned());
        entry.fields = vec![("device", hostile.to_owned())];
        for form in [Form::Json, Form::Human { colour: false }] {
            let line = form.line(&entry);
            let body = line.strip_suffix('\n').unwrap();
            assert!(!body.chars().any(is_risky), "{line:?}");
        }
        let value: Value = serde_json::from_str(&Form::Json.line(&entry)).unwrap();
        assert_eq!(value["fields"]["device"], hostile);
    }
}
