//! JSON5 text to [`RawConfig`], with every problem at once.

use std::sync::LazyLock;

use jsonc_parser::{CollectOptions, ParseOptions, ast, parse_to_ast};
use postern_protocol::schema::{Direction, schema_of};
use serde_json::Value;

use super::shape::{Checker, Findings, to_json};
use super::{ConfigProblem, RawConfig};

/// Larger files are not configurations.
pub(super) const MAX_BYTES: usize = 4 * 1024 * 1024;

static SCHEMA: LazyLock<Value> = LazyLock::new(|| schema_of::<RawConfig>(Direction::Input));

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
    let mut findings = Checker::new(text, &SCHEMA).check(&file);
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

fn parse_json5(text: &str) -> Result<Option<ast::Value<'_>>, Vec<ConfigProblem>> {
    // JSON5, and not more: a forgotten comma is told.
    let options = ParseOptions { allow_missing_commas: false, ..ParseOptions::default() };
    match parse_to_ast(text, &CollectOptions::default(), &options) {
        Ok(parsed) => Ok(parsed.value),
        Err(error) => Err(vec![ConfigProblem {
            path: String::new(),
            line: Some(error.line_display()),
            message: format!("is not JSON5: {} (column {})", error.kind(), error.column_display()),
        }]),
    }
}
