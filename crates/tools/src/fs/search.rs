//! `search`: lines that match a pattern, or files whose names do. Bounded in time, files and results.

use std::ffi::OsStr;
use std::io::Read;
use std::time::{Duration, Instant};

use futures_util::future::{BoxFuture, FutureExt};
use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::folder::{Folder, Kind};
use super::glob::Glob;
use super::path::RelativePath;
use super::workspace::{Workspace, WorkspaceError};
use super::{arguments, blocking, spec};
use crate::tool::{Tool, ToolCx, ToolOutcome, ToolSpec};

const MAX_TIME: Duration = Duration::from_secs(10);
const MAX_RESULTS: usize = 500;
const DEFAULT_RESULTS: usize = 100;
/// Files and folders looked at.
const MAX_VISITED: usize = 100_000;
/// Names read of one folder.
const MAX_NAMES: usize = 20_000;
const MAX_DEPTH: usize = 32;
/// Larger files are counted, not searched.
const MAX_FILE_BYTES: u64 = 4_000_000;
/// A line is shown up to here.
const MAX_LINE_BYTES: usize = 300;
/// All lines shown.
const MAX_TEXT_BYTES: usize = 100_000;
const MAX_CONTEXT: usize = 5;

/// Folders nobody wants to find things in unless they are named.
const SKIPPED_FOLDERS: &[&str] = &[".git", ".hg", ".svn", "node_modules", ".venv", "__pycache__"];

const DESCRIPTION: &str = "Searches files of the workspace. `pattern` is a regular expression for lines (with `literal`, a \
plain text); `glob` limits it to files, for example `*.md` or `src/**/*.rs`. With `glob` alone it finds files by name. \
Version control data, installed packages and binary files are left out.";

pub(super) struct SearchTool(ToolSpec);

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SearchArgs {
    #[serde(default)]
    pattern: Option<String>,
    #[serde(default)]
    literal: Option<bool>,
    #[serde(default)]
    ignore_case: Option<bool>,
    #[serde(default)]
    glob: Option<String>,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    context: Option<usize>,
    #[serde(default)]
    limit: Option<usize>,
}

impl SearchTool {
    pub(super) fn new(about: &str) -> Self {
        let schema = json!({
            "type": "object",
            "properties": {
                "pattern": { "type": "string", "description": "Regular expression that lines must match" },
                "literal": { "type": "boolean", "description": "Take `pattern` as plain text (default: false)" },
                "ignoreCase": { "type": "boolean", "description": "Ignore upper and lower case (default: false)" },
                "glob": { "type": "string", "description": "Only files with such names, for example `*.md` or `src/**/*.rs`" },
                "path": { "type": "string", "description": "Folder or file to search (default: the workspace)" },
                "context": { "type": "integer", "minimum": 0, "maximum": MAX_CONTEXT, "description": "Lines to show around each match" },
                "limit": { "type": "integer", "minimum": 1, "maximum": MAX_RESULTS, "description": "Results to show (default: 100)" }
            }
        });
        Self(spec("search", "Search files", &format!("{DESCRIPTION}{about}"), schema))
    }
}

impl Tool for SearchTool {
    fn spec(&self) -> &ToolSpec {
        &self.0
    }

    fn call(&self, cx: ToolCx, args: Value) -> BoxFuture<'static, ToolOutcome> {
        async move {
            let args: SearchArgs = match arguments("search", args) {
                Ok(args) => args,
                Err(outcome) => return outcome,
            };
            let workspace = cx.workspace.clone();
            blocking(cx.cancel, move |cancel| search(&workspace, &args, cancel)).await
        }
        .boxed()
    }
}

fn search(workspace: &Workspace, args: &SearchArgs, cancel: &CancellationToken) -> Result<ToolOutcome, WorkspaceError> {
    let path = workspace.parse(args.path.as_deref().unwrap_or("."))?;
    let glob = args.glob.as_deref().map(Glob::new).transpose().map_err(WorkspaceError::Refused)?;
    let pattern = args.pattern.as_deref().map(|text| expression(text, args)).transpose()?;
    if glob.is_none() && pattern.is_none() {
        return Err(WorkspaceError::Refused("`search` needs `pattern`, `glob`, or both".to_owned()));
    }
    let mut found = Found {
        pattern,
        glob,
        context: args.context.unwrap_or(0).min(MAX_CONTEXT),
        limit: args.limit.unwrap_or(DEFAULT_RESULTS).clamp(1, MAX_RESULTS),
        until: Instant::now() + MAX_TIME,
        cancel,
        text: String::new(),
        results: 0,
        visited: 0,
        too_large: 0,
        stopped: None,
    };
    match workspace.open_folder(&path) {
        Ok(folder) => found.folder(&folder, &prefix(&path), 0)?,
        Err(WorkspaceError::NotFolder(_)) => {
            let (file, _) = workspace.open_file(&path)?;
            found.file(file, &path.to_string())?;
        }
        Err(error) => return Err(error),
    }
    Ok(found.outcome())
}

fn expression(text: &str, args: &SearchArgs) -> Result<Regex, WorkspaceError> {
    let source = if args.literal.unwrap_or(false) { regex::escape(text) } else { text.to_owned() };
    RegexBuilder::new(&source)
        .case_insensitive(args.ignore_case.unwrap_or(false))
        .size_limit(1 << 20)
        .dfa_size_limit(1 << 22)
        .build()
        .map_err(|error| WorkspaceError::Refused(format!("`pattern`: {error}; for a plain text set `literal`")))
}

