//! What a conversation looks like: on a terminal with names, notes and a prompt;
//! elsewhere the answers alone.

use std::io::Write as _;

use super::shown::Piece;
use crate::output::{harmless, printable};

/// Who looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    /// Somebody at a terminal.
    Person {
        /// Whether colours may be used.
        colour: bool,
    },
    /// A pipe or a file.
    Pipe,
    /// A program that wants one document at the end.
    Document,
}

#[derive(Debug, Clone, Copy)]
enum Style {
    Plain,
    Name,
    Dim,
    Alarm,
}

/// Where the conversation appears.
#[derive(Debug)]
pub(super) struct Screen {
    audience: Audience,
    /// Run whose answer is being written in the last line.
    speaking: Option<String>,
    /// Whether the last line is unfinished.
    unfinished: bool,
    /// Whether the prompt is the last line.
    prompting: bool,
    gone: bool,
}

impl Screen {
    pub(super) const fn new(audience: Audience) -> Self {
        Self { audience, speaking: None, unfinished: false, prompting: false, gone: false }
    }

    /// Whether somebody sits there.
    pub(super) const fn is_person(&self) -> bool {
        matches!(self.audience, Audience::Person { .. })
    }

    /// Whether one document is wanted instead.
    pub(super) fn is_document(&self) -> bool {
        self.audience == Audience::Document
    }

    /// Whether nobody reads any more.
    pub(super) const fn is_gone(&self) -> bool {
        self.gone
    }

    /// A whole message with the name of who said it.
    pub(super) fn message(&mut self, who: &str, text: &str) {
        if !self.is_person() {
            return;
        }
        self.finish();
        self.write(Style::Name, &format!("{}> ", printable(who)));
        self.write(Style::Plain, &format!("{}\n", harmless(text.trim_end())));
    }

    /// A piece of an answer.
    pub(super) fn answer(&mut self, (who, run): (&str, &str), piece: &Piece) {
        if piece.text.is_empty() || self.is_document() {
            return;
        }
        let goes_on = self.speaking.as_deref() == Some(run) && !piece.fresh;
        if !goes_on {
            self.finish();
            if self.is_person() {
                self.write(Style::Name, &format!("{}> ", printable(who)));
            }
            self.speaking = Some(run.to_owned());
        }
        let text = harmless(&piece.text);
        self.unfinished = !text.ends_with('\n');
        self.write(Style::Plain, &text);
    }

    /// Something beside the conversation.
    pub(super) fn note(&mut self, text: &str) {
        self.aside(Style::Dim, &printable(text));
    }

    /// Something that needs somebody; may have several lines.
    pub(super) fn alarm(&mut self, text: &str) {
        self.aside(Style::Alarm, text);
    }

    fn aside(&mut self, style: Style, text: &str) {
        match self.audience {
            Audience::Person { .. } => {
                self.finish();
                self.write(style, &format!("{text}\n"));
            }
            // Where standard error is closed there is nobody left to tell.
            Audience::Pipe => drop(writeln!(std::io::stderr().lock(), "postern: {text}")),
            Audience::Document => {}
        }
    }

    /// Ends the line that is being written.
    pub(super) fn finish(&mut self) {
        self.speaking = None;
        if self.unfinished || self.prompting {
            self.write(Style::Plain, "\n");
        }
        (self.unfinished, self.prompting) = (false, false);
    }

    /// Asks for the next line.
    pub(super) fn prompt(&mut self, words: &str) {
        if !self.is_person() || self.prompting {
            return;
        }
        self.finish();
        self.write(Style::Name, words);
        self.prompting = true;
    }

    /// Somebody ended the line of the prompt.
    pub(super) const fn entered(&mut self) {
        self.prompting = false;
    }

    fn write(&mut self, style: Style, text: &str) {
        let (begin, end) = match (self.audience, style) {
            (Audience::Person { colour: true }, Style::Name) => ("\u{1b}[1m", "\u{1b}[0m"),
            (Audience::Person { colour: true }, Style::Dim) => ("\u{1b}[2m", "\u{1b}[0m"),
            (Audience::Person { colour: true }, Style::Alarm) => ("\u{1b}[33m", "\u{1b}[0m"),
            _ => ("", ""),
        };
        let mut out = std::io::stdout().lock();
        let written = write!(out, "{begin}{text}{end}").and_then(|()| out.flush());
        self.gone = self.gone || written.is_err();
    }
}
