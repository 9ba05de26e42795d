//! What may be shown of a text that is no JSON5. Its structure is a guess, so only
//! what stands where the schema knows a setting is shown; the rest comes back by
//! its path from the last text that was valid.

use jsonc_parser::tokens::Token;
use jsonc_parser::{Scanner, ScannerOptions};

use super::path::{SettingPath, Step};
use super::redact::{Also, Cuts, SENTINEL, carries_secret, is_secret, redact_comment, sounds_secret};
use super::schema::{follow, lookup};

/// Whatever is as long as this may be a secret in the wrong place.
const LONG: usize = 20;

/// Marks what must not be seen.
pub(super) fn cut(text: &str, cuts: &mut Cuts, also: Also<'_>) {
    let mut scanner = Scanner::new(text, &ScannerOptions::default());
    let mut guess = Guess::default();
    let mut pending: Option<(usize, usize, String)> = None;
    loop {
        let scanned = scanner.scan();
        let (start, end) = (scanner.token_start().min(text.len()), scanner.token_end().min(text.len()));
        let token = match scanned {
            Ok(None) => break,
            // A quote that is missing turns names into values and values into names.
            Ok(Some(token)) if !is_doubtful(&token, text, start, end) => token,
            _ => {
                // From the line of the mistake on nothing is known any more.
                let from = text[..start].rfind('\n').map_or(0, |at| at + 1);
                after_mistake(&text[from..], from, cuts);
                break;
            }
        };
        match token {
            Token::Colon => {
                if let Some((_, _, name)) = pending.take() {
                    guess.name = Some(name);
                }
                continue;
            }
            Token::CommentLine(_) | Token::CommentBlock(_) => {
                cuts.add(start, end, redact_comment(&text[start..end]));
                continue;
            }
            _ => {}
        }
        if let Some((start, end, value)) = pending.take() {
            guess.value((start, end), &value, cuts, also);
        }
        match token {
            Token::OpenBrace | Token::OpenBracket => guess.open(matches!(token, Token::OpenBracket)),
            Token::CloseBrace | Token::CloseBracket => guess.close(),
            Token::Comma => guess.next(),
            Token::String(value) => pending = Some((start, end, value.into_owned())),
            Token::Word(value) | Token::Number(value) => pending = Some((start, end, value.to_owned())),
            _ => guess.name = None,
        }
    }
    if let Some((start, end, value)) = pending {
        guess.value((start, end), &value, cuts, also);
    }
}

/// A string over several lines, or a comment in the middle of a word, as in an
/// address without its first quote.
fn is_doubtful(token: &Token<'_>, text: &str, start: usize, end: usize) -> bool {
    match token {
        Token::String(_) => text[start..end].contains('\n'),
        Token::CommentLine(_) | Token::CommentBlock(_) => {
            text[..start].ends_with(|c: char| !c.is_whitespace() && !"{}[],".contains(c))
        }
        _ => false,
    }
}

/// Where in the document the text seems to be.
#[derive(Default)]
struct Guess {
    path: Vec<Vec<Step>>,
    name: Option<String>,
    previous: Option<String>,
}

impl Guess {
    fn open(&mut self, list: bool) {
        let mut steps: Vec<Step> = self.name.take().map(Step::Key).into_iter().collect();
        if list {
            steps.push(Step::Index(0));
        }
        self.path.push(steps);
    }

    fn close(&mut self) {
        self.path.pop();
        self.name = None;
    }

    /// Only a flag speaks for what follows its comma.
    fn next(&mut self) {
        self.name = None;
        self.previous = self.previous.take().filter(|previous| previous.starts_with('-'));
    }

    /// A second value for one name is kept under that name: a quote that was
    /// forgotten makes several words of one secret.
    fn value(&mut self, (start, end): (usize, usize), value: &str, cuts: &mut Cuts, also: Also<'_>) {
        let mut steps: Vec<Step> = self.path.iter().flatten().cloned().collect();
        steps.extend(self.name.clone().map(Step::Key));
        let path = SettingPath(steps);
        let announced = self.previous.as_deref().is_some_and(sounds_secret);
        let known = lookup(&path).map(follow).is_some_and(|node| node.get("properties").is_none());
        let long = value.len() >= LONG;
        if !known || announced || long || is_secret(&path) || carries_secret(value) || also(&path, value) {
            cuts.add(start, end, format!("\"{SENTINEL}\""));
        }
        self.previous = Some(value.to_owned());
    }
}

fn after_mistake(text: &str, from: usize, cuts: &mut Cuts) {
    let mut at = from;
    for line in text.split_inclusive('\n') {
        let body = line.trim_end();
        let opens = body.ends_with('{') || body.ends_with('[');
        let name = body.find(':').map(|colon| colon + 1);
        // Without a name the whole line could be the rest of a secret.
        let start = name.unwrap_or(body.len() - body.trim_start().len());
        let harmless = body[start..].chars().all(|c| "{}[],".contains(c) || c.is_whitespace());
        let is_section = opens && name.is_some();
        if !harmless && !is_section {
            let space = if name.is_some() { " " } else { "" };
            cuts.add(at + start, at + body.len(), format!("{space}\"{SENTINEL}\","));
        }
        at += line.len();
    }
}
