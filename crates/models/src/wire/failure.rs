//! Reads what providers say about a failure, and classes it.

use std::time::Duration;

use serde_json::Value;

use crate::error::ErrorKind;

/// A failure in the provider's words.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Refused {
    pub(crate) status: Option<u16>,
    /// The provider's class, for example `insufficient_quota`.
    pub(crate) class: Option<String>,
    pub(crate) message: String,
}

impl Refused {
    /// From the body of an error response, whatever its form.
    pub(crate) fn from_body(status: u16, body: &[u8]) -> Self {
        match serde_json::from_slice::<Value>(body) {
            Ok(body) => Self { status: Some(status), ..Self::from_json(&body) },
            Err(_) => {
                let text = String::from_utf8_lossy(body);
                // An HTML page of some proxy says nothing in 300 characters.
                let message = if text.trim_start().starts_with('<') { String::new() } else { text.into_owned() };
                Self { status: Some(status), class: None, message }
            }
        }
    }

    /// From `{"error": …}` or the inside of it.
    pub(crate) fn from_json(body: &Value) -> Self {
        let body = body.get(0).unwrap_or(body);
        let error = body.get("error").unwrap_or(body);
        let text = |name: &str| error.get(name).and_then(Value::as_str).map(str::to_owned);
        let code = error.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
        let specific = text("code").filter(|code| code.parse::<u16>().is_err());
        let message = error.as_str().map(str::to_owned).or_else(|| text("message")).or_else(|| {
            let other = ["message", "detail"].into_iter().find_map(|name| body.get(name).and_then(Value::as_str));
            other.map(str::to_owned)
        });
        Self {
            status: code.filter(|code| (400..600).contains(code)),
            class: specific.or_else(|| text("type")).or_else(|| text("status")),
            message: message.unwrap_or_default(),
        }
    }
}

const BILLING: [&str; 6] = [
    "insufficient_quota",
    "billing",
    "credit balance",
    "insufficient credits",
    "payment required",
    "insufficient balance",
];
const CONTEXT: [&str; 11] = [
    "context_length",
    "context length",
    "context window",
    "context size",
    "maximum context",
    "prompt is too long",
    "too many tokens",
    "exceeds the maximum number of tokens",
    "input token count",
    "input is too long",
    "request_too_large",
];
const REFUSAL: [&str; 5] = ["content_filter", "content_policy", "content management policy", "flagged", "safety"];
const KEY: [&str; 5] =
    ["api key not valid", "api_key_invalid", "invalid api key", "incorrect api key", "authentication_error"];

/// The class of a failure from status and words.
pub(crate) fn classify(refused: &Refused) -> ErrorKind {
    let words = format!("{} {}", refused.class.as_deref().unwrap_or_default(), refused.message).to_ascii_lowercase();
    let says = |list: &[&str]| list.iter().any(|word| words.contains(word));
    match refused.status {
        Some(401) => ErrorKind::Auth,
        Some(402) => ErrorKind::Billing,
        Some(403) if says(&REFUSAL) => ErrorKind::Refusal,
        Some(403) => ErrorKind::Auth,
        Some(404) => ErrorKind::UnknownModel,
        Some(408) => ErrorKind::Timeout,
        Some(413) => ErrorKind::ContextLength,
        Some(429) if says(&BILLING) => ErrorKind::Billing,
        Some(429) => ErrorKind::RateLimit,
        Some(500..) => ErrorKind::Unavailable,
        _ if says(&CONTEXT) => ErrorKind::ContextLength,
        _ if says(&KEY) => ErrorKind::Auth,
        _ if says(&BILLING) => ErrorKind::Billing,
        _ if says(&REFUSAL) => ErrorKind::Refusal,
        _ if says(&["model_not_found", "model not found"]) => ErrorKind::UnknownModel,
        _ if says(&["rate_limit", "rate limit", "resource_exhausted"]) => ErrorKind::RateLimit,
        _ if says(&["overloaded", "server_error", "api_error", "internal", "unavailable"]) => ErrorKind::Unavailable,
        _ => ErrorKind::InvalidRequest,
    }
}

/// Reads `retry-after-ms` or `retry-after` in seconds. The form with a date is not used by model providers.
pub(crate) fn retry_after(headers: &http::HeaderMap) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<f64>().ok();
    let seconds = number("retry-after-ms").map(|ms| ms / 1000.0).or_else(|| number("retry-after"))?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_of_every_provider_are_classed() {
        for (status, body, kind, class) in [
            (
                401,
                r#"{"error":{"message":"Incorrect API key","type":"invalid_request_error","code":"invalid_api_key"}}"#,
                ErrorKind::Auth,
                Some("invalid_api_key"),
            ),
            (
                429,
                r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}"#,
                ErrorKind::Billing,
                Some("insufficient_quota"),
            ),
            (
                429,
                r#"{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}"#,
                ErrorKind::RateLimit,
                Some("rate_limit_error"),
            ),
            (
                400,
                r#"{"error":{"message":"This model's maximum context length is 8192 tokens","code":"context_length_exceeded"}}"#,
                ErrorKind::ContextLength,
                Some("context_length_exceeded"),
            ),
            (
                400,
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens"}}"#,
                ErrorKind::ContextLength,
                Some("invalid_request_error"),
            ),
            (
                400,
                r#"[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}]"#,
                ErrorKind::Auth,
                Some("INVALID_ARGUMENT"),
            ),
            (
                529,
                r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
                ErrorKind::Unavailable,
                Some("overloaded_error"),
            ),
            (404, r#"{"error":"model 'x' not found"}"#, ErrorKind::UnknownModel, None),
            (402, r#"{"error":{"code":402,"message":"Insufficient credits"}}"#, ErrorKind::Billing, None),
            (502, "<html>bad gateway</html>", ErrorKind::Unavailable, None),
            (400, r#"{"error":{"message":"tools: wrong"}}"#, ErrorKind::InvalidRequest, None),
        ] {
            let refused = Refused::from_body(status, body.as_bytes());
            assert_eq!(classify(&refused), kind, "{body}");
            assert_eq!(refused.class.as_deref(), class, "{body}");
        }
    }

    #[test]
    fn the_wait_a_provider_asks_for_is_read() {
        let wait = |name: &'static str, value: &'static str| {
            let mut headers = http::HeaderMap::new();
            headers.insert(name, http::HeaderValue::from_static(value));
            retry_after(&headers)
        };
        assert_eq!(wait("retry-after", "2"), Some(Duration::from_secs(2)));
        assert_eq!(wait("retry-after-ms", "150"), Some(Duration::from_millis(150)));
        for nonsense in ["-1", "NaN", "inf", "1e400", "soon"] {
            assert_eq!(wait("retry-after", nonsense), None, "{nonsense}");
        }
    }
}
