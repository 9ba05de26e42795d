//! `postern gateway --check`: every mistake in the configuration, without
//! starting anything.

use postern_gateway::Paths;
use postern_gateway::config::{AuthMode, ConfigProblem, Loaded, Overrides, load, refuse_exposed};
use serde_json::{Value, json};

use crate::commands::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::count;

/// `more` is what keeps a gateway from starting with a file that is right.
pub(crate) fn run(cx: &Context, paths: &Paths, overrides: &Overrides, more: Option<ConfigProblem>) -> Outcome {
    let loaded = load(paths, overrides);
    let mut problems = problems(&loaded);
    problems.extend(more);
    let path = paths.config_path.display().to_string();
    if problems.is_empty() {
        let document = document(&path, &loaded, &problems);
        return cx.output.answer(&document, || Ok(text(&path, &loaded)));
    }
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    if cx.output.is_json() {
        cx.output.answer(&document(&path, &loaded, &problems), || Ok(String::new()))?;
        return Err(Failure::reported(Exit::ConfigInvalid, lines.join("\n")));
    }
    let message = format!("{path} has {}", count(problems.len(), "problem"));
    // The first one says that the file is not used.
    let ignored = loaded.warnings.iter().skip(1).map(|warning| format!("warning: {warning}"));
    Err(Failure::new(Exit::ConfigInvalid, message)
        .hint(lines.into_iter().chain(ignored).collect::<Vec<_>>().join("\n")))
}

/// What is wrong with the file, and what would keep a gateway from starting.
fn problems(loaded: &Loaded) -> Vec<ConfigProblem> {
    let mut problems = loaded.problems.clone();
    if problems.is_empty() {
        // In token mode a missing token is generated; a missing password is a
        // problem of its own.
        let has_secret = loaded.config.auth.mode != AuthMode::None;
        problems.extend(refuse_exposed(&loaded.config, has_secret).err());
    }
    problems
}

fn document(path: &str, loaded: &Loaded, problems: &[ConfigProblem]) -> Value {
    let problem = |problem: &ConfigProblem| {
        let mut entry = json!({"path": problem.path, "message": problem.message});
        if let Some(line) = problem.line {
            entry["line"] = json!(line);
        }
        entry
    };
    json!({
        "valid": problems.is_empty(),
        "configPath": path,
        "exists": loaded.exists,
        "problems": problems.iter().map(problem).collect::<Vec<_>>(),
        "warnings": loaded.warnings,
    })
}

fn text(path: &str, loaded: &Loaded) -> String {
    let verdict = if loaded.exists { "is valid" } else { "does not exist; the defaults hold" };
    let mut lines = vec![format!("{path} {verdict}")];
    lines.extend(loaded.warnings.iter().map(|warning| format!("  warning: {warning}")));
    lines.join("\n")
}
