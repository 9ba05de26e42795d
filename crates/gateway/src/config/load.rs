//! Files: the configuration, and the copy of the last one that was valid.

use std::sync::Arc;

use serde_json::Value;

use super::file::{hash, read_file, write_file};
use super::read::{ReadConfig, document, read};
use super::resolve::{Resolved, resolve};
use super::{Config, ConfigProblem, Overrides};
use crate::options::Paths;

/// What [`load`] found.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// What to run with.
    pub config: Arc<Config>,
    /// What is ignored or unwise.
    pub warnings: Vec<String>,
    /// What is wrong with the file or the overrides; empty means valid.
    pub problems: Vec<ConfigProblem>,
    /// The file is not in force: `config` is the last good one, or the defaults.
    pub safe_mode: bool,
    /// Whether there is a file.
    pub exists: bool,
    /// SHA-256 of its text, hex; of the empty text when there is none.
    pub hash: String,
    /// What is written in the text that is in force.
    pub document: Arc<Value>,
    /// Settings that changed and wait for the next start.
    pub waiting: Vec<&'static str>,
}

/// What [`validate`] found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validation {
    /// Everything that is wrong, with line and path; empty means valid.
    pub problems: Vec<ConfigProblem>,
    /// What would be ignored or is unwise.
    pub warnings: Vec<String>,
}

/// Reads the configuration. Never fails: with a broken file the last one that
/// was valid is used, else the defaults, and `problems` says why.
#[must_use]
pub fn load(paths: &Paths, overrides: &Overrides) -> Loaded {
    let (text, exists) = match read_file(&paths.config_path) {
        Ok(Some(text)) => (text, true),
        Ok(None) => (String::new(), false),
        Err(error) => {
            let message = format!("{} cannot be read: {error}", paths.config_path.display());
            return safe_mode(paths, overrides, vec![ConfigProblem::new("", message)], String::new());
        }
    };
    let (resolved, mut warnings) = match interpret(&text, overrides) {
        Ok(valid) => valid,
        Err(problems) => return safe_mode(paths, overrides, problems, text),
    };
    let last_good = paths.last_good_config();
    let is_kept = || read_file(&last_good).ok().flatten().as_deref() == Some(&text);
    if exists
        && !is_kept()
        && let Err(error) = write_file(&last_good, &text)
    {
        warnings.push(format!("{}: the copy for safe mode could not be written: {error}", last_good.display()));
    }
    Loaded {
        config: Arc::new(resolved.config),
        warnings,
        problems: Vec::new(),
        safe_mode: false,
        exists,
        hash: hash(&text),
        document: Arc::new(document(&text).unwrap_or_default()),
        waiting: Vec::new(),
    }
}

/// Checks a text as [`load`] would, without using it.
#[must_use]
pub fn validate(text: &str, overrides: &Overrides) -> Validation {
    match interpret(text, overrides) {
        Ok((_, warnings)) => Validation { problems: Vec::new(), warnings },
        Err(problems) => Validation { problems, warnings: Vec::new() },
    }
}

/// The configuration that a text would be.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn would_be(text: &str, _paths: &Paths, overrides: &Overrides) -> Result<Config, Vec<ConfigProblem>> {
    interpret(text, overrides).map(|(resolved, _)| resolved.config)
}

/// A valid configuration and its warnings, or all its problems with their lines.
fn interpret(text: &str, overrides: &Overrides) -> Result<(Resolved, Vec<String>), Vec<ConfigProblem>> {
    let ReadConfig { raw, findings } = read(text)?;
    let mut resolved = resolve(&raw, overrides);
    if resolved.problems.is_empty() {
        let mut warnings = findings.warnings;
        warnings.append(&mut resolved.warnings);
        return Ok((resolved, warnings));
    }
    for problem in &mut resolved.problems {
        problem.line = findings.lines.get(&problem.path).copied();
    }
    Err(resolved.problems)
}

fn safe_mode(paths: &Paths, overrides: &Overrides, problems: Vec<ConfigProblem>, text: String) -> Loaded {
    let last_good = read_file(&paths.last_good_config()).ok().flatten();
    let last_good = last_good.and_then(|text| Some((interpret(&text, overrides).ok()?, document(&text).ok()?)));
    let (config, document, source) = match last_good {
        Some(((resolved, _), document)) => (resolved.config, document, "the last one that was valid is in force"),
        None => {
            let defaults = resolve(&super::RawConfig::default(), overrides).config;
            (defaults, Value::Null, "the defaults are in force")
        }
    };
    let warning = format!("{} is not used: {source}", paths.config_path.display());
    Loaded {
        config: Arc::new(config),
        warnings: vec![warning],
        problems,
        safe_mode: true,
        exists: true,
        hash: hash(&text),
        document: Arc::new(document),
        waiting: Vec::new(),
    }
}
