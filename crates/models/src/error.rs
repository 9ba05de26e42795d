//! What can go wrong with a model, in words for people and in classes for programs.

use std::time::Duration;

use crate::request::ModelRef;

/// Longest text of a provider that is passed on, in characters.
const PROVIDER_TEXT: usize = 300;

/// The class of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The key was refused.
    Auth,
    /// The account has no credit or no quota left.
    Billing,
    /// Too many requests at the moment.
    RateLimit,
    /// The provider took too long.
    Timeout,
    /// The conversation is longer than the model can read.
    ContextLength,
    /// The provider refused the content.
    Refusal,
    /// The provider cannot be reached or is broken at the moment.
    Unavailable,
    /// The provider did not accept the request.
    InvalidRequest,
    /// The answer was not what the protocol says, or too large.
    Protocol,
    /// The answer ended before it was complete.
    Cut,
    /// There is no key for the provider.
    MissingKey,
    /// The provider or the model is not known.
    UnknownModel,
}

/// A failed request to a model. Never contains a key.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct ModelError {
    /// Class of the failure.
    pub kind: ErrorKind,
    /// For people: what happened and what to do about it.
    pub message: String,
    /// Provider that was asked.
    pub provider: String,
    /// Model that was asked for.
    pub model: String,
    /// HTTP status, when there was one.
    pub http_status: Option<u16>,
    /// How long the provider asks to wait.
    pub retry_after: Option<Duration>,
    /// The provider's own class of the failure.
    pub provider_error_type: Option<String>,
}

impl ModelError {
    /// A failure of `model`.
    pub fn new(kind: ErrorKind, model: &ModelRef, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            provider: model.provider.clone(),
            model: model.model.clone(),
            http_status: None,
            retry_after: None,
            provider_error_type: None,
        }
    }

    /// The class as protocol 4 names it (`frames-and-events.md §6`).
    pub const fn wire_kind(&self) -> &'static str {
        match self.kind {
            ErrorKind::Refusal => "refusal",
            ErrorKind::Timeout => "timeout",
            ErrorKind::RateLimit => "rate_limit",
            ErrorKind::ContextLength => "context_length",
            _ => "unknown",
        }
    }

    /// Whether the same request may succeed later without anybody changing anything.
    pub const fn is_retryable(&self) -> bool {
        matches!(self.kind, ErrorKind::RateLimit | ErrorKind::Timeout | ErrorKind::Unavailable | ErrorKind::Cut)
    }

    /// Whether asking the same model again at once is worth it. A timeout has used up its time already.
    pub(crate) const fn is_worth_asking_again(&self) -> bool {
        matches!(self.kind, ErrorKind::RateLimit | ErrorKind::Unavailable | ErrorKind::Cut)
    }

    /// Whether the account, not the model, is the cause, so that other models of the provider cannot help.
    pub(crate) const fn concerns_account(&self) -> bool {
        matches!(self.kind, ErrorKind::Auth | ErrorKind::Billing | ErrorKind::MissingKey)
    }
}

/// Makes a provider's text fit to show: one line, short, without the key or anything that begins like it.
pub(crate) fn presentable(text: &str, key: Option<&str>) -> String {
    let mut shown = String::new();
    for word in text.split_whitespace() {
        if !shown.is_empty() {
            shown.push(' ');
        }
        shown.push_str(&without_key(word, key));
        if shown.len() > 4 * PROVIDER_TEXT {
            break;
        }
    }
    let mut shown: String = shown.chars().filter(|c| !c.is_control()).collect();
    if let Some((end, _)) = shown.char_indices().nth(PROVIDER_TEXT) {
        shown.truncate(end);
        shown.push('…');
    }
    shown
}

/// Providers echo keys in part (`sk-ab****yz`), so the beginning is enough to give a word away.
fn without_key(word: &str, key: Option<&str>) -> String {
    let Some(key) = key.filter(|key| !key.is_empty()) else { return word.to_owned() };
    let beginning: String = key.chars().take(6).collect();
    match word.find(beginning.as_str()) {
        Some(at) => format!("{}[key]", &word[..at]),
        None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provider_text_is_short_and_without_the_key() {
        let text = "Incorrect API key provided:\n  sk-live-***9. Also \"key=sk-live-0123456789\" is wrong";
        let shown = presentable(text, Some("sk-live-0123456789"));
        assert_eq!(shown, "Incorrect API key provided: [key] Also \"key=[key] is wrong");
        let long = presentable(&"ä ".repeat(5000), None);
        assert_eq!(long.chars().count(), PROVIDER_TEXT + 1);
        assert!(presentable("a\u{7}b\u{1b}[2J", None).chars().all(|c| !c.is_control()));
    }

    #[test]
    fn only_four_kinds_have_a_name_on_the_wire() {
        let model = ModelRef::new("p", "m");
        let kind = |kind| ModelError::new(kind, &model, "x").wire_kind();
        assert_eq!(kind(ErrorKind::Timeout), "timeout");
        assert_eq!(kind(ErrorKind::RateLimit), "rate_limit");
        assert_eq!(kind(ErrorKind::ContextLength), "context_length");
        assert_eq!(kind(ErrorKind::Refusal), "refusal");
        assert_eq!(kind(ErrorKind::Auth), "unknown");
    }
}
