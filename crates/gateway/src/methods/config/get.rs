//! `config.get`: the file, what it means, and what is wrong with it.

use std::collections::HashSet;

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::NoParams;
use postern_protocol::config::{ConfigGet, ConfigGetResult, ConfigIssue, ConfigOverride};
use serde_json::Value;

use super::{in_force, is_hidden};
use crate::config::file::{hash, read_file};
use crate::config::path::SettingPath;
use crate::config::redact::{redact_text_with, redact_value_with};
use crate::config::{Validation, edit, validate_at};
use crate::rpc::{Cx, Method, RpcError, RpcResult};
use crate::settings::issues as told;

/// Shortest text that is hidden where it cannot be used.
const MISPLACED: usize = 12;
/// Warnings that are told.
const MOST_WARNINGS: usize = 500;

impl Method for ConfigGet {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, _params: NoParams) -> RpcResult<ConfigGetResult> {
        // Reads files, and may have much to compare: not where connections are served.
        tokio::task::spawn_blocking(move || look(&cx)).await.map_err(RpcError::internal)
    }
}

/// What is written now counts, not what was read last.
fn look(cx: &Cx) -> ConfigGetResult {
    let (text, unreadable) = match read_file(&cx.paths.config_path) {
        Ok(text) => (text, None),
        Err(error) => (None, Some(format!("cannot be read: {error}"))),
    };
    let checked = match &unreadable {
        None => validate_at(text.as_deref().unwrap_or_default(), &cx.paths, &cx.settings.overrides),
        Some(_) => Validation::default(),
    };
    let mut issues = told(&checked.problems);
    issues.extend(unreadable.map(|message| ConfigIssue { path: String::new(), message, line: None }));
    // A long text where it cannot be used may be a secret in the wrong place.
    let misplaced: HashSet<&str> = checked.problems.iter().map(|problem| problem.path.as_str()).collect();
    let also = |path: &SettingPath, text: &str| {
        is_hidden(cx, path, text) || (text.len() >= MISPLACED && misplaced.contains(path.to_string().as_str()))
    };
    let parsed = text.as_deref().and_then(|text| edit::value_of(text).ok());
    let parsed = parsed.map_or(Value::Null, |it| redact_value_with(&it, &also));
    let raw = text.as_deref().map(|text| redact_text_with(text, &also));
    let valid = issues.is_empty();
    // The file is as it should be, and yet it needs attention.
    issues.extend(cx.unreachable().map(|it| told(&[it.problem])).unwrap_or_default());
    let state = cx.config.state();
    let overridden = cx.settings.overrides.given_by.iter();
    ConfigGetResult {
        path: cx.paths.config_path.display().to_string(),
        exists: text.is_some(),
        raw: raw.into(),
        parsed,
        valid,
        config: in_force(cx),
        hash: hash(text.as_deref().unwrap_or_default()),
        issues,
        warnings: checked.warnings.into_iter().take(MOST_WARNINGS).map(warning).collect(),
        legacy_issues: Vec::new(),
        safe_mode: state.safe_mode,
        overridden: overridden.map(|(path, by)| ConfigOverride { path: (*path).to_owned(), by: by.clone() }).collect(),
        waiting: state.waiting.iter().map(|path| (*path).to_owned()).collect(),
    }
}

fn warning(message: String) -> ConfigIssue {
    ConfigIssue { path: String::new(), message, line: None }
}
