//! Checks a parsed file against the schema of [`super::RawConfig`]: every wrong
//! type at once, each with its line; unknown keys as warnings.

use std::collections::HashMap;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use serde_json::{Number, Value};

use super::ConfigProblem;
use super::schema::follow;

/// What the check found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) problems: Vec<ConfigProblem>,
    pub(super) warnings: Vec<String>,
    /// Line of every setting that is in the file, by path.
    pub(super) lines: HashMap<String, usize>,
}

pub(super) struct Checker<'s> {
    /// Offset of every line break, ascending.
    breaks: Vec<usize>,
    root: &'s Value,
    findings: Findings,
}

impl<'s> Checker<'s> {
    pub(super) fn new(text: &str, root: &'s Value) -> Self {
        let breaks = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n').map(|(offset, _)| offset).collect();
        Self { breaks, root, findings: Findings::default() }
    }

    pub(super) fn check(mut self, file: &ast::Value<'_>) -> Findings {
        self.node(file, self.root, "");
        self.findings
    }

    fn node(&mut self, node: &ast::Value<'_>, schema: &'s Value, path: &str) {
        let schema = self.choose(follow(schema), node);
        let line = self.line_of(node.range().start);
        self.findings.lines.insert(path.to_owned(), line);
        let fits = match node {
            ast::Value::Object(object) if has_type(schema, "object") => return self.object(object, schema, path),
            ast::Value::Array(array) if has_type(schema, "array") => return self.array(array, schema, path),
            ast::Value::StringLit(text) => has_type(schema, "string") && allows_word(schema, &text.value),
            ast::Value::BooleanLit(_) => has_type(schema, "boolean"),
            ast::Value::NumberLit(_) => fits_number(schema, &to_json(node.clone())),
            ast::Value::Object(_) | ast::Value::Array(_) | ast::Value::NullKeyword(_) => false,
        };
        if !fits {
            let message = expectation(schema);
            self.findings.problems.push(ConfigProblem { path: path.to_owned(), line: Some(line), message });
        }
    }

    /// Of several shapes that a setting may have, the one that is written.
    fn choose(&self, schema: &'s Value, node: &ast::Value<'_>) -> &'s Value {
        let Some(choices) = schema.get("anyOf").and_then(Value::as_array) else { return schema };
        let kind = match node {
            ast::Value::Object(_) => "object",
            ast::Value::Array(_) => "array",
            _ => "string",
        };
        let fitting = choices.iter().map(|choice| follow(choice)).find(|choice| has_type(choice, kind));
        fitting.unwrap_or(schema)
    }

    fn object(&mut self, object: &ast::Object<'_>, schema: &'s Value, path: &str) {
        let known = schema.get("properties").and_then(Value::as_object);
        // A section whose names the user chooses has one schema for all of them.
        let any = schema.get("additionalProperties").filter(|any| any.is_object());
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for (index, property) in object.properties.iter().enumerate() {
            if seen.insert(property.name.as_str(), index).is_some() {
                let line = self.line_of(property.range.start);
                let path = join(path, property.name.as_str());
                self.findings.warnings.push(format!("line {line}: {path}: written twice; the last one counts"));
            }
        }
        for (index, property) in object.properties.iter().enumerate() {
            let name = property.name.as_str();
            let counts = seen.get(name) == Some(&index);
            let is_null = matches!(property.value, ast::Value::NullKeyword(_));
            let path = join(path, name);
            match known.and_then(|known| known.get(name)).or(any) {
                Some(schema) if counts && !is_null => self.node(&property.value, schema, &path),
                Some(_) => {}
                None => {
                    let line = self.line_of(property.range.start);
                    let text = format!("line {line}: {path}: not a setting of this version; ignored");
                    self.findings.warnings.push(text);
                }
            }
        }
    }

    fn array(&mut self, array: &ast::Array<'_>, schema: &'s Value, path: &str) {
        let Some(items) = schema.get("items") else { return };
        for (index, element) in array.elements.iter().enumerate() {
            self.node(element, items, &format!("{path}[{index}]"));
        }
    }

    fn line_of(&self, offset: usize) -> usize {
        self.breaks.partition_point(|&line_break| line_break < offset) + 1
    }
}

/// The value of a node, with `null` members absent and whole numbers whole:
/// `1e3` and `1000.0` are 1000.
pub(super) fn to_json(node: ast::Value<'_>) -> Value {
    prune(node.into())
}

