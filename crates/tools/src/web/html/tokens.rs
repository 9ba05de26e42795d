//! The tags and texts of a page, in order. Forgiving like a browser where that is cheap; every byte is looked at a
//! bounded number of times.

use super::entities;

/// Longer element names are none.
const MAX_NAME: usize = 32;
/// Attributes after this many are not looked at.
const MAX_ATTRIBUTES: usize = 64;

#[derive(Debug)]
pub(super) enum Token<'a> {
    /// Text with its entities still in it.
    Text(&'a str),
    Start(Tag<'a>),
    /// The lower-case name.
    End(String),
}

#[derive(Debug)]
pub(super) struct Tag<'a> {
    /// Lower case.
    pub(super) name: String,
    /// Everything after the name.
    attributes: &'a str,
}

impl Tag<'_> {
    /// Whether it ends with `/>`.
    pub(super) fn self_closing(&self) -> bool {
        self.attributes.ends_with('/')
    }

    /// The value of an attribute, decoded; empty when it has none.
    pub(super) fn attribute(&self, wanted: &str) -> Option<String> {
        let mut rest = self.attributes;
        for _ in 0..MAX_ATTRIBUTES {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
            if rest.is_empty() {
                return None;
            }
            let (name, after) = rest.split_at(after_first(rest, |c| c.is_ascii_whitespace() || c == '=' || c == '/'));
            let (value, after) = value(after);
            if name.eq_ignore_ascii_case(wanted) {
                return Some(entities::decode(value).into_owned());
            }
            rest = after;
        }
        None
    }
}

/// The value at the start of `text`, which follows an attribute's name, and what comes after it.
fn value(text: &str) -> (&str, &str) {
    let Some(text) = text.trim_start().strip_prefix('=') else { return ("", text) };
    let text = text.trim_start();
    for quote in ['"', '\''] {
        if let Some(quoted) = text.strip_prefix(quote) {
            return quoted.split_once(quote).unwrap_or((quoted, ""));
        }
    }
    let end = text.find(|c: char| c.is_ascii_whitespace()).unwrap_or(text.len());
    text.split_at(end)
}

/// Where the first wanted character is, the very first one of `text` not counted; its length when there is none.
fn after_first(text: &str, wanted: impl Fn(char) -> bool) -> usize {
    text.char_indices().skip(1).find(|(_, c)| wanted(*c)).map_or(text.len(), |(at, _)| at)
}

/// How much of `tag` is the element's name.
fn name_length(tag: &str) -> usize {
    let length = tag.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'-').count();
    length.min(MAX_NAME)
}

/// Where the `>` of a start tag is: not inside a quoted value.
fn tag_end(tag: &str) -> usize {
    let mut quote = None;
    let mut value_follows = false;
    for (at, byte) in tag.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), byte) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'>') => return at,
            (None, b'"' | b'\'') if value_follows => quote = Some(byte),
            (None, byte) if byte.is_ascii_whitespace() => continue,
            (None, _) => {}
        }
        value_follows = byte == b'=';
    }
    tag.len()
}

/// Reads a page from its beginning.
pub(super) struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(html: &'a str) -> Self {
        Self { rest: html }
    }

    /// Whether everything has been read.
    pub(super) fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    /// Everything up to the end tag of `name`, which is skipped; all the rest when there is none.
    pub(super) fn raw_until_end_of(&mut self, name: &str) -> &'a str {
        let text = self.rest;
        let mut from = 0;
        while let Some(at) = text[from..].find("</").map(|at| at + from) {
            let after = &text[at + 2..];
            let is_end =
                after.as_bytes().get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()));
            let delimited = after.as_bytes().get(name.len()).is_none_or(|next| !next.is_ascii_alphanumeric());
            if is_end && delimited {
                self.rest = after.split_once('>').map_or("", |(_, rest)| rest);
                return &text[..at];
            }
            from = at + 2;
        }
        self.rest = "";
        text
    }

    /// Skips `<!…>`, `<!--…-->` and `<?…>`.
    fn skip_declaration(&mut self) {
        let end = match self.rest.strip_prefix("<!--") {
            // `<!-->` is a whole comment.
            Some(comment) if comment.starts_with('>') => Some(1 + 4),
            Some(comment) => comment.find("-->").map(|at| at + 4 + 3),
            None => self.rest.find('>').map(|at| at + 1),
        };
        self.rest = end.map_or("", |end| &self.rest[end..]);
    }

    fn end_tag(&mut self) -> Token<'a> {
        let (tag, rest) = self.rest[2..].split_once('>').unwrap_or((&self.rest[2..], ""));
        self.rest = rest;
        Token::End(tag[..name_length(tag)].to_ascii_lowercase())
    }

    fn start_tag(&mut self) -> Token<'a> {
        let tag = &self.rest[1..];
        let end = tag_end(tag);
        self.rest = tag.get(end + 1..).unwrap_or_default();
        let tag = &tag[..end];
        let (name, attributes) = tag.split_at(name_length(tag));
        Token::Start(Tag { name: name.to_ascii_lowercase(), attributes })
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let mut following = self.rest.bytes();
            let token = match (following.next()?, following.next(), following.next()) {
                (b'<', Some(b'!' | b'?'), _) => {
                    self.skip_declaration();
                    continue;
                }
                (b'<', Some(b'/'), Some(c)) if c.is_ascii_alphabetic() => self.end_tag(),
                (b'<', Some(c), _) if c.is_ascii_alphabetic() => self.start_tag(),
                _ => {
                    // A `<` that opens nothing is text.
                    let (text, rest) = self.rest.split_at(after_first(self.rest, |c| c == '<'));
                    self.rest = rest;
                    Token::Text(text)
                }
            };
            return Some(token);
        }
    }
}
