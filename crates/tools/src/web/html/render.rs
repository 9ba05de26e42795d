//! Tokens to lines: white space collapsed, blocks apart, lists and quotes indented, links and headings marked.

use url::Url;

use super::tokens::{Tag, Token, Tokens};
use super::{Rendered, Style, entities};

/// Deeper lists and quotes are indented no further.
const MAX_INDENT: usize = 8;
/// Nesting of lists that is kept count of; deeper items look like those of this depth.
const MAX_LISTS: usize = 64;
/// Longer links are left out.
const MAX_LINK: usize = 2048;
const MAX_TITLE: usize = 300;

/// Elements whose content is no text of the page. What is in them is not looked at as markup either.
const OPAQUE: [&str; 9] = ["script", "style", "noscript", "iframe", "textarea", "noembed", "noframes", "xmp", "object"];
/// Elements that are left out with everything in them.
const LEFT_OUT: [&str; 6] = ["template", "svg", "math", "canvas", "select", "dialog"];
/// Elements without an end tag.
const VOID: [&str; 14] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];

/// Turns one page into text.
pub(super) struct Renderer<'a> {
    base: &'a Url,
    style: Style,
    max_bytes: usize,
    title: Option<String>,
    out: String,
    /// Line breaks due before the next word: 0, 1 or 2.
    breaks: usize,
    /// Whether a space is due before the next word.
    space: bool,
    /// A list mark or heading mark due at the beginning of the next line.
    mark: Option<String>,
    lists: Vec<List>,
    quotes: usize,
    pre: usize,
    cells: usize,
    link: Option<Link>,
    /// The element being left out, and how many of its name are open.
    skipping: Option<(String, usize)>,
}

struct List {
    ordered: bool,
    items: usize,
}

struct Link {
    url: String,
    is_open: bool,
}

impl<'a> Renderer<'a> {
    pub(super) fn new(base: &'a Url, style: Style, max_chars: usize) -> Self {
        Self {
            base,
            style,
            // A character is at most four bytes; the caller cuts to the character.
            max_bytes: max_chars.saturating_mul(4),
            title: None,
            out: String::new(),
            breaks: 0,
            space: false,
            mark: None,
            lists: Vec::new(),
            quotes: 0,
            pre: 0,
            cells: 0,
            link: None,
            skipping: None,
        }
    }

    pub(super) fn run(mut self, html: &str) -> Rendered {
        let mut tokens = Tokens::new(html);
        while self.out.len() <= self.max_bytes {
            let Some(token) = tokens.next() else { break };
            match token {
                Token::Start(tag) if OPAQUE.contains(&tag.name.as_str()) => {
                    tokens.raw_until_end_of(&tag.name);
                }
                Token::Start(tag) if tag.name == "title" && self.skipping.is_none() => {
                    let text = tokens.raw_until_end_of("title");
                    self.set_title(text);
                }
                token if self.skipping.is_some() => self.skip(&token),
                Token::Text(text) => self.text(&entities::decode(text)),
                Token::Start(tag) => self.start(&tag),
                Token::End(name) => self.end(&name),
            }
        }
        self.close_link();
        Rendered { title: self.title, cut: !tokens.is_done(), text: self.out.trim().to_owned() }
    }

    fn set_title(&mut self, text: &str) {
        let decoded = entities::decode(text);
        let title = decoded.split_whitespace().collect::<Vec<_>>().join(" ");
        if self.title.is_none() && !title.is_empty() {
            self.title = Some(title.chars().filter(|c| !c.is_control()).take(MAX_TITLE).collect());
        }
    }

