//! What is printed: answers to standard output, everything else to standard
//! error. A reader that goes away early is no failure.

use std::io::{self, ErrorKind, IsTerminal as _, Write as _};

use postern_gateway::program::as_typed;
use serde_json::Value;

use crate::exit::{Exit, Failure, Outcome};

/// Where a command puts its answer.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    json: bool,
    colour: bool,
    /// How this program has to be called.
    program: String,
}

impl Output {
    /// `json`: one document and nothing else. `colour`: allowed by the environment.
    pub(crate) fn new(json: Format, colour: bool) -> Self {
        Self { json: json == Format::Json, colour: colour && io::stdout().is_terminal(), program: "postern".to_owned() }
    }

    /// How this program has to be called, in everything that tells what to type.
    pub(crate) fn called(self, program: String) -> Self {
        Self { program, ..self }
    }

    /// Whether a program reads the answer.
    pub(crate) const fn is_json(&self) -> bool {
        self.json
    }

    /// Whether colours may be used on standard output.
    pub(crate) const fn colour(&self) -> bool {
        self.colour
    }

    /// Prints the answer: `document` for programs, `text` for people.
    /// The text is made only when it is wanted: a program gets every answer as it
    /// came, also one whose shape this release does not know.
    pub(crate) fn answer(&self, document: &Value, text: impl FnOnce() -> Outcome<String>) -> Outcome {
        self.content(document, || Ok(as_typed(&text()?, &self.program)))
    }

    /// The same with a text that is somebody's own, and stays as it is.
    pub(crate) fn content(&self, document: &Value, text: impl FnOnce() -> Outcome<String>) -> Outcome {
        if self.json { print(&escaped(document.to_string())) } else { print(&text()?) }
    }

    /// Prints lines that people asked for.
    #[expect(clippy::unused_self, reason = "what may print is what holds an Output")]
    pub(crate) fn text(&self, text: &str) -> Outcome {
        print(text)
    }

    /// Prints what goes on and on, and tells whether anybody still reads.
    #[expect(clippy::unused_self, reason = "what may print is what holds an Output")]
    pub(crate) fn stream(&self, text: &str) -> Outcome<Flow> {
        let mut out = io::stdout().lock();
        match write!(out, "{text}").and_then(|()| out.flush()) {
            Ok(()) => Ok(Flow::GoesOn),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Flow::Ended),
            Err(error) => Err(Failure::new(Exit::Failed, format!("the answer cannot be written: {error}"))),
        }
    }

    /// Says something beside the answer, on standard error.
    pub(crate) fn note(&self, text: &str) {
        complain(&as_typed(text, &self.program));
    }

    /// Says why nothing came of it, and gives the exit code.
    pub(crate) fn failure(&self, failure: &Failure) -> Exit {
        // Whoever approves does so where the gateway is, under the profile that it has there.
        let typed = if failure.exit == Exit::PairingRequired { failure.clone() } else { failure.typed(&self.program) };
        let failure = &typed;
        complain(&format!("postern: {failure}"));
        if self.json && !failure.reported {
            // The exit code already tells; a lost document changes nothing about it.
            let _ = print(&escaped(failure.to_json().to_string()));
        }
        failure.exit
    }
}

/// Whether anybody still reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    /// Somebody does.
    GoesOn,
    /// Nobody does.
    Ended,
}

/// Who reads the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// People.
    Text,
    /// Programs.
    Json,
}

