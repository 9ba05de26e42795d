//! From typed lines to messages: one line each, or several with `\` at the end
//! of a line or between `"""`.

use std::io::BufRead as _;
use std::time::Instant;

use tokio::sync::mpsc;

/// Lines that are read ahead of the conversation.
const AHEAD: usize = 64;
const QUOTES: &str = "\"\"\"";

/// A line of the input.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) text: String,
    /// When it was ended, which may be long before the conversation looks at it.
    pub(super) typed: Instant,
}

/// Lines of standard input, read by a thread of their own: a terminal gives none
/// for as long as its owner likes. The channel ends with the input.
pub(super) fn lines() -> mpsc::Receiver<Line> {
    let (sender, lines) = mpsc::channel(AHEAD);
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        let mut line = Vec::new();
        while matches!(input.read_until(b'\n', &mut line), Ok(read) if read > 0) {
            let text = String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned();
            if sender.blocking_send(Line { text, typed: Instant::now() }).is_err() {
                break;
            }
            line.clear();
        }
    });
    lines
}

/// Collects lines until they are a message.
#[derive(Debug, Default)]
pub(super) struct Composer {
    lines: Vec<String>,
    quoted: bool,
}

impl Composer {
    /// Whether a message has been begun.
    pub(super) fn is_open(&self) -> bool {
        self.quoted || !self.lines.is_empty()
    }

    /// Takes a line; the message when it is complete.
    pub(super) fn add(&mut self, line: &str) -> Option<String> {
        if self.quoted {
            return self.add_quoted(line);
        }
        if self.lines.is_empty()
            && let Some(rest) = line.trim_start().strip_prefix(QUOTES)
        {
            self.quoted = true;
            return if rest.is_empty() { None } else { self.add_quoted(rest) };
        }
        match line.strip_suffix('\\') {
            Some(begun) => {
                self.lines.push(begun.to_owned());
                None
            }
            None => {
                self.lines.push(line.to_owned());
                self.take()
            }
        }
    }

    fn add_quoted(&mut self, line: &str) -> Option<String> {
        match line.trim_end().strip_suffix(QUOTES) {
            Some("") => self.take(),
            Some(last) => {
                self.lines.push(last.to_owned());
                self.take()
            }
            None => {
                self.lines.push(line.to_owned());
                None
            }
        }
    }

    /// What was begun, when the input ends or somebody wants to begin anew.
    pub(super) fn take(&mut self) -> Option<String> {
        self.quoted = false;
        let text = std::mem::take(&mut self.lines).join("\n");
        (!text.trim().is_empty()).then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(lines: &[&str]) -> Vec<String> {
        let mut composer = Composer::default();
        let mut messages: Vec<String> = lines.iter().filter_map(|line| composer.add(line)).collect();
        messages.extend(composer.take());
        assert!(!composer.is_open());
        messages
    }

    #[test]
    fn a_line_is_a_message_unless_it_goes_on() {
        assert_eq!(messages(&["hi", "", "  ", "there"]), ["hi", "there"]);
        assert_eq!(messages(&["a\\", "b\\", "c", "d"]), ["a\nb\nc", "d"]);
        assert_eq!(messages(&["\"\"\"", "a", "", "b\\", "\"\"\"", "c"]), ["a\n\nb\\", "c"]);
        assert_eq!(
            messages(&["\"\"\"a", "b\"\"\"", "\"\"\"one\"\"\"", "say \"\"\" x"]),
            ["a\nb", "one", "say \"\"\" x"]
        );
        assert_eq!(messages(&["a\\"]), ["a"]);
        assert_eq!(messages(&["\"\"\"", "a"]), ["a"]);
        assert_eq!(messages(&["\"\"\"", "\"\"\""]), [""; 0]);
    }
}