    fn skip(&mut self, token: &Token<'_>) {
        let Some((name, open)) = &mut self.skipping else { return };
        match token {
            Token::Start(tag) if tag.name == *name && !tag.self_closing() => *open += 1,
            Token::End(ended) if ended == name => *open -= 1,
            _ => {}
        }
        if *open == 0 {
            self.skipping = None;
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        let name = tag.name.as_str();
        if is_left_out(tag) {
            self.skipping = Some((name.to_owned(), 1));
            return;
        }
        match name {
            "br" => self.line_break(),
            "hr" => self.rule(),
            "a" => self.open_link(tag),
            "img" => self.image(tag),
            "ul" | "ol" | "menu" => self.open_list(name == "ol"),
            "li" => self.item(),
            "blockquote" => {
                self.block(2);
                self.quotes += 1;
            }
            "pre" => self.open_pre(),
            "code" => self.code_mark(),
            "tr" => {
                self.block(1);
                self.cells = 0;
            }
            "td" | "th" => self.cell(),
            _ => match heading(name) {
                Some(level) => self.open_heading(level),
                None => self.block(breaks_around(name)),
            },
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "a" => self.close_link(),
            "ul" | "ol" | "menu" => {
                self.lists.pop();
                self.mark = None;
                self.block(if self.lists.is_empty() { 2 } else { 1 });
            }
            "li" => self.block(1),
            "blockquote" => {
                self.quotes = self.quotes.saturating_sub(1);
                self.block(2);
            }
            "pre" => self.close_pre(),
            "code" => self.code_mark(),
            "tr" => self.block(1),
            _ if heading(name).is_some() => {
                self.mark = None;
                self.block(2);
            }
            _ => self.block(breaks_around(name)),
        }
    }

    fn text(&mut self, text: &str) {
        if self.pre > 0 {
            self.settle();
            self.out.push_str(text);
            return;
        }
        self.space |= text.starts_with(char::is_whitespace);
        for (index, word) in text.split_whitespace().enumerate() {
            self.space |= index > 0;
            self.word(word);
        }
        self.space |= text.ends_with(char::is_whitespace);
    }

    fn word(&mut self, word: &str) {
        self.settle();
        if let Some(link) = self.link.as_mut().filter(|link| !link.is_open) {
            link.is_open = true;
            self.out.push('[');
        }
        self.out.push_str(word);
    }

    /// Writes the line breaks, the indentation or the space that are due.
    fn settle(&mut self) {
        if self.breaks > 0 || self.out.is_empty() {
            if !self.out.is_empty() {
                self.out.extend(std::iter::repeat_n('\n', self.breaks));
            }
            self.breaks = 0;
            self.space = false;
            self.indent();
        } else if std::mem::take(&mut self.space) && !self.out.ends_with(['\n', ' ']) {
            self.out.push(' ');
        }
    }

    fn indent(&mut self) {
        self.out.extend(std::iter::repeat_n("> ", self.quotes.min(MAX_INDENT)));
        let mark = self.mark.take();
        let outer = if mark.is_some() { self.lists.len().saturating_sub(1) } else { self.lists.len() };
        self.out.extend(std::iter::repeat_n("  ", outer.min(MAX_INDENT)));
        self.out.push_str(&mark.unwrap_or_default());
    }

    /// At least `breaks` line breaks before what comes next.
    fn block(&mut self, breaks: usize) {
        self.breaks = self.breaks.max(breaks);
    }

    fn line_break(&mut self) {
        if self.pre > 0 { self.out.push('\n') } else { self.block(1) }
    }

    fn rule(&mut self) {
        self.block(2);
        self.word("---");
        self.block(2);
    }

    fn open_heading(&mut self, level: usize) {
        self.block(2);
        if self.style == Style::Markdown {
            self.mark = Some(format!("{} ", "#".repeat(level)));
        }
    }

    fn open_list(&mut self, ordered: bool) {
        self.block(if self.lists.is_empty() { 2 } else { 1 });
        if self.lists.len() < MAX_LISTS {
            self.lists.push(List { ordered, items: 0 });
        }
    }

    fn item(&mut self) {
        self.block(1);
        let mark = match self.lists.last_mut() {
            Some(list) => {
                list.items += 1;
                if list.ordered { format!("{}. ", list.items) } else { "- ".into() }
            }
            None => "- ".into(),
        };
        self.mark = Some(mark);
    }

    fn cell(&mut self) {
        if self.cells > 0 {
            self.space = true;
            self.word("|");
            self.space = true;
        }
        self.cells += 1;
    }

    fn open_pre(&mut self) {
        self.block(2);
        if self.pre == 0 && self.style == Style::Markdown {
            self.word("```\n");
        }
        self.pre += 1;
    }

    fn close_pre(&mut self) {
        if self.pre == 1 && self.style == Style::Markdown {
            if !self.out.ends_with('\n') {
                self.out.push('\n');
            }
            self.out.push_str("```");
        }
        self.pre = self.pre.saturating_sub(1);
        self.block(2);
    }

    fn code_mark(&mut self) {
        if self.pre == 0 && self.style == Style::Markdown {
            self.settle();
            self.out.push('`');
        }
    }

    fn image(&mut self, tag: &Tag<'_>) {
        let alt = tag.attribute("alt").unwrap_or_default();
        let alt = alt.split_whitespace().collect::<Vec<_>>().join(" ");
        if !alt.is_empty() {
            self.word(&format!("[image: {alt}]"));
        }
    }

    fn open_link(&mut self, tag: &Tag<'_>) {
        self.close_link();
        if self.style != Style::Markdown || self.pre > 0 {
            return;
        }
        let Some(href) = tag.attribute("href").filter(|href| !href.starts_with('#') && href.len() <= MAX_LINK) else {
            return;
        };
        let Ok(url) = self.base.join(href.trim()) else { return };
        if matches!(url.scheme(), "http" | "https" | "mailto") && url.as_str().len() <= MAX_LINK {
            // A bracket would end the link early.
            let url = url.as_str().replace('(', "%28").replace(')', "%29");
            self.link = Some(Link { url, is_open: false });
        }
    }

    fn close_link(&mut self) {
        if let Some(link) = self.link.take().filter(|link| link.is_open) {
            self.out.push_str("](");
            self.out.push_str(&link.url);
            self.out.push(')');
        }
    }
}

fn is_left_out(tag: &Tag<'_>) -> bool {
    let name = tag.name.as_str();
    if VOID.contains(&name) || tag.self_closing() {
        return false;
    }
    LEFT_OUT.contains(&name)
        || tag.attribute("hidden").is_some()
        || tag.attribute("aria-hidden").is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

fn heading(name: &str) -> Option<usize> {
    match name.as_bytes() {
        [b'h', level @ b'1'..=b'6'] => Some(usize::from(level - b'0')),
        _ => None,
    }
}

/// Line breaks before and after an element.
fn breaks_around(name: &str) -> usize {
    match name {
        "p" | "article" | "section" | "table" | "figure" | "dl" | "header" | "footer" | "main" | "nav" | "aside"
        | "form" | "fieldset" | "details" => 2,
        "div" | "dt" | "dd" | "address" | "figcaption" | "caption" | "summary" | "option" | "legend" | "body"
        | "html" | "thead" | "tbody" | "tfoot" | "center" => 1,
        _ => 0,
    }
}