/// Asks on the terminal; only a clear yes counts as one.
pub(crate) fn confirm(question: &str) -> bool {
    let mut error = io::stderr().lock();
    let asked = write!(error, "{question} [y/N] ").and_then(|()| error.flush());
    let mut reply = String::new();
    asked.is_ok()
        && io::stdin().read_line(&mut reply).is_ok()
        && matches!(reply.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

/// Whether somebody can be asked.
pub(crate) fn somebody_is_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

fn print(text: &str) -> Outcome {
    let mut out = io::stdout().lock();
    let end = if text.ends_with('\n') { "" } else { "\n" };
    match write!(out, "{text}{end}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Failed, format!("the answer cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

fn complain(text: &str) {
    // Where standard error is closed there is nobody left to tell.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Text of strangers as one harmless line: a device may name itself as it likes,
/// and an escape sequence or a right-to-left override in its name must not be
/// able to rewrite what an approver reads.
pub(crate) fn printable(text: &str) -> String {
    let invisible = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    text.chars().map(|c| if invisible(c) { '\u{fffd}' } else { c }).collect()
}

/// Text of a model or of a tool as a terminal may show it: lines stay lines, and
/// whatever else could move the cursor, set colours or turn words around becomes
/// a visible mark. Each character is judged alone, so pieces of an answer that
/// arrive one after the other are as harmless as the whole.
pub(crate) fn harmless(text: &str) -> String {
    let kept = text.chars().filter(|c| *c != '\r');
    kept.map(|c| if c == '\n' || c == '\t' || !is_harmful(c) { c } else { '\u{fffd}' }).collect()
}

/// Joiners are harmless in a text: emoji and some scripts need them.
fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// JSON that means the same and is harmless on a terminal: `serde_json` escapes
/// control characters below U+0020 only, and terminals obey some above as well.
/// Outside of strings such characters do not occur.
pub(crate) fn escaped(json: String) -> String {
    let risky = |c: char| is_harmful(c) && c != '\n';
    if !json.contains(risky) {
        return json;
    }
    let mut safe = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if risky(c) {
            // Writing to a String cannot fail.
            let _ = std::fmt::Write::write_fmt(&mut safe, format_args!("\\u{:04x}", u32::from(c)));
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Milliseconds as people say them: `12 s`, `5 min`, `3 h 12 min`, `4 d 2 h`.
pub(crate) fn span(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match () {
        () if minutes == 0 => format!("{seconds} s"),
        () if hours == 0 => format!("{minutes} min"),
        () if days == 0 && minutes % 60 == 0 => format!("{hours} h"),
        () if days == 0 => format!("{hours} h {} min", minutes % 60),
        () if hours % 24 == 0 => format!("{days} d"),
        () => format!("{days} d {} h", hours % 24),
    }
}

/// How long ago something was.
pub(crate) fn ago(then_ms: i64, now_ms: i64) -> String {
    match u64::try_from(now_ms.saturating_sub(then_ms)).unwrap_or_default() {
        0..2000 => "now".to_owned(),
        past => format!("{} ago", span(past)),
    }
}

/// `1 device`, `2 devices`.
pub(crate) fn count(number: usize, one: &str) -> String {
    format!("{number} {one}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_strangers_cannot_move_the_cursor_or_hide_letters() {
        let cleaned = printable("phone\u{1b}[2K\r\nowner\u{202e}gpj\u{200b}");
        assert_eq!(cleaned, "phone\u{fffd}[2K\u{fffd}\u{fffd}owner\u{fffd}gpj\u{fffd}");
        assert_eq!(printable("Zoë’s 📱"), "Zoë’s 📱");
    }

    #[test]
    fn answers_of_models_cannot_command_the_terminal() {
        let hostile = "a\u{1b}]0;title\u{7}\u{9b}31mb\u{8}\r\n\tc\u{202e}d\u{7f}";
        let shown = harmless(hostile);
        assert_eq!(shown, "a\u{fffd}]0;title\u{fffd}\u{fffd}31mb\u{fffd}\n\tc\u{fffd}d\u{fffd}");
        let pieces: String = hostile.chars().map(|c| harmless(&c.to_string())).collect();
        assert_eq!(pieces, shown);
        assert_eq!(harmless("👩‍🚀 naïve"), "👩‍🚀 naïve");
    }

    #[test]
    fn json_means_the_same_after_escaping() {
        let value = serde_json::json!({"t": "a\u{1b}[2J\u{9b}2J\u{7f}\u{202e}é\n"});
        for text in [value.to_string(), format!("{value:#}")] {
            let safe = escaped(text);
            assert!(!safe.chars().any(|c| c != '\n' && is_harmful(c)), "{safe:?}");
            assert_eq!(serde_json::from_str::<Value>(&safe).unwrap(), value);
        }
    }

    #[test]
    fn spans_read_naturally() {
        for (milliseconds, want) in [
            (0, "0 s"),
            (59_999, "59 s"),
            (60_000, "1 min"),
            (3_600_000, "1 h"),
            (11_520_000, "3 h 12 min"),
            (86_400_000, "1 d"),
            (352_800_000, "4 d 2 h"),
        ] {
            assert_eq!(span(milliseconds), want);
        }
        assert_eq!(ago(10_000, 10_500), "now");
        assert_eq!(ago(20_000, 10_000), "now");
        assert_eq!(ago(0, 61_000), "1 min ago");
        assert_eq!((count(1, "device"), count(0, "node")), ("1 device".into(), "0 nodes".into()));
    }
}
