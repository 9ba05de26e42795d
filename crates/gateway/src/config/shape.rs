//! Checks a parsed file against the schema of [`super::RawConfig`]: every wrong
//! type at once, each with its line; unknown keys as warnings.

use std::collections::HashMap;

use jsonc_parser::ast;
use serde_json::{Number, Value};

use super::ConfigProblem;
use super::document::{Kind, Member, Node, Place, Texts};
use super::schema::follow;
use super::secret_reference;
use super::variables::{Lookup, Unresolved};

/// What the check found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) problems: Vec<ConfigProblem>,
    pub(super) warnings: Vec<String>,
    /// Where every setting of the file is, by path.
    pub(super) places: HashMap<String, Place>,
}

pub(super) struct Checker<'s> {
    texts: Texts,
    root: &'s Value,
    variables: Lookup,
    findings: Findings,
}

impl<'s> Checker<'s> {
    pub(super) fn new(texts: Texts, root: &'s Value, variables: Lookup) -> Self {
        Self { texts, root, variables, findings: Findings::default() }
    }

    /// Checks the tree, puts variables in their places, and takes out what cannot
    /// be used, so that the rest can be looked at too.
    pub(super) fn check(mut self, file: &mut Node) -> Findings {
        self.node(file, self.root, "");
        self.findings
    }

    fn node(&mut self, node: &mut Node, schema: &'s Value, path: &str) {
        let place = self.texts.place(node.at);
        self.findings.places.insert(path.to_owned(), place);
        if let Err(message) = self.put_variables(node, schema).and_then(|()| self.put_secret(node, schema)) {
            return self.unusable(node, path, message);
        }
        let schema = choose(follow(schema), node);
        let fits = match &mut node.kind {
            Kind::Section(members) if has_type(schema, "object") => return self.section(members, schema, path),
            Kind::List(elements) if has_type(schema, "array") => return self.list(elements, schema, path),
            Kind::Text(text) => has_type(schema, "string") && allows_word(schema, text),
            Kind::Plain(Value::Bool(_)) => has_type(schema, "boolean"),
            Kind::Plain(Value::Null) | Kind::Section(_) | Kind::List(_) => false,
            Kind::Plain(value) => fits_number(schema, value),
        };
        if !fits {
            self.unusable(node, path, expectation(schema));
        }
    }

    fn unusable(&mut self, node: &mut Node, path: &str, message: String) {
        let Place { file, line } = self.texts.place(node.at);
        let problem = ConfigProblem { file, line: Some(line), ..ConfigProblem::new(path, message) };
        self.findings.problems.push(problem);
        node.kind = Kind::Plain(Value::Null);
    }

    /// Where a number or a truth value is wanted, a variable may hold one.
    fn put_variables(&self, node: &mut Node, schema: &Value) -> Result<(), String> {
        let Kind::Text(text) = &node.kind else { return Ok(()) };
        let resolved = self.variables.resolve(text).map_err(|error| match error {
            Unresolved::Missing(name) => format!(
                "refers to ${{{name}}}, which is not set; set it in the environment, in .env in the state folder or \
                 under env.vars, or write $${{{name}}} for the characters themselves"
            ),
            Unresolved::Malformed => {
                "has ${ without a variable's name and }; write $${ for the characters themselves".to_owned()
            }
        })?;
        if let Some(text) = resolved {
            let plain = serde_json::from_str::<Value>(text.trim()).ok().filter(|value| {
                let schema = follow(schema);
                !has_type(schema, "string") && (value.is_number() || value.is_boolean())
            });
            node.kind = plain.map_or(Kind::Text(text), Kind::Plain);
        }
        Ok(())
    }

    /// Where a secret is wanted, a reference may stand for one.
    fn put_secret(&self, node: &mut Node, schema: &Value) -> Result<(), String> {
        if let Kind::Section(members) = &node.kind
            && secret_reference::may_stand(schema)
        {
            node.kind = Kind::Text(secret_reference::resolve(members, &self.variables)?);
        }
        Ok(())
    }

    fn section(&mut self, members: &mut [Member], schema: &'s Value, path: &str) {
        let known = schema.get("properties").and_then(Value::as_object);
        // A section whose names the user chooses has one schema for all of them.
        let any = schema.get("additionalProperties").filter(|any| any.is_object());
        let mut seen: HashMap<String, usize> = HashMap::new();
        for (index, member) in members.iter().enumerate() {
            if seen.insert(member.name.clone(), index).is_some() {
                self.warn(member.at, &join(path, &member.name), "written twice; the last one counts");
            }
        }
        for (index, member) in members.iter_mut().enumerate() {
            let counts = seen.get(&member.name) == Some(&index);
            let is_null = matches!(member.value.kind, Kind::Plain(Value::Null));
            let path = join(path, &member.name);
            match known.and_then(|known| known.get(&member.name)).or(any) {
                Some(schema) if counts && !is_null => self.node(&mut member.value, schema, &path),
                Some(_) => {}
                // A section of clients holds what they like.
                None if schema.get("additionalProperties") == Some(&Value::Bool(true)) => {}
                None => self.warn(member.at, &path, "not a setting of this version; ignored"),
            }
        }
    }

    fn warn(&mut self, at: usize, path: &str, message: &str) {
        let Place { file, line } = self.texts.place(at);
        let problem = ConfigProblem { file, line: Some(line), ..ConfigProblem::new(path, message) };
        self.findings.warnings.push(problem.to_string());
    }

    fn list(&mut self, elements: &mut Vec<Node>, schema: &'s Value, path: &str) {
        let Some(items) = schema.get("items") else { return };
        for (index, element) in elements.iter_mut().enumerate() {
            self.node(element, items, &format!("{path}[{index}]"));
        }
        // An empty section in its place lets the others be looked at in theirs.
        if has_type(follow(items), "object") {
            for element in elements.iter_mut().filter(|element| matches!(element.kind, Kind::Plain(Value::Null))) {
                element.kind = Kind::Section(Vec::new());
            }
        }
        // Without one of its elements a list means something else.
        if elements.iter().any(|element| matches!(element.kind, Kind::Plain(Value::Null))) {
            elements.clear();
        }
    }
}

/// Of several shapes that a setting may have, the one that is written.
fn choose<'s>(schema: &'s Value, node: &Node) -> &'s Value {
    let Some(choices) = schema.get("anyOf").and_then(Value::as_array) else { return schema };
    let kind = match &node.kind {
        Kind::Section(_) => "object",
        Kind::List(_) => "array",
        Kind::Text(_) | Kind::Plain(_) => "string",
    };
    let fitting = choices.iter().map(follow).find(|choice| has_type(choice, kind));
    fitting.unwrap_or(schema)
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
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, member)| (name, keep(member))).collect())
        }
        // An element of a list cannot be taken away by `null`.
        other => prune(other),
    }
}

fn prune(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.into_iter().filter(|(_, member)| !member.is_null());
            Value::Object(kept.map(|(name, member)| (name, prune(member))).collect())
        }
        Value::Array(elements) => Value::Array(elements.into_iter().map(prune).collect()),
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

pub(super) fn join(path: &str, name: &str) -> String {
    /// Longest piece of a key that is repeated in a message.
    const SHOWN: usize = 64;
    let name: String = name.chars().take(SHOWN).collect();
    if path.is_empty() { name } else { format!("{path}.{name}") }
}
