//! One line before it is text, bounded and without secrets.

use std::fmt::{self, Debug, Write as _};

use postern_gateway::logs::Redactor;
use tracing::field::{Field, Visit};
use tracing::{Event, Level};

/// Longest text of one part, bytes. Whatever a stranger makes the program say, it
/// cannot fill the log at once.
const MOST_TEXT: usize = 16 * 1024;

/// What one event said.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) time_ms: i64,
    pub(super) level: Level,
    pub(super) target: &'static str,
    pub(super) message: String,
    pub(super) fields: Vec<(&'static str, String)>,
}

impl Entry {
    pub(super) fn of(event: &Event<'_>, time_ms: i64) -> Self {
        let metadata = event.metadata();
        let mut entry = Self::new(time_ms, *metadata.level(), metadata.target(), String::new());
        event.record(&mut entry);
        entry
    }

    pub(super) fn new(time_ms: i64, level: Level, target: &'static str, message: String) -> Self {
        Self { time_ms, level, target, message, fields: Vec::new() }
    }

    /// Takes secrets out, those that are known and those that look like one.
    pub(super) fn redact(&mut self, redactor: &Redactor, by_shape: bool) {
        let clean = |text: &mut String| {
            let told = if by_shape { redactor.redact(text) } else { redactor.redact_known(text) };
            if let std::borrow::Cow::Owned(told) = told {
                *text = told;
            }
        };
        clean(&mut self.message);
        for (name, value) in &mut self.fields {
            // `token=…` is a shape as well; the name alone is in another place.
            let mut both = format!("{name}={value}");
            clean(&mut both);
            *value = both.strip_prefix(*name).and_then(|rest| rest.strip_prefix('=')).unwrap_or_default().to_owned();
        }
    }

    /// The message and the fields behind it, as people read them.
    pub(super) fn text(&self) -> String {
        let mut text = self.message.clone();
        for (name, value) in &self.fields {
            let space = if text.is_empty() { "" } else { " " };
            // Writing to a String cannot fail.
            let _ = write!(text, "{space}{name}={value}");
        }
        text
    }

    fn put(&mut self, field: &Field, value: String) {
        let value = cut(value);
        if field.name() == "message" { self.message = value } else { self.fields.push((field.name(), value)) }
    }
}

impl Visit for Entry {
    fn record_str(&mut self, field: &Field, value: &str) {
        let is_message = field.name() == "message";
        self.put(field, if is_message { value.to_owned() } else { format!("{value:?}") });
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut text = Bounded(String::new());
        // Ends early when there is too much; what there is counts.
        let _ = write!(text, "{value:?}");
        self.put(field, text.0);
    }
}

/// Stops formatting soon after it is more than anybody keeps.
struct Bounded(String);

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.push_str(text);
        if self.0.len() > 2 * MOST_TEXT { Err(fmt::Error) } else { Ok(()) }
    }
}

fn cut(mut text: String) -> String {
    if text.len() > MOST_TEXT {
        text.truncate(text.floor_char_boundary(MOST_TEXT));
        text.push('…');
    }
    text
}
