//! `fs.listDir`: the folders in a folder, for whoever chooses where commands begin.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Host, Invoke, blocking};
use crate::refusal::{Outcome, Refusal, read};

/// Folders that are listed; more are left out.
const MOST: usize = 2_000;

#[derive(Deserialize)]
struct ListParams {
    #[serde(default)]
    path: Option<String>,
}

pub(super) async fn list_dir(host: &Arc<Host>, call: &Invoke) -> Outcome {
    let params: ListParams = read(&call.command, &call.params)?;
    let home = host.options.home.clone();
    blocking(move || list(params.path.as_deref(), &home)).await
}

fn list(asked: Option<&str>, home: &Path) -> Outcome {
    let asked = asked.map(str::trim).filter(|path| !path.is_empty()).unwrap_or("~");
    if asked.contains('\0') {
        return Err(Refusal::invalid("path contains a NUL byte"));
    }
    let path = match asked.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with(['/', '\\']) => {
            home.join(rest.trim_start_matches(['/', '\\']))
        }
        _ => PathBuf::from(asked),
    };
    if !path.is_absolute() {
        return Err(Refusal::invalid("path must be absolute, or begin with ~"));
    }
    let told = |error: std::io::Error| Refusal::invalid(format!("path {asked:?} cannot be listed: {error}"));
    let path = path.canonicalize().map_err(told)?;
    let mut found: Vec<(String, PathBuf)> = std::fs::read_dir(&path)
        .map_err(told)?
        .filter_map(Result::ok)
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()))
        .filter(|(_, path)| path.is_dir())
        .take(MOST)
        .collect();
    found.sort();
    let entry = |(name, path): (String, PathBuf)| {
        let mut entry = json!({ "name": name, "path": path.to_string_lossy() });
        if name.starts_with('.') {
            entry["hidden"] = Value::Bool(true);
        }
        entry
    };
    let mut listing = json!({ "path": path.to_string_lossy(), "home": home.to_string_lossy() });
    if let Some(parent) = path.parent() {
        listing["parent"] = parent.to_string_lossy().into();
    }
    listing["entries"] = found.into_iter().map(entry).collect();
    Ok(listing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_listed_and_files_are_not() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(home.path().join("b/.c")).unwrap();
        std::fs::create_dir(home.path().join("a")).unwrap();
        std::fs::write(home.path().join("file"), "x").unwrap();
        let names = |listing: &Value| {
            let entries = listing["entries"].as_array().unwrap().iter();
            entries.map(|entry| entry["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(&list(None, home.path()).unwrap()), ["a", "b"]);
        let inner = list(Some("~/b"), home.path()).unwrap();
        assert_eq!((names(&inner), &inner["entries"][0]["hidden"]), (vec![".c".to_owned()], &json!(true)));
        for refused in ["relative", "~/gone", "~/file", "/a\0b"] {
            assert_eq!(list(Some(refused), home.path()).unwrap_err().code, "INVALID_REQUEST", "{refused}");
        }
    }
}
