//! What secrets look like. Each shape is narrow enough to leave ordinary text
//! alone: words, ids, digests, paths and addresses stay readable.

use std::borrow::Cow;

use regex::{Captures, Regex, RegexSet};

use super::redact::{HIDDEN, chain};

/// A named group `s` is the secret; the rest stays.
struct Shape {
    pattern: &'static str,
    fits: Fits,
}

const SHAPES: [Shape; 10] = [
    // Keys that say by their beginning whose they are.
    Shape {
        pattern: concat!(
            r"\b(?<s>(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,}|(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,}|gh[opsur]_[A-Za-z0-9]{16,}",
            r"|github_pat_[A-Za-z0-9_]{16,}|glpat-[A-Za-z0-9_-]{16,}|AIza[A-Za-z0-9_-]{24,}|(?:AKIA|ASIA)[A-Z0-9]{16}\b",
            r"|(?:gsk|hf|npm|xai|nvapi|r8|pplx|dop_v1|tskey)[-_][A-Za-z0-9_-]{16,}|ya29\.[A-Za-z0-9_-]{16,})",
        ),
        fits: is_mixed,
    },
    // Bots of Telegram, also as they stand in its addresses.
    Shape { pattern: r"\b(?:bot)?(?<s>\d{8,10}:[A-Za-z0-9_-]{35}\b)", fits: always },
    // JSON in base64url: web tokens, and setup codes.
    Shape { pattern: r"\b(?<s>eyJ[A-Za-z0-9_-]{20,}(?:\.[A-Za-z0-9_-]+)*)", fits: always },
    Shape {
        pattern: r#"(?i)\bauthorization\\?["']?\s*[:=]\s*\\?["']?(?:bearer|basic|digest|token)?\s*(?<s>[^\s"'\\,;]{6,})"#,
        fits: is_mixed,
    },
    Shape { pattern: r"(?i)\b(?:bearer|basic)\s+(?<s>[A-Za-z0-9._~+/=-]{12,})", fits: is_mixed },
    Shape {
        pattern: r#"(?i)\b(?:set-cookie|cookie)\\?["']?\s*[:=]\s*\\?["']?[\w.-]+=(?<s>[^\s"'\\,;]{6,})"#,
        fits: always,
    },
    // `token=…` in addresses, variables and forms; `token: "…"` in JSON and JSON5.
    Shape {
        pattern: concat!(
            r"(?i)(?:token|password|passwd|passphrase|secret|api[_-]?key|access[_-]?key|private[_-]?key|credential)",
            r#"(?:=\\?["']?|\\?["']?\s*:\s*\\?["'])(?<s>[^\s"'\\&#;,)}\]]{4,})"#,
        ),
        fits: is_value,
    },
    // `name:password@` in addresses.
    Shape { pattern: r#"(?i)\b[a-z][a-z0-9+.-]{1,15}://[^\s/@"'\\:]*:(?<s>[^\s/@"'\\]+)@"#, fits: always },
    Shape {
        pattern: r"(?<s>-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z ]*PRIVATE KEY-----|$))",
        fits: always,
    },
    // 32 random bytes in base64url: what this program makes itself.
    Shape { pattern: r"(?<s>[A-Za-z0-9_-]{43,})", fits: is_own },
];

fn always(_: &str) -> bool {
    true
}

/// Words have no digits, and numbers no letters.
fn is_mixed(text: &str) -> bool {
    let has = |is: fn(&char) -> bool| text.chars().any(|c| is(&c));
    has(char::is_ascii_digit) && has(char::is_ascii_alphabetic) || (text.len() > 20 && text.ends_with('='))
}

/// What stands there when there is no secret, or when it was hidden already.
fn is_value(text: &str) -> bool {
    const NONE: [&str; 9] =
        ["none", "null", "true", "false", "missing", "required", "undefined", "[secret", "[redacted"];
    !NONE.contains(&text) && !text.starts_with("<hidden>") && !text.starts_with("__OPENCLAW_REDACTED__")
}

fn is_own(text: &str) -> bool {
    let has = |is: fn(&u8) -> bool| text.bytes().any(|byte| is(&byte));
    text.len() == 43 && has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase)
}

/// Whether what has the shape is a secret indeed.
type Fits = fn(&str) -> bool;

/// All of them, compiled.
pub(super) struct Shapes {
    /// One look for all of them; nearly every line has none.
    any: RegexSet,
    each: Vec<(Regex, Fits)>,
}

impl Shapes {
    pub(super) fn compile() -> Self {
        // The patterns are constants, and a test compiles them.
        let any = RegexSet::new(SHAPES.iter().map(|shape| shape.pattern)).unwrap_or_else(|_| RegexSet::empty());
        let each = SHAPES.iter().filter_map(|shape| Some((Regex::new(shape.pattern).ok()?, shape.fits))).collect();
        Self { any, each }
    }

    pub(super) fn hide<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let found: Vec<usize> = self.any.matches(text).into_iter().collect();
        let hits = found.iter().filter_map(|index| self.each.get(*index));
        hits.fold(Cow::Borrowed(text), |text, (regex, fits)| chain(text, |text| hide(regex, *fits, text)))
    }
}

fn hide<'t>(regex: &Regex, fits: Fits, text: &'t str) -> Cow<'t, str> {
    let is_secret = |found: &Captures<'_>| found.name("s").is_some_and(|secret| fits(secret.as_str()));
    if !regex.captures_iter(text).any(|found| is_secret(&found)) {
        return Cow::Borrowed(text);
    }
    regex.replace_all(text, |found: &Captures<'_>| {
        let whole = found[0].to_owned();
        let (Some(all), Some(secret)) = (found.get(0), found.name("s")) else { return whole };
        if !fits(secret.as_str()) {
            return whole;
        }
        let (from, to) = (secret.start() - all.start(), secret.end() - all.start());
        format!("{}{HIDDEN}{}", &whole[..from], &whole[to..])
    })
}

#[cfg(test)]
#[path = "shapes/tests.rs"]
mod tests;
