//! Takes secrets out of text on its way to a log, a client or a bundle. Secrets
//! that are known go by their value; what merely looks like one goes by its shape.
//! The first line of defence is elsewhere: `Secret` does not print itself.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use regex::Regex;

use super::shapes::Shapes;
use crate::secrets::Secret;

/// What stands in place of a secret.
pub const HIDDEN: &str = "[redacted]";
/// Shorter values would take ordinary words out of the text.
const MIN_KNOWN: usize = 6;
/// Values that are remembered; a gateway has a few dozen.
const MOST_KNOWN: usize = 512;

/// Handle to what is taken out of texts. Clones share what they know.
#[derive(Clone, Default)]
pub struct Redactor(Arc<Shared>);

#[derive(Default)]
struct Shared {
    known: Mutex<Arc<Vec<Secret>>>,
    extra: Mutex<Arc<Vec<Pattern>>>,
    /// Made when the first line comes, not while the program starts.
    shapes: OnceLock<Shapes>,
}

/// A shape that the configuration adds. Its first group is hidden, or all of it.
#[derive(Debug, Clone)]
pub struct Pattern(Regex);

impl Pattern {
    /// Reads it.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let regex = regex::RegexBuilder::new(text).size_limit(1 << 20).build().map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "is too large".to_owned(),
            error => error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned(),
        })?;
        if regex.is_match("") {
            return Err("fits everywhere; name what is to be hidden".to_owned());
        }
        Ok(Self(regex))
    }

    /// The pattern as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    fn hide<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.0.replace_all(text, |found: &regex::Captures<'_>| {
            let whole = &found[0];
            match (found.get(0), found.get(1)) {
                (Some(all), Some(group)) => {
                    let (from, to) = (group.start() - all.start(), group.end() - all.start());
                    format!("{}{HIDDEN}{}", &whole[..from], &whole[to..])
                }
                _ => HIDDEN.to_owned(),
            }
        })
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Pattern {}

impl Redactor {
    /// Hides this value wherever it occurs from now on, also as it is written in
    /// JSON and in addresses. Very short ones are left alone.
    pub fn learn(&self, secret: &Secret) {
        let plain = secret.expose();
        if plain.len() < MIN_KNOWN {
            return;
        }
        let json = serde_json::to_string(plain).unwrap_or_default();
        let in_url: String = url::form_urlencoded::byte_serialize(plain.as_bytes()).collect();
        let ways = [plain, json.trim_matches('"'), &in_url];
        let mut known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        for way in ways {
            // Not a comparison with what a caller presents: nothing is learned from its time.
            if known.len() < MOST_KNOWN && known.iter().all(|one| one.expose() != way) {
                Arc::make_mut(&mut known).push(Secret::new(way));
            }
        }
        // The longest first: one may be part of another.
        Arc::make_mut(&mut known).sort_by_key(|one| std::cmp::Reverse(one.expose().len()));
    }

    /// Hides what these patterns find, in place of those of before.
    pub fn set_patterns(&self, patterns: Vec<Pattern>) {
        *self.0.extra.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(patterns);
    }

    /// The text without secrets.
    #[must_use]
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let shapes = self.0.shapes.get_or_init(Shapes::compile);
        let text = chain(self.redact_known(text), |text| shapes.hide(text));
        let extra = Arc::clone(&self.0.extra.lock().unwrap_or_else(PoisonError::into_inner));
        extra.iter().fold(text, |text, pattern| chain(text, |text| pattern.hide(text)))
    }

    /// The text without secrets that are known; what looks like one stays.
    #[must_use]
    pub fn redact_known<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let known = Arc::clone(&self.0.known.lock().unwrap_or_else(PoisonError::into_inner));
        let found = known.iter().filter(|one| text.contains(one.expose()));
        found.fold(Cow::Borrowed(text), |text, one| Cow::Owned(text.replace(one.expose(), HIDDEN)))
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

/// The next step over a text that may be borrowed; borrowed again when nothing changed.
pub(super) fn chain<'t>(text: Cow<'t, str>, step: impl for<'s> FnOnce(&'s str) -> Cow<'s, str>) -> Cow<'t, str> {
    match text {
        Cow::Borrowed(text) => step(text),
        Cow::Owned(text) => match step(&text) {
            Cow::Borrowed(same) if same.len() == text.len() => Cow::Owned(text),
            changed => Cow::Owned(changed.into_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_go_in_every_way_they_are_written() {
        let redactor = Redactor::default();
        redactor.learn(&Secret::new("pass \"word\" ö"));
        redactor.learn(&Secret::new("hunter2"));
        redactor.learn(&Secret::new("hunter2-and-more"));
        redactor.learn(&Secret::new("ok"));
        let text = r#"pass "word" ö, "pass \"word\" ö", pass+%22word%22+%C3%B6, hunter2-and-more hunter2 ok"#;
        assert_eq!(redactor.redact(text), r#"[redacted], "[redacted]", [redacted], [redacted] [redacted] ok"#);
        assert_eq!(format!("{redactor:?}"), "Redactor");
    }

    #[test]
    fn patterns_of_the_configuration_hide_their_group() {
        let redactor = Redactor::default();
        let patterns = ["order-([0-9]+)", "Ada L\\w+"].map(|text| Pattern::parse(text).unwrap());
        redactor.set_patterns(patterns.to_vec());
        assert_eq!(
            redactor.redact("order-1 and order-22 of Ada Lovelace"),
            "order-[redacted] and order-[redacted] of [redacted]"
        );
        redactor.set_patterns(Vec::new());
        assert_eq!(redactor.redact("order-1"), "order-1");
        for (bad, why) in [("(", "unclosed group"), ("a*", "fits everywhere"), ("\\w{5000}{500}", "too large")] {
            assert!(Pattern::parse(bad).unwrap_err().contains(why), "{bad}: {:?}", Pattern::parse(bad));
        }
    }
}
