//! Patterns for file names: `*`, `?`, `**`, `[a-z]`, `{a,b}`.

use regex::Regex;

/// A pattern for names or paths.
#[derive(Debug)]
pub(super) struct Glob {
    regex: Regex,
    /// A pattern without `/` is about names, wherever they are.
    names_only: bool,
}

impl Glob {
    /// Says in words what is wrong with a pattern.
    pub(super) fn new(pattern: &str) -> Result<Self, String> {
        let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
        let expression = format!("^(?s:{})$", translate(pattern)?);
        let regex = regex::RegexBuilder::new(&expression)
            .size_limit(1 << 20)
            .build()
            .map_err(|_| format!("`glob`: {pattern:?} is not a pattern; example: `src/**/*.{{rs,toml}}`"))?;
        Ok(Self { regex, names_only: !pattern.contains('/') })
    }

    /// `path` is relative, with `/` between names.
    pub(super) fn matches(&self, path: &str) -> bool {
        let subject = if self.names_only { path.rsplit('/').next().unwrap_or(path) } else { path };
        self.regex.is_match(subject)
    }
}

fn translate(pattern: &str) -> Result<String, String> {
    let mut expression = String::new();
    let mut depth = 0_usize;
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        let (piece, taken) = match c {
            '*' if rest.starts_with("**/") => ("(?:[^/]+/)*".to_owned(), 3),
            '*' if rest.starts_with("**") => (".*".to_owned(), 2),
            '*' => ("[^/]*".to_owned(), 1),
            '?' => ("[^/]".to_owned(), 1),
            '[' => class(rest).ok_or_else(|| format!("`glob`: `[` without `]` in {pattern:?}"))?,
            '{' => ("(?:".to_owned(), 1),
            '}' if depth > 0 => (")".to_owned(), 1),
            ',' if depth > 0 => ("|".to_owned(), 1),
            '\\' => {
                let escaped = rest.chars().nth(1).unwrap_or('\\');
                (regex::escape(&escaped.to_string()), (1 + escaped.len_utf8()).min(rest.len()))
            }
            c => (regex::escape(&c.to_string()), c.len_utf8()),
        };
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        expression.push_str(&piece);
        rest = rest.get(taken..).unwrap_or_default();
    }
    if depth > 0 {
        return Err(format!("`glob`: `{{` without `}}` in {pattern:?}"));
    }
    Ok(expression)
}

/// A class at the beginning of `rest` as a regular expression, and its length here.
fn class(rest: &str) -> Option<(String, usize)> {
    let inner = rest.strip_prefix('[')?;
    let (negated, members) = match inner.strip_prefix(['!', '^']) {
        Some(members) => (true, members),
        None => (false, inner),
    };
    // A `]` right at the beginning is a member.
    let end = members.char_indices().skip(1).find(|(_, c)| *c == ']').map(|(at, _)| at)?;
    let members = members.get(..end)?;
    let escaped: String = members.chars().map(|c| if c == '-' { "-".to_owned() } else { escape_member(c) }).collect();
    let length = 1 + usize::from(negated) + members.len() + 1;
    Some((format!("[{}{escaped}]", if negated { "^/" } else { "" }), length))
}

fn escape_member(c: char) -> String {
    if c.is_alphanumeric() { c.to_string() } else { format!("\\x{{{:x}}}", u32::from(c)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn patterns_match_as_people_expect() {
        for (pattern, path, expected) in [
            ("*.rs", "src/a/b.rs", true),
            ("*.rs", "b.rsx", false),
            ("src/*.rs", "src/a.rs", true),
            ("src/*.rs", "src/a/b.rs", false),
            ("src/**/*.rs", "src/a/b/c.rs", true),
            ("src/**/*.rs", "src/c.rs", true),
            ("**/test.*", "a/test.txt", true),
            ("**/test.*", "test.txt", true),
            ("docs/**", "docs/a/b", true),
            ("*.{rs,toml}", "Cargo.toml", true),
            ("*.{rs,toml}", "Cargo.lock", false),
            ("a?c", "abc", true),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[!a-c]x", "dx", true),
            ("a+b", "a+b", true),
            ("a.c", "abc", false),
            (r"\*", "*", true),
            (r"\*", "x", false),
            ("[]]", "]", true),
            ("./src/*", "src/a", true),
        ] {
            assert_eq!(Glob::new(pattern).expect(pattern).matches(path), expected, "{pattern} on {path}");
        }
        for pattern in ["[a", "{a,b", "[z-a]"] {
            assert!(Glob::new(pattern).expect_err(pattern).starts_with("`glob`"));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_pattern_or_an_error(pattern in "[\\PC*?\\[\\]{},!^\\\\/-]{0,30}", path in "\\PC{0,20}") {
            if let Ok(glob) = Glob::new(&pattern) {
                glob.matches(&path);
            }
        }
    }
}
