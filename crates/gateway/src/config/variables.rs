//! `${NAME}` in settings: what it stands for, and where that is looked up: the
//! environment, then `.env` in the state folder, then `env.vars`. Never in the
//! folder the program was started in, which may be anybody's project.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::document::{Kind, Node};
use super::file::read_file;

/// Variables of the environment. Their values are never shown.
#[derive(Clone, Default)]
pub struct Variables(Arc<BTreeMap<String, String>>);

impl Variables {
    /// These and no others.
    #[must_use]
    pub fn new(variables: BTreeMap<String, String>) -> Self {
        Self(Arc::new(variables))
    }
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

/// Where a name is looked up, nearest first.
#[derive(Default)]
pub(super) struct Lookup {
    environment: Variables,
    file: BTreeMap<String, String>,
    config: BTreeMap<String, String>,
}

/// Why a text cannot be put together.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unresolved {
    /// The variable is not set, or empty.
    Missing(String),
    /// `${` without a name and `}`.
    Malformed,
}

impl Lookup {
    pub(super) fn new(environment: &Variables, state_dir: Option<&Path>, root: Option<&Node>) -> Self {
        let file = state_dir.and_then(|folder| read_file(&folder.join(".env")).ok().flatten());
        let file = file.map(|text| parse_env(&text)).unwrap_or_default();
        let written = root.and_then(|root| root.member("env")?.member("vars"));
        let config = match written.map(|node| &node.kind) {
            Some(Kind::Section(members)) => members
                .iter()
                .filter_map(|member| match &member.value.kind {
                    Kind::Text(text) => Some((member.name.clone(), text.clone())),
                    _ => None,
                })
                .collect(),
            _ => BTreeMap::new(),
        };
        Self { environment: environment.clone(), file, config }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let places = [&*self.environment.0, &self.file, &self.config];
        places.into_iter().filter_map(|place| place.get(name)).map(String::as_str).find(|value| !value.is_empty())
    }

    /// The text with every `${NAME}` replaced and `$${` as `${`; `None` when it
    /// has neither.
    pub(super) fn resolve(&self, text: &str) -> Result<Option<String>, Unresolved> {
        if !text.contains("${") {
            return Ok(None);
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            let (before, after) = rest.split_at(at);
            if let Some(before) = before.strip_suffix('$') {
                out.push_str(before);
                out.push_str("${");
                rest = &after[2..];
                continue;
            }
            out.push_str(before);
            let (name, left) = after[2..].split_once('}').ok_or(Unresolved::Malformed)?;
            if !is_name(name) {
                return Err(Unresolved::Malformed);
            }
            out.push_str(self.get(name).ok_or_else(|| Unresolved::Missing(name.to_owned()))?);
            rest = left;
        }
        out.push_str(rest);
        Ok(Some(out))
    }
}

pub(super) fn is_name(name: &str) -> bool {
    let starts = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    starts && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// `NAME=value` lines; `#` comments, `export`, and quotes around the value.
#[must_use]
pub fn parse_env(text: &str) -> BTreeMap<String, String> {
    let pair = |line: &str| {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (name, value) = line.split_once('=')?;
        let (name, value) = (name.trim(), value.trim());
        is_name(name).then(|| (name.to_owned(), unquoted(value)))
    };
    text.lines().filter(|line| !line.trim_start().starts_with('#')).filter_map(pair).collect()
}

fn unquoted(value: &str) -> String {
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return if quote == '"' { inner.replace("\\n", "\n").replace("\\\"", "\"") } else { inner.to_owned() };
        }
    }
    // A comment after a bare value needs a space before it.
    value.split(" #").next().unwrap_or_default().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup() -> Lookup {
        let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        Lookup {
            environment: Variables::new(map(&[("A", "env"), ("EMPTY", "")])),
            file: map(&[("A", "file"), ("B", "file"), ("EMPTY", "filled")]),
            config: map(&[("A", "config"), ("B", "config"), ("C", "config")]),
        }
    }

    #[test]
    fn the_nearest_place_counts() {
        let lookup = lookup();
        let resolved = |text: &str| lookup.resolve(text).unwrap();
        assert_eq!(resolved("${A}-${B}-${C}-${EMPTY}").unwrap(), "env-file-config-filled");
        assert_eq!(resolved("plain $A }"), None);
        assert_eq!(resolved("$${A} and ${A}").unwrap(), "${A} and env");
        assert_eq!(lookup.resolve("x ${NOPE}"), Err(Unresolved::Missing("NOPE".to_owned())));
        for text in ["${", "${}", "${A", "${A B}", "${1}", "${A:-x}"] {
            assert_eq!(lookup.resolve(text), Err(Unresolved::Malformed), "{text}");
        }
    }

    #[test]
    fn values_are_not_shown() {
        assert_eq!(format!("{:?}", Variables::new([("A".to_owned(), "s3cret".to_owned())].into())), "[\"A\"]");
    }

    #[test]
    fn env_files_are_read_as_people_write_them() {
        let text =
            "# comment\nA=1\nexport B = two \nC=\"three # four\"\nD='fi\"ve'\nE=six # seven\n=x\nbad name=1\nF=\n";
        let found = parse_env(text);
        let expect = [("A", "1"), ("B", "two"), ("C", "three # four"), ("D", "fi\"ve"), ("E", "six"), ("F", "")];
        assert_eq!(found, expect.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    }
}
