//! What of a run's answer has been shown, so that every word is shown once:
//! whatever arrives late, twice, cut short or only in the transcript.

/// One piece to be shown.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Piece {
    /// Whether it begins a text of its own.
    pub(super) fresh: bool,
    /// Its words; empty when there is nothing to show.
    pub(super) text: String,
}

impl Piece {
    fn fresh(text: &str) -> Self {
        Self { fresh: true, text: text.to_owned() }
    }

    fn more(text: &str) -> Self {
        Self { fresh: false, text: text.to_owned() }
    }
}

/// The texts of one run. It has several when the model calls tools in between.
#[derive(Debug, Default)]
pub(super) struct Shown {
    texts: Vec<String>,
    /// Whether the last text goes on.
    open: bool,
    /// How many texts the transcript has confirmed.
    confirmed: usize,
    /// Pieces may be missing, so only a whole text says what follows.
    unsure: bool,
}

impl Shown {
    /// Everything that was shown.
    pub(super) fn all(&self) -> String {
        self.texts.join("\n")
    }

    /// From now on pieces may be missing.
    pub(super) fn doubt(&mut self) {
        self.unsure = true;
    }

    /// The current text is complete.
    pub(super) fn next(&mut self) {
        self.open = false;
        self.unsure = false;
    }

    /// More of the current text.
    pub(super) fn more(&mut self, piece: &str) -> Piece {
        match (self.unsure || piece.is_empty(), self.open) {
            (true, _) => Piece::default(),
            (false, false) => self.begin(piece),
            (false, true) => self.append(piece),
        }
    }

    /// The current text from its beginning.
    pub(super) fn whole(&mut self, text: &str) -> Piece {
        self.unsure = false;
        if text.is_empty() {
            return Piece::default();
        }
        let Some(current) = self.texts.last().filter(|_| self.open) else { return self.begin(text) };
        if current.starts_with(text) {
            // Older than what was shown.
            return Piece::default();
        }
        match text.strip_prefix(current.as_str()) {
            Some(rest) => {
                let rest = rest.to_owned();
                self.append(&rest)
            }
            None => self.begin(text),
        }
    }

    /// The last text as the run ended with it.
    pub(super) fn end(&mut self, text: &str) -> Piece {
        let known = !self.open && self.texts.last().is_some_and(|last| same(last, text));
        let piece = if known || text.trim().is_empty() { Piece::default() } else { self.complete(text) };
        self.next();
        piece
    }

    /// A text as the transcript has it; texts come in order, each once.
    pub(super) fn confirm(&mut self, text: &str) -> Piece {
        let place = self.confirmed;
        self.confirmed += 1;
        if place + 1 < self.texts.len() || (place < self.texts.len() && same(&self.texts[place], text)) {
            if place + 1 == self.texts.len() {
                self.next();
            }
            return Piece::default();
        }
        let piece = if place < self.texts.len() { self.complete(text) } else { self.begin(text) };
        self.next();
        piece
    }

    /// The whole current text; it does not matter whether white space at its end
    /// was shown.
    fn complete(&mut self, text: &str) -> Piece {
        match self.texts.last() {
            Some(current) if self.open && same(current, text) => Piece::default(),
            Some(current) if self.open && !text.starts_with(current.as_str()) => {
                match text.strip_prefix(current.trim_end()) {
                    Some(rest) => {
                        let rest = rest.to_owned();
                        self.append(&rest)
                    }
                    None => self.begin(text),
                }
            }
            _ => self.whole(text),
        }
    }

    fn begin(&mut self, text: &str) -> Piece {
        self.texts.push(text.to_owned());
        self.open = true;
        Piece::fresh(text)
    }

    fn append(&mut self, text: &str) -> Piece {
        if let Some(current) = self.texts.last_mut() {
            current.push_str(text);
        }
        Piece::more(text)
    }
}

fn same(one: &str, other: &str) -> bool {
    one.trim() == other.trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a reader sees; `|` stands before a text of its own.
    fn seen(pieces: &[Piece]) -> String {
        let shown = pieces.iter().filter(|piece| !piece.text.is_empty());
        shown.map(|piece| format!("{}{}", if piece.fresh { "|" } else { "" }, piece.text)).collect()
    }

    #[test]
    fn pieces_and_whole_texts_are_shown_once() {
        let mut shown = Shown::default();
        let pieces = [
            shown.whole("He"),
            shown.more("llo"),
            shown.whole("Hello wor"),
            shown.whole("Hello"),
            shown.end("Hello world"),
        ];
        assert_eq!(seen(&pieces), "|Hello world");
        assert_eq!(shown.all(), "Hello world");
    }

    #[test]
    fn a_tool_call_begins_another_text() {
        let mut shown = Shown::default();
        let first = shown.more("I look.");
        shown.next();
        let pieces = [first, shown.more("I"), shown.more(" found it."), shown.end("I found it.")];
        assert_eq!(seen(&pieces), "|I look.|I found it.");
        // The same with a lost note about the tool.
        let mut shown = Shown::default();
        let pieces = [shown.more("I look."), shown.whole("Found"), shown.end("Found it.")];
        assert_eq!(seen(&pieces), "|I look.|Found it.");
    }

    #[test]
    fn after_doubt_only_a_whole_text_counts() {
        let mut shown = Shown::default();
        let first = shown.more("one ");
        shown.doubt();
        let pieces = [
            first,
            shown.more("three "),
            shown.whole("one two three "),
            shown.more("four"),
            shown.end("one two three four"),
        ];
        assert_eq!(seen(&pieces), "|one two three four");
    }

    #[test]
    fn the_transcript_completes_what_was_cut_short() {
        let mut shown = Shown::default();
        let first = shown.more("I look. ");
        shown.next();
        let second = shown.more("Found");
        let pieces = [
            first,
            second,
            shown.confirm("I look."),
            shown.confirm("Found it."),
            shown.confirm("Done."),
            shown.end("Done."),
        ];
        assert_eq!(seen(&pieces), "|I look. |Found it.|Done.");
    }

    #[test]
    fn equal_texts_of_one_run_are_two_texts() {
        let mut shown = Shown::default();
        let pieces = [shown.confirm("ok"), shown.confirm("ok"), shown.end("ok")];
        assert_eq!(seen(&pieces), "|ok|ok");
        let mut shown = Shown::default();
        assert_eq!(seen(&[shown.end(""), shown.end("  \n")]), "");
    }
}
