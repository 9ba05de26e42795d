//! Paths of settings as people write them: `agents.list[0].model`,
//! `mcp.servers["my.server"].url`.

use std::fmt;

/// Whether the setting at `inner` is the one at `outer`, or in it. Both as people
/// write them; everything is in the document.
pub(super) fn is_within(inner: &str, outer: &str) -> bool {
    let is_part = |rest: &str| outer.is_empty() || rest.is_empty() || rest.starts_with(['.', '[']);
    inner.strip_prefix(outer).is_some_and(is_part)
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Into a member of a section.
    Key(String),
    /// Into an element of a list.
    Index(usize),
}

/// A path of a setting; empty for the document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingPath(pub Vec<Step>);

impl SettingPath {
    /// Reads a path. An index may be written `[0]` or `.0`; a name with dots is
    /// written `["a.b"]`. The empty text is the document.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut steps = Vec::new();
        let mut rest = text.trim();
        let wrong = || format!("`{text}` is no path of a setting; write it like agents.list[0].model");
        while !rest.is_empty() {
            let (step, after) = if let Some(inside) = rest.strip_prefix('[') {
                bracket(inside).ok_or_else(wrong)?
            } else {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                let (name, after) = rest.split_at(end);
                (Step::Key(name.to_owned()), after)
            };
            if step == Step::Key(String::new()) && !rest.starts_with('[') {
                return Err(wrong());
            }
            steps.push(step);
            rest = match after.strip_prefix('.') {
                Some("") => return Err(wrong()),
                Some(next) => next,
                None if after.is_empty() || after.starts_with('[') => after,
                None => return Err(wrong()),
            };
        }
        Ok(Self(steps))
    }

    /// This path and one member more.
    #[must_use]
    pub fn key(&self, name: &str) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step::Key(name.to_owned()));
        Self(steps)
    }

    /// This path and one element more.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step::Index(index));
        Self(steps)
    }
}

/// `0]…` or `"a.b"]…`, and what follows.
fn bracket(inside: &str) -> Option<(Step, &str)> {
    if let Some(quote) = inside.chars().next().filter(|first| *first == '"' || *first == '\'') {
        let close = format!("{quote}]");
        let (name, after) = inside[1..].split_once(close.as_str())?;
        return Some((Step::Key(name.to_owned()), after));
    }
    let (number, after) = inside.split_once(']')?;
    Some((Step::Index(number.trim().parse().ok()?), after))
}

impl fmt::Display for SettingPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(name) if name.is_empty() || name.contains(['.', '[', '"']) => write!(f, "[\"{name}\"]")?,
                Step::Key(name) if position == 0 => f.write_str(name)?,
                Step::Key(name) => write!(f, ".{name}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_and_written() {
        for text in
            ["gateway.port", "agents.list[0].model.fallbacks[2]", "mcp.servers[\"my.server\"].url", "", "a[1][2]"]
        {
            assert_eq!(SettingPath::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(SettingPath::parse("a['b.c'].d").unwrap().to_string(), "a[\"b.c\"].d");
        for text in [".", "a.", "a..b", "a[", "a[x]", "a[0]b", "a[-1]"] {
            let error = SettingPath::parse(text).unwrap_err();
            assert!(error.contains("agents.list[0].model"), "{text}: {error}");
        }
    }
}
