//! Secrets of a configuration on their way out, and back in.
//!
//! What leaves shows [`SENTINEL`] in place of every secret. What comes in may
//! contain it where the stored document has a value: there it stands for that
//! value. Anywhere else it is refused, so that it can never be saved.

use jsonc_parser::common::Ranged;
use jsonc_parser::tokens::Token;
use jsonc_parser::{CollectOptions, Scanner, ScannerOptions, ast, parse_to_ast};
use serde_json::Value;

use super::ConfigProblem;
use super::edit::get;
use super::path::{SettingPath, Step};
use super::read::json5;
use super::schema::{child, is_marked, schema};
use super::secret_reference;

/// What is shown in place of a secret; clients of the ecosystem know the word.
pub const SENTINEL: &str = "__OPENCLAW_REDACTED__";

/// Says of a text at a path whether it is a secret for other reasons than its name.
pub type Also<'a> = &'a dyn Fn(&SettingPath, &str) -> bool;

/// Whether the value at this path is a secret: the schema says so, or its name.
#[must_use]
pub fn is_secret(path: &SettingPath) -> bool {
    let mut node = Some(schema());
    for step in &path.0 {
        node = node.and_then(|node| child(node, step));
        let named = matches!(step, Step::Key(name) if sounds_secret(name));
        if named || node.is_some_and(is_marked) {
            return true;
        }
    }
    false
}

/// The document with every secret replaced.
#[must_use]
pub fn redact_value(document: &Value) -> Value {
    redact_value_with(document, &|_, _| false)
}

/// The same, and whatever else `also` calls a secret.
#[must_use]
pub fn redact_value_with(document: &Value, also: Also<'_>) -> Value {
    let mut shown = document.clone();
    hide(&mut shown, &SettingPath::default(), false, also);
    shown
}

/// The text with every secret replaced, also in its comments. A text that is no
/// JSON5 shows less rather than too much.
#[must_use]
pub fn redact_text(text: &str) -> String {
    redact_text_with(text, &|_, _| false)
}

/// The same, and whatever else `also` calls a secret.
#[must_use]
pub fn redact_text_with(text: &str, also: Also<'_>) -> String {
    let mut cuts = Cuts::default();
    let mark = text.len() - text.trim_start_matches('\u{feff}').len();
    let body = &text[mark..];
    match parse_to_ast(body, &CollectOptions::default(), &json5()) {
        Ok(parsed) => {
            if let Some(value) = &parsed.value {
                cuts.of_node(value, &SettingPath::default(), false, also);
            }
            cuts.of_comments(body);
        }
        Err(_) => super::redact_broken::cut(body, &mut cuts, also),
    }
    format!("{}{}", &text[..mark], cuts.apply(body))
}

/// The secrets that a text holds, also one that is not valid otherwise: what must be
/// taken out of other texts as well.
pub(crate) fn secrets_in(text: &str) -> Vec<String> {
    let Some(document) = super::read::json5_value(text) else { return Vec::new() };
    let mut found = Vec::new();
    differing(&document, &redact_value(&document), &mut found);
    found
}

/// The first setting that would show, in the new document, a secret that the old one
/// hides: a secret is one by its place, and places change.
#[must_use]
pub fn uncovered(before: &Value, after: &Value) -> Option<SettingPath> {
    let (hidden, shown) = (redact_value(before), redact_value(after));
    let mut secrets = Vec::new();
    differing(before, &hidden, &mut secrets);
    let mut known = Vec::new();
    texts(&hidden, &SettingPath::default(), &mut known);
    let mut seen = Vec::new();
    texts(&shown, &SettingPath::default(), &mut seen);
    let is_new = |text: &str| !known.iter().any(|(_, known)| *known == text);
    let found = seen.into_iter().find(|(_, text)| secrets.iter().any(|secret| secret == text) && is_new(text));
    found.map(|(path, _)| path)
}

