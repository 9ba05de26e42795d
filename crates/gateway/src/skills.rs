//! Skills that the owner installed: folders with a `SKILL.md` in `skills` of the state
//! folder. So far only the programs that they call are of interest.
//!
//! Skills in the folders of agents do not count here. Nodes may be set up to run the
//! programs of skills without asking, and an agent writes into its own folder: it
//! would approve for itself whatever it likes.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

use crate::config::json5_value;

/// Most skills that are read.
const MAX_SKILLS: usize = 200;
/// Most of a `SKILL.md` that is read, bytes.
const MAX_BYTES: u64 = 64 * 1024;
/// Most programs.
const MAX_BINS: usize = 512;
/// Under which names skills of the ecosystem say what they need.
const OWNERS: [&str; 4] = ["openclaw", "postern", "clawdbot", "moltbot"];

/// Programs that the skills in `folder` call. Reads files.
#[must_use]
pub fn bins(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut skills: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    skills.sort();
    let texts = skills.iter().take(MAX_SKILLS).filter_map(|skill| text_of(&skill.join("SKILL.md")));
    let found: BTreeSet<String> = texts.filter_map(|text| metadata(&text)).flat_map(|said| bins_in(&said)).collect();
    found.into_iter().take(MAX_BINS).collect()
}

/// A regular file's beginning: a link may lead to where the owner did not mean.
fn text_of(path: &Path) -> Option<String> {
    fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file)?;
    let mut bytes = Vec::new();
    fs::File::open(path).ok()?.take(MAX_BYTES).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// `metadata` of the head of a `SKILL.md`: JSON5 on one line or several.
fn metadata(text: &str) -> Option<Value> {
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    (lines.next()?.trim_end() == "---").then_some(())?;
    let head: Vec<&str> = lines.take_while(|line| line.trim_end() != "---").collect();
    let at = head.iter().position(|line| line.starts_with("metadata:"))?;
    let first = head.get(at)?.strip_prefix("metadata:")?;
    let is_next_key = |line: &&&str| line.starts_with(|c: char| c.is_ascii_alphabetic());
    let rest = head.iter().skip(at + 1).take_while(|line| !is_next_key(line));
    let written: String = std::iter::once(&first).chain(rest).flat_map(|line| [*line, "\n"]).collect();
    json5_value(&written)
}

fn bins_in(said: &Value) -> Vec<String> {
    let own = OWNERS.iter().find_map(|owner| said.get(owner)).unwrap_or(said);
    let list = |node: &Value, key: &str| node.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let requires = own.get("requires").unwrap_or(&Value::Null);
    let installs = list(own, "install").into_iter().flat_map(|one| list(&one, "bins"));
    let all = list(requires, "bins").into_iter().chain(list(requires, "anyBins")).chain(installs);
    all.filter_map(|name| name.as_str().map(str::trim).filter(|name| is_program(name)).map(str::to_owned)).collect()
}

/// A name, never a path or an option.
fn is_program(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
    (1..=64).contains(&name.len()) && name.chars().all(plain) && !name.starts_with(['-', '.'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skill(folder: &Path, name: &str, text: &str) {
        fs::create_dir_all(folder.join(name)).unwrap();
        fs::write(folder.join(name).join("SKILL.md"), text).unwrap();
    }

    #[test]
    fn programs_of_installed_skills_are_named_once() {
        let folder = tempfile::tempdir().unwrap();
        assert!(bins(&folder.path().join("none")).is_empty());
        let one = r#"---
name: mail
metadata: {"openclaw":{"emoji":"x","requires":{"bins":["himalaya"],"env":["X"]},"install":[{"bins":["himalaya","jq"]}]}}
---
text"#;
        let other = "---\nname: gh\nmetadata:\n  {\n    \"clawdbot\": { \"requires\": { \"anyBins\": [\"gh\", \"hub\"], }, },\n  }\nhomepage: x\n---\n";
        let hostile = "---\nmetadata: {requires: {bins: ['../sh', '-rf', '', 'a b', '/bin/sh', 7, 'rg']}}\n---\n";
        skill(folder.path(), "mail", one);
        skill(folder.path(), "gh", other);
        skill(folder.path(), "hostile", hostile);
        skill(folder.path(), "headless", "metadata: {requires: {bins: ['no']}}");
        skill(folder.path(), "broken", "---\nmetadata: {\n---\n");
        assert_eq!(bins(folder.path()), ["gh", "himalaya", "hub", "jq", "rg"]);
    }
}
