//! JSON5 text to [`RawConfig`], with every problem at once.

use jsonc_parser::{CollectOptions, ParseOptions, ast, parse_to_ast};
use serde_json::Value;

use super::schema::schema;
use super::shape::{Checker, Findings, to_json, to_patch};
use super::{ConfigProblem, RawConfig};

/// Larger files are not configurations.
pub(super) const MAX_BYTES: usize = 4 * 1024 * 1024;

/// A file that could be read.
#[derive(Debug, Default)]
pub(super) struct ReadConfig {
    pub(super) raw: RawConfig,
    /// Warnings and lines; no problems.
    pub(super) findings: Findings,
}

/// Reads a configuration text. `null` means absent; unknown keys are ignored.
/// Never panics; an empty text is an empty configuration.
pub fn parse(text: &str) -> Result<RawConfig, Vec<ConfigProblem>> {
    read(text).map(|read| read.raw)
}

pub(super) fn read(text: &str) -> Result<ReadConfig, Vec<ConfigProblem>> {
    if text.len() > MAX_BYTES {
        return Err(vec![ConfigProblem::new("", format!("is larger than {} MiB", MAX_BYTES / 1024 / 1024))]);
    }
    // Some editors put a byte order mark first.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let file = match parse_json5(text)? {
        None | Some(ast::Value::NullKeyword(_)) => return Ok(ReadConfig::default()),
        Some(file) => file,
    };
    let mut findings = Checker::new(text, schema()).check(&file);
    if !findings.problems.is_empty() {
        return Err(std::mem::take(&mut findings.problems));
    }
    match serde_json::from_value(to_json(file)) {
        Ok(raw) => Ok(ReadConfig { raw, findings }),
        // The check above is meant to find everything. The text of serde would
        // repeat the value, so it is not shown.
        Err(_) => Err(vec![ConfigProblem::new("", "does not have the shape of a configuration")]),
    }
}

/// A text as a document, unchecked: `null` members are absent, whole numbers
/// whole, and an empty text is `null`.
pub(super) fn document(text: &str) -> Result<Value, Vec<ConfigProblem>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Ok(parse_json5(text)?.map_or(Value::Null, to_json))
}

/// The same as a patch, in which `null` says something.
pub(super) fn patch(text: &str) -> Result<Value, Vec<ConfigProblem>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Ok(parse_json5(text)?.map_or(Value::Null, to_patch))
}

/// JSON5, and not more: a forgotten comma is told.
pub(super) fn json5() -> ParseOptions {
    ParseOptions { allow_missing_commas: false, ..ParseOptions::default() }
}

/// A JSON5 text as a value; `None` when it is none. An empty text is an empty object.
pub(crate) fn json5_value(text: &str) -> Option<Value> {
    if text.len() > MAX_BYTES {
        return None;
    }
    match document(text).ok()? {
        Value::Null => Some(Value::Object(serde_json::Map::new())),
        value => Some(value),
    }
}

/// A JSON5 text as a value in which `null` stands: a merge patch.
pub(crate) fn json5_with_nulls(text: &str) -> Result<Value, Vec<ConfigProblem>> {
    if text.len() > MAX_BYTES {
        return Err(vec![ConfigProblem::new("", "is too large")]);
    }
    Ok(parse_json5(text)?.map_or(Value::Null, super::shape::with_nulls))
}

fn parse_json5(text: &str) -> Result<Option<ast::Value<'_>>, Vec<ConfigProblem>> {
    match parse_to_ast(text, &CollectOptions::default(), &json5()) {
        Ok(parsed) => Ok(parsed.value),
        Err(error) => Err(vec![ConfigProblem {
            path: String::new(),
            line: Some(error.line_display()),
            message: format!("is not JSON5: {} (column {})", error.kind(), error.column_display()),
        }]),
    }
}