/// The value of a node with its `null` members, and whole numbers whole.
pub(super) fn to_patch(node: ast::Value<'_>) -> Value {
    keep(node.into())
}

fn keep(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(members.into_iter().map(|(name, member)| (name, keep(member))).collect()),
        // An element of a list cannot be taken away by `null`.
        other => prune(other),
    }
}

/// The same with `null` members: in a patch they say what goes.
pub(super) fn with_nulls(node: ast::Value<'_>) -> Value {
    tidy(node.into(), false)
}

fn prune(value: Value) -> Value {
    tidy(value, true)
}

fn tidy(value: Value, prune: bool) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.into_iter().filter(|(_, member)| !(prune && member.is_null()));
            Value::Object(kept.map(|(name, member)| (name, tidy(member, prune))).collect())
        }
        Value::Array(elements) => Value::Array(elements.into_iter().map(|element| tidy(element, prune)).collect()),
        Value::Number(number) => Value::Number(whole(&number).unwrap_or(number)),
        other => other,
    }
}

/// The integer that a float stands for, if it is one.
fn whole(number: &Number) -> Option<Number> {
    /// Beyond 2^53 a float no longer says which integer is meant.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if !number.is_f64() {
        return None;
    }
    let float = number.as_f64()?;
    if float.fract() != 0.0 || float.abs() > EXACT {
        return None;
    }
    format!("{float:.0}").parse::<i64>().ok().map(Number::from)
}

fn fits_number(schema: &Value, value: &Value) -> bool {
    // Hex beyond 64 bits and `Infinity` come out of the parser as text.
    let Value::Number(number) = value else { return false };
    let whole = !number.is_f64();
    if !(has_type(schema, "number") || (whole && has_type(schema, "integer"))) {
        return false;
    }
    let (low, high) = bounds(schema);
    let value = number.as_f64().unwrap_or(f64::NAN);
    low.is_none_or(|low| value >= low) && high.is_none_or(|high| value <= high)
}

fn bounds(schema: &Value) -> (Option<f64>, Option<f64>) {
    let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
    let unsigned_32 = schema.get("format").is_some_and(|format| format == "uint32");
    (bound("minimum"), bound("maximum").or_else(|| unsigned_32.then_some(f64::from(u32::MAX))))
}

fn has_type(schema: &Value, kind: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(only)) => only == kind,
        Some(Value::Array(kinds)) => kinds.iter().any(|one| one == kind),
        // A `oneOf` of documented words has no type of its own.
        _ => kind == "string" && !words(schema).is_empty(),
    }
}

fn words(schema: &Value) -> Vec<&str> {
    let listed = schema.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let choices = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    let documented = choices.flat_map(|choice| match choice.get("const").and_then(Value::as_str) {
        Some(word) => vec![word],
        None => words(choice),
    });
    listed.chain(documented).collect()
}

fn allows_word(schema: &Value, text: &str) -> bool {
    let words = words(schema);
    words.is_empty() || words.contains(&text)
}

/// What to write, without what was written: it may be a secret in the wrong place.
fn expectation(schema: &Value) -> String {
    let words = words(schema);
    if !words.is_empty() {
        let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        return format!("must be one of {}", words.join(", "));
    }
    if has_type(schema, "integer") {
        return match bounds(schema) {
            (Some(low), Some(high)) => format!("must be a whole number from {low} to {high}, without quotes"),
            (Some(low), None) => format!("must be a whole number, {low} or more, without quotes"),
            _ => "must be a whole number, without quotes".to_owned(),
        };
    }
    if schema.get("anyOf").is_some() {
        return "must be text in quotes, or a section: { … }".to_owned();
    }
    let kinds = [
        ("number", "must be a number, without quotes"),
        ("boolean", "must be true or false, without quotes"),
        ("string", "must be text in quotes"),
        ("array", "must be a list: [ … ]"),
        ("object", "must be a section: { … }"),
    ];
    let found = kinds.iter().find(|(kind, _)| has_type(schema, kind));
    found.map_or("has the wrong type", |(_, text)| text).to_owned()
}

fn join(path: &str, name: &str) -> String {
    /// Longest piece of a key that is repeated in a message.
    const SHOWN: usize = 64;
    let name: String = name.chars().take(SHOWN).collect();
    if path.is_empty() { name } else { format!("{path}.{name}") }
}