fn texts<'v>(value: &'v Value, path: &SettingPath, found: &mut Vec<(SettingPath, &'v str)>) {
    match value {
        Value::String(text) => found.push((path.clone(), text)),
        Value::Array(elements) => {
            elements.iter().enumerate().for_each(|(index, element)| texts(element, &path.index(index), found));
        }
        Value::Object(members) => members.iter().for_each(|(name, member)| texts(member, &path.key(name), found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn differing(stored: &Value, shown: &Value, found: &mut Vec<String>) {
    match (stored, shown) {
        (Value::Object(stored), Value::Object(shown)) => {
            for (key, value) in stored {
                shown.get(key).into_iter().for_each(|shown| differing(value, shown, found));
            }
        }
        (Value::Array(stored), Value::Array(shown)) => {
            stored.iter().zip(shown).for_each(|(stored, shown)| differing(stored, shown, found));
        }
        (Value::String(secret), shown) if shown.as_str() != Some(secret) => found.push(secret.clone()),
        _ => {}
    }
}

/// A new text with every sentinel replaced by what it stands for. `stored` are
/// texts to look in, nearest first.
///
/// # Errors
/// Every place where a sentinel stands for nothing, with its line.
pub fn restore_text(text: &str, stored: &[&str]) -> Result<String, Vec<ConfigProblem>> {
    if !text.contains(SENTINEL) {
        return Ok(text.to_owned());
    }
    let mark = text.len() - text.trim_start_matches('\u{feff}').len();
    let body = &text[mark..];
    let parsed = parse_to_ast(body, &CollectOptions::default(), &json5());
    // What is no JSON5 is refused by the check that follows, with the line.
    let Ok(parsed) = parsed else { return Err(super::validate_syntax(text)) };
    let mut back = Back { body, cuts: Cuts::default(), problems: Vec::new(), documents: Vec::new() };
    back.documents = stored.iter().filter_map(|text| super::read::document(text).ok()).collect();
    if let Some(value) = &parsed.value {
        back.node(value, &mut SettingPath::default(), &mut Vec::new());
    }
    back.comments(stored);
    if !back.problems.is_empty() {
        return Err(back.problems);
    }
    Ok(format!("{}{}", &text[..mark], back.cuts.apply(body)))
}

/// The same for a patch or a single value that is to be put at `at`.
///
/// # Errors
/// Every place where a sentinel stands for nothing.
pub fn restore_value(value: &Value, at: &SettingPath, stored: &Value) -> Result<Value, Vec<ConfigProblem>> {
    let mut restored = value.clone();
    let mut problems = Vec::new();
    let mut ids = Vec::new();
    fill(&mut restored, &mut at.clone(), &mut ids, stored, &mut problems);
    if problems.is_empty() { Ok(restored) } else { Err(problems) }
}

/// Names that other programs give to their secrets.
pub(super) fn sounds_secret(name: &str) -> bool {
    const PARTS: [&str; 12] = [
        "accesskey",
        "bearer",
        "password",
        "passwd",
        "passphrase",
        "secret",
        "apikey",
        "privatekey",
        "signingkey",
        "credential",
        "authorization",
        "cookie",
    ];
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let whole = ["dsn", "env", "headers", "key", "pass", "pwd", "vars", "webhook"].contains(&name.as_str());
    whole || name.ends_with("token") || PARTS.iter().any(|part| name.contains(part))
}

/// A whole `${NAME}` says where the secret is, not what it is.
fn is_reference(text: &str) -> bool {
    let name = text.trim().strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    name.is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
}

fn worth_hiding(text: &str) -> bool {
    !text.trim().is_empty() && !is_reference(text) && text != SENTINEL
}

/// Text that carries a secret wherever it is: a URL with a password, an argument
/// such as `--api-key=…`.
pub(super) fn carries_secret(text: &str) -> bool {
    // Not only in a URL that is one: a sign may be missing.
    let named = text.split_once('@').map(|(before, _)| before.rsplit_once("//").unwrap_or(("", before)));
    if named.is_some_and(|(scheme, user)| !scheme.is_empty() || user.contains(':')) {
        return true;
    }
    if let Ok(url) = url::Url::parse(text)
        && url.query_pairs().any(|(name, value)| sounds_secret(&name) && worth_hiding(&value))
    {
        return true;
    }
    let flag = text.split_once('=').filter(|(name, _)| name.starts_with('-'));
    flag.is_some_and(|(name, value)| sounds_secret(name) && worth_hiding(value)) || text.starts_with("Bearer ")
}

/// `--token` makes the next argument one.
fn announces(previous: Option<&str>) -> bool {
    previous.is_some_and(|flag| flag.starts_with('-') && !flag.contains('=') && sounds_secret(flag))
}

fn hide(node: &mut Value, path: &SettingPath, secret: bool, also: Also<'_>) {
    let secret = secret || is_secret(path);
    match node {
        Value::Object(_) if secret && secret_reference::is_one(node) => {}
        Value::Object(members) => {
            members.iter_mut().for_each(|(name, member)| hide(member, &path.key(name), secret, also));
        }
        Value::Array(elements) => {
            let mut previous: Option<String> = None;
            for (index, element) in elements.iter_mut().enumerate() {
                let text = element.as_str().map(str::to_owned);
                hide(element, &path.index(index), secret || announces(previous.as_deref()), also);
                previous = text;
            }
        }
        Value::String(text) => {
            if worth_hiding(text) && (secret || carries_secret(text) || also(path, text)) {
                SENTINEL.clone_into(text);
            }
        }
        Value::Number(_) if secret => *node = Value::from(SENTINEL),
        Value::Number(_) | Value::Bool(_) | Value::Null => {}
    }
}

/// Pieces of a text and what takes their place.
#[derive(Default)]
pub(super) struct Cuts(Vec<(usize, usize, String)>);

impl Cuts {
    pub(super) fn add(&mut self, start: usize, end: usize, with: String) {
        self.0.push((start, end, with));
    }

    fn apply(mut self, text: &str) -> String {
        self.0.sort_by_key(|(start, _, _)| *start);
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        for (start, end, with) in self.0 {
            if start < done {
                // What overlaps hides as much as both together.
                done = done.max(end);
                continue;
            }
            out.push_str(&text[done..start]);
            out.push_str(&with);
            done = end;
        }
        out.push_str(&text[done..]);
        out
    }

    fn of_node(&mut self, node: &ast::Value<'_>, path: &SettingPath, secret: bool, also: Also<'_>) {
        let secret = secret || is_secret(path);
        let hidden = match node {
            ast::Value::Object(object) if secret && secret_reference::is_written(object) => false,
            ast::Value::Object(object) => {
                for property in &object.properties {
                    self.of_node(&property.value, &path.key(property.name.as_str()), secret, also);
                }
                false
            }
            ast::Value::Array(array) => {
                let mut previous = None;
                for (index, element) in array.elements.iter().enumerate() {
                    self.of_node(element, &path.index(index), secret || announces(previous), also);
                    previous = element.as_string_lit().map(|text| text.value.as_ref());
                }
                false
            }
            ast::Value::StringLit(text) => {
                let text = text.value.as_ref();
                worth_hiding(text) && (secret || carries_secret(text) || also(path, text))
            }
            ast::Value::NumberLit(_) => secret,
            ast::Value::BooleanLit(_) | ast::Value::NullKeyword(_) => false,
        };
        if hidden {
            let range = node.range();
            self.add(range.start, range.end, format!("\"{SENTINEL}\""));
        }
    }

    fn of_comments(&mut self, text: &str) {
        for (start, end) in comments(text) {
            let comment = &text[start..end];
            let shown = redact_comment(comment);
            if shown != comment {
                self.add(start, end, shown);
            }
        }
    }
}

fn comments(text: &str) -> Vec<(usize, usize)> {
    let mut scanner = Scanner::new(text, &ScannerOptions::default());
    let mut found = Vec::new();
    while let Ok(Some(token)) = scanner.scan() {
        if matches!(token, Token::CommentLine(_) | Token::CommentBlock(_)) {
            found.push((scanner.token_start(), scanner.token_end()));
        }
    }
    found
}

/// A setting that was commented out is still a secret: of every line that names
/// one, what follows the name goes.
pub(super) fn redact_comment(comment: &str) -> String {
    comment.split_inclusive('\n').map(|line| redact_line(line).unwrap_or_else(|| line.to_owned())).collect()
}

fn redact_line(line: &str) -> Option<String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let mut at = 0;
    let (name, value) = line.split_inclusive(|c: char| !is_word(c)).find_map(|piece| {
        let word = piece.trim_end_matches(|c: char| !is_word(c));
        let (name, rest) = line.split_at(at + word.len());
        at += piece.len();
        let between = rest.len() - rest.trim_start_matches([' ', '"', '\'']).len();
        let assigned = rest[between..].starts_with([':', '=']);
        let end = if assigned { name.len() + between + 1 } else { name.len() };
        let value = line[end..].trim();
        let is_value = value.contains(['"', '\'', '`']) || (assigned && value.len() >= 6);
        (sounds_secret(word) && is_value).then(|| (&line[..end], value))
    })?;
    let end = if value.ends_with("*/") { " */" } else { "" };
    let newline = if line.ends_with('\n') { "\n" } else { "" };
    Some(format!("{name} \"{SENTINEL}\"{end}{newline}"))
}

/// A new text on its way in.
struct Back<'t> {
    body: &'t str,
    cuts: Cuts,
    problems: Vec<ConfigProblem>,
    documents: Vec<Value>,
}

impl Back<'_> {
    fn node(&mut self, node: &ast::Value<'_>, path: &mut SettingPath, ids: &mut Vec<Option<String>>) {
        match node {
            ast::Value::Object(object) => {
                object.properties.iter().for_each(|property| self.property(property, path, ids));
            }
            ast::Value::Array(array) => {
                for (index, element) in array.elements.iter().enumerate() {
                    let id = element.as_object().and_then(|object| object.get_string("id"));
                    let id = id.map(|id| id.value.to_string());
                    step(path, ids, Step::Index(index), id, |path, ids| self.node(element, path, ids));
                }
            }
            ast::Value::StringLit(text) if text.value.contains(SENTINEL) => self.place(node, &text.value, path, ids),
            _ => {}
        }
    }

    fn property(&mut self, property: &ast::ObjectProp<'_>, path: &mut SettingPath, ids: &mut Vec<Option<String>>) {
        let name = property.name.as_str();
        if name.contains(SENTINEL) {
            self.refuse(property.range.start, path, "the placeholder of a secret is no name of a setting");
        }
        step(path, ids, Step::Key(name.to_owned()), None, |path, ids| self.node(&property.value, path, ids));
    }

    fn place(&mut self, node: &ast::Value<'_>, text: &str, path: &SettingPath, ids: &[Option<String>]) {
        let range = node.range();
        match stands_for(text, path, ids, &self.documents) {
            Ok(value) => self.cuts.add(range.start, range.end, value.to_string()),
            Err(message) => self.refuse(range.start, path, message),
        }
    }

    fn comments(&mut self, stored: &[&str]) {
        for (start, end) in comments(self.body) {
            let comment = &self.body[start..end];
            if !comment.contains(SENTINEL) {
                continue;
            }
            let original = stored.iter().find_map(|text| {
                let mut known = comments(text).into_iter().map(|(start, end)| &text[start..end]);
                known.find(|known| redact_comment(known) == comment && !known.contains(SENTINEL))
            });
            match original {
                Some(original) => self.cuts.add(start, end, original.to_owned()),
                None => {
                    let message = "a comment was changed that contained a secret; write it without the placeholder";
                    self.refuse(start, &SettingPath::default(), message);
                }
            }
        }
    }

    fn refuse(&mut self, offset: usize, path: &SettingPath, message: &str) {
        let line = self.body[..offset].matches('\n').count() + 1;
        self.problems.push(ConfigProblem { line: Some(line), ..ConfigProblem::new(path.to_string(), message) });
    }
}

/// Goes one step down and up again.
fn step(
    path: &mut SettingPath,
    ids: &mut Vec<Option<String>>,
    step: Step,
    id: Option<String>,
    then: impl FnOnce(&mut SettingPath, &mut Vec<Option<String>>),
) {
    path.0.push(step);
    ids.push(id);
    then(path, ids);
    path.0.pop();
    ids.pop();
}

fn fill(
    node: &mut Value,
    path: &mut SettingPath,
    ids: &mut Vec<Option<String>>,
    stored: &Value,
    problems: &mut Vec<ConfigProblem>,
) {
    ids.resize(path.0.len(), None);
    match node {
        Value::Object(members) => {
            for (name, member) in members {
                if name.contains(SENTINEL) {
                    let message = "the placeholder of a secret is no name of a setting";
                    problems.push(ConfigProblem::new(path.to_string(), message));
                }
                step(path, ids, Step::Key(name.clone()), None, |path, ids| fill(member, path, ids, stored, problems));
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter_mut().enumerate() {
                let id = element.get("id").and_then(Value::as_str).map(str::to_owned);
                step(path, ids, Step::Index(index), id, |path, ids| fill(element, path, ids, stored, problems));
            }
        }
        Value::String(text) if text.contains(SENTINEL) => {
            match stands_for(text, path, ids, std::slice::from_ref(stored)) {
                Ok(value) => *node = value,
                Err(message) => problems.push(ConfigProblem::new(path.to_string(), message)),
            }
        }
        _ => {}
    }
}

/// The stored value that a sentinel stands for. Elements with an id are found by
/// it, so that a list in another order gets the right secrets.
fn stands_for(text: &str, path: &SettingPath, ids: &[Option<String>], stored: &[Value]) -> Result<Value, &'static str> {
    if text != SENTINEL {
        return Err("contains the placeholder of a secret; write the whole value");
    }
    let found = stored.iter().find_map(|document| find(document, &path.0, ids));
    match found {
        None => Err("has the placeholder of a secret, but no value is stored here; write the value"),
        Some(Value::String(text)) if text.contains(SENTINEL) => {
            Err("was saved as a placeholder by another program, its value is lost; write it again")
        }
        Some(value @ (Value::String(_) | Value::Number(_))) => Ok(value.clone()),
        Some(_) => Err("has the placeholder of a secret where a section or list is stored; write the value"),
    }
}

fn find<'v>(document: &'v Value, steps: &[Step], ids: &[Option<String>]) -> Option<&'v Value> {
    steps.iter().zip(ids).try_fold(document, |node, (step, id)| match (node, id) {
        (Value::Array(elements), Some(id)) => {
            elements.iter().find(|element| element.get("id").and_then(Value::as_str) == Some(id))
        }
        _ => get(node, &SettingPath(vec![step.clone()])),
    })
}

#[cfg(test)]
#[path = "redact/tests.rs"]
mod tests;