/// What paths of results begin with.
fn prefix(path: &RelativePath) -> String {
    if path.is_root() && path.shared().is_none() { String::new() } else { format!("{path}/") }
}

struct Found<'c> {
    pattern: Option<Regex>,
    glob: Option<Glob>,
    context: usize,
    limit: usize,
    until: Instant,
    cancel: &'c CancellationToken,
    text: String,
    results: usize,
    visited: usize,
    too_large: usize,
    /// Why it ended before everything was searched.
    stopped: Option<&'static str>,
}

impl Found<'_> {
    fn folder(&mut self, folder: &Folder, prefix: &str, depth: usize) -> Result<(), WorkspaceError> {
        // A folder that vanished or may not be read is passed over.
        let Ok((mut names, more)) = folder.names(MAX_NAMES) else { return Ok(()) };
        names.sort();
        for (name, kind) in names {
            if self.is_over()? {
                return Ok(());
            }
            self.visited += 1;
            self.entry(folder, &name, kind, (prefix, depth))?;
        }
        if more {
            self.stopped.get_or_insert("a folder has more than 20000 entries");
        }
        Ok(())
    }

    fn entry(&mut self, folder: &Folder, name: &OsStr, kind: Kind, place: (&str, usize)) -> Result<(), WorkspaceError> {
        let (prefix, depth) = place;
        let path = format!("{prefix}{}", name.to_string_lossy());
        match kind {
            Kind::Folder if depth < MAX_DEPTH && !SKIPPED_FOLDERS.iter().any(|skipped| name == *skipped) => {
                match folder.child_folder(name) {
                    Ok(child) => self.folder(&child, &format!("{path}/"), depth + 1),
                    Err(_) => Ok(()),
                }
            }
            Kind::File if self.glob.as_ref().is_none_or(|glob| glob.matches(&path)) => {
                if self.pattern.is_none() {
                    self.show(&path);
                    self.results += 1;
                    return Ok(());
                }
                match folder.child_file(name) {
                    Ok(file) => self.file(file, &path),
                    Err(_) => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    fn file(&mut self, file: std::fs::File, path: &str) -> Result<(), WorkspaceError> {
        let Some(pattern) = self.pattern.clone() else { return Ok(()) };
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Ok(());
        }
        if metadata.len() > MAX_FILE_BYTES {
            self.too_large += 1;
            return Ok(());
        }
        let mut bytes = Vec::new();
        if file.take(MAX_FILE_BYTES).read_to_end(&mut bytes).is_err() || bytes.iter().take(8192).any(|byte| *byte == 0)
        {
            return Ok(());
        }
        let text = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').map(without_cr).collect();
        let mut shown = 0;
        for (index, line) in lines.iter().enumerate() {
            if index % 1024 == 0 && self.is_over()? {
                return Ok(());
            }
            if !pattern.is_match(line) {
                continue;
            }
            if self.is_over()? {
                return Ok(());
            }
            self.results += 1;
            shown = self.matched(path, &lines, index, shown);
        }
        Ok(())
    }

    /// Shows line `index` with what is around it, beginning no earlier than `shown`; answers the first line not shown.
    fn matched(&mut self, path: &str, lines: &[&[u8]], index: usize, shown: usize) -> usize {
        let from = index.saturating_sub(self.context).max(shown);
        let to = (index + self.context + 1).min(lines.len());
        if self.context > 0 && from > shown && !self.text.is_empty() {
            self.show("--");
        }
        for (at, line) in lines.iter().enumerate().take(to).skip(from) {
            let separator = if at == index { ':' } else { '-' };
            let cut = line.get(..MAX_LINE_BYTES).unwrap_or(line);
            let rest = if cut.len() < line.len() { " […]" } else { "" };
            self.show(&format!("{path}{separator}{}{separator} {}{rest}", at + 1, String::from_utf8_lossy(cut)));
        }
        to
    }

    fn show(&mut self, line: &str) {
        if self.text.len() + line.len() > MAX_TEXT_BYTES {
            self.stopped.get_or_insert("the results are too long");
            return;
        }
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn is_over(&mut self) -> Result<bool, WorkspaceError> {
        if self.cancel.is_cancelled() {
            return Err(WorkspaceError::Cancelled);
        }
        if self.results >= self.limit {
            self.stopped.get_or_insert("that many results were found");
        } else if self.visited >= MAX_VISITED {
            self.stopped.get_or_insert("that many files were looked at");
        } else if Instant::now() >= self.until {
            self.stopped.get_or_insert("it took more than 10 seconds");
        }
        Ok(self.stopped.is_some())
    }

    fn outcome(self) -> ToolOutcome {
        let mut text = if self.results == 0 { "Nothing found.\n".to_owned() } else { self.text };
        if let Some(reason) = self.stopped {
            text.push_str(&format!("[stopped, {reason}: narrow the search by `path` or `glob`]\n"));
        }
        if self.too_large > 0 {
            text.push_str(&format!("[{} files larger than 4 MB were not searched]\n", self.too_large));
        }
        text.truncate(text.trim_end().len());
        let details = json!({ "results": self.results, "visited": self.visited, "truncated": self.stopped.is_some() });
        ToolOutcome::ok(text).with_details(details)
    }
}

fn without_cr(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}
