//! JSON5 text to [`RawConfig`], with every problem at once.

use std::path::{Path, PathBuf};

use jsonc_parser::{CollectOptions, ParseOptions, ast, parse_to_ast};
use serde_json::Value;

use super::document::{Document, Kind, open};
use super::schema::schema;
use super::shape::{Checker, Findings, to_json, to_patch};
use super::variables::{Lookup, Variables};
use super::{ConfigProblem, Overrides, RawConfig};
use crate::options::Paths;

/// Larger files are not configurations.
pub(super) const MAX_BYTES: usize = 4 * 1024 * 1024;

/// A file as far as it could be read.
#[derive(Debug, Default)]
pub(super) struct ReadConfig {
    /// What can be used of it.
    pub(super) raw: RawConfig,
    /// What is wrong, and where every setting is.
    pub(super) findings: Findings,
    /// Files that it includes.
    pub(super) files: Vec<PathBuf>,
}

/// From where a text takes what it refers to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Surroundings<'a> {
    /// The configuration file, for `$include`.
    pub(super) config: Option<&'a Path>,
    /// The state folder, for `.env`.
    pub(super) state_dir: Option<&'a Path>,
    /// The environment.
    pub(super) variables: Option<&'a Variables>,
}

impl<'a> Surroundings<'a> {
    /// Of the file in its place; without `paths` it takes from the environment only.
    pub(super) fn of(paths: Option<&'a Paths>, overrides: &'a Overrides) -> Self {
        Self {
            config: paths.map(|paths| paths.config_path.as_path()),
            state_dir: paths.map(|paths| paths.state_dir.as_path()),
            variables: Some(&overrides.variables),
        }
    }
}

/// Reads a configuration text. `null` means absent; unknown keys are ignored.
/// Never panics; an empty text is an empty configuration.
pub fn parse(text: &str) -> Result<RawConfig, Vec<ConfigProblem>> {
    let read = read(text, Surroundings::default())?;
    if read.findings.problems.is_empty() { Ok(read.raw) } else { Err(read.findings.problems) }
}

/// Reads as much as can be read. An error is a text that is no JSON5.
pub(super) fn read(text: &str, around: Surroundings<'_>) -> Result<ReadConfig, Vec<ConfigProblem>> {
    if text.len() > MAX_BYTES {
        return Err(vec![ConfigProblem::new("", format!("is larger than {} MiB", MAX_BYTES / 1024 / 1024))]);
    }
    // Some editors put a byte order mark first.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Document { root, texts, files, problems, .. } = open(text, around.config)?;
    let Some(mut root) = root.filter(|root| !matches!(root.kind, Kind::Plain(Value::Null))) else {
        return Ok(ReadConfig::default());
    };
    let nowhere = Variables::default();
    let lookup = Lookup::new(around.variables.unwrap_or(&nowhere), around.state_dir, Some(&root));
    let mut findings = Checker::new(texts, schema(), lookup).check(&mut root);
    findings.problems.splice(0..0, problems);
    let raw = match root.to_value() {
        Value::Null => RawConfig::default(),
        value => match serde_json::from_value(value) {
            Ok(raw) => raw,
            // The check above is meant to find everything. The text of serde would
            // repeat the value, so it is not shown.
            Err(_) if findings.problems.is_empty() => {
                return Err(vec![ConfigProblem::new("", "does not have the shape of a configuration")]);
            }
            Err(_) => RawConfig::default(),
        },
    };
    Ok(ReadConfig { raw, findings, files })
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
    patch(text)
}

pub(super) fn parse_json5(text: &str) -> Result<Option<ast::Value<'_>>, Vec<ConfigProblem>> {
    match parse_to_ast(text, &CollectOptions::default(), &json5()) {
        Ok(parsed) => Ok(parsed.value),
        Err(error) => {
            let message = format!("is not JSON5: {} (column {})", error.kind(), error.column_display());
            Err(vec![ConfigProblem { line: Some(error.line_display()), ..ConfigProblem::new("", message) }])
        }
    }
}
