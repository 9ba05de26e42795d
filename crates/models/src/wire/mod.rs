//! What each protocol looks like on the wire: how a request is written and how an answer is read.

mod anthropic;
mod anthropic_family;
mod anthropic_request;
mod conversation;
mod failure;
mod gemini;
mod gemini_request;
mod ollama;
mod openai;
mod openai_request;
mod signature;
mod tool_calls;

use std::{collections::VecDeque, sync::Arc};

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use url::Url;

pub(crate) use failure::{Refused, classify, retry_after};

use crate::{
    config::{Api, ModelSpec},
    frames::{Frame, Framing},
    request::{ChatRequest, Finish, ToolCall},
};

/// Everything a protocol needs to write a request.
pub(crate) struct Ask<'a> {
    pub(crate) request: &'a ChatRequest,
    pub(crate) spec: &'a ModelSpec,
    pub(crate) api: Api,
    pub(crate) base: &'a Url,
    /// The caller wrote the model's limits down, so they are meant.
    pub(crate) is_configured: bool,
}

impl Ask<'_> {
    fn host_contains(&self, name: &str) -> bool {
        self.base.host_str().is_some_and(|host| host.contains(name))
    }
}

/// A request, ready to be sent.
pub(crate) struct Call {
    /// Below the base URL.
    pub(crate) path: String,
    pub(crate) framing: Framing,
    pub(crate) body: Value,
}

/// A piece of an answer.
#[derive(Debug, PartialEq)]
pub(crate) enum Delta {
    Text(String),
    Thinking(String),
    ToolCall(ToolCall),
}

/// How far an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// More is to come.
    More,
    /// The model is done; only usage may follow.
    Done,
    /// Nothing follows.
    End,
}

/// Why a frame could not be read.
#[derive(Debug, PartialEq)]
pub(crate) enum Fault {
    /// Not what the protocol says.
    Malformed(String),
    /// The provider reports a failure inside the answer.
    Refused(Refused),
    /// More than is allowed.
    TooLarge(&'static str),
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        Self::Malformed(error.to_string())
    }
}

/// Reads the frames of one answer.
pub(crate) trait Decoder: Send + Sync {
    fn frame(&mut self, frame: &Frame<'_>, out: &mut VecDeque<Delta>) -> Result<Progress, Fault>;

    /// What is known when the answer is complete.
    fn finish(&mut self) -> Finish;
}

/// Bounds and identities a decoder needs.
#[derive(Clone)]
pub(crate) struct Bounds {
    /// Bytes of the arguments of one call.
    pub(crate) arguments: usize,
    /// Begins the ids of calls whose provider gives none.
    pub(crate) call_prefix: Arc<str>,
}

pub(crate) fn call(ask: &Ask<'_>) -> Call {
    match ask.api {
        Api::OpenAi | Api::OpenRouter => openai_request::call(ask),
        Api::Anthropic => anthropic_request::call(ask),
        Api::Gemini => gemini_request::call(ask),
        Api::Ollama => ollama::call(ask),
    }
}

pub(crate) fn decoder(ask: &Ask<'_>, bounds: Bounds) -> Box<dyn Decoder> {
    match ask.api {
        Api::OpenAi | Api::OpenRouter => Box::new(openai::OpenAi::new(bounds)),
        Api::Anthropic => Box::new(anthropic::Anthropic::new(bounds, &ask.spec.id)),
        Api::Gemini => Box::new(gemini::Gemini::new(bounds, &ask.spec.id)),
        Api::Ollama => Box::new(ollama::Ollama::new(bounds)),
    }
}

/// The path below the base URL that lists models (or, where that is public, describes the key).
pub(crate) const fn list_path(api: Api) -> &'static str {
    match api {
        Api::OpenAi | Api::Anthropic => "models",
        Api::Gemini => "models?pageSize=200",
        Api::Ollama => "api/tags",
        Api::OpenRouter => "key",
    }
}

/// Whether a header carries the credential itself, so that the key must not be sent beside it.
pub(crate) fn is_credential(name: &str) -> bool {
    ["authorization", "x-api-key", "x-goog-api-key", "api-key"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Headers a protocol wants on every request; `None` when the key has characters no header can have.
pub(crate) fn headers(api: Api, key: Option<&str>) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    if matches!(api, Api::Anthropic) {
        headers.insert("anthropic-version", HeaderValue::from_static("2023-06-01"));
    }
    if matches!(api, Api::OpenRouter) {
        headers.insert("x-title", HeaderValue::from_static("Postern"));
    }
    let Some(key) = key else { return Some(headers) };
    let (name, text) = match api {
        Api::Anthropic => ("x-api-key", None),
        Api::Gemini => ("x-goog-api-key", None),
        Api::OpenAi | Api::OpenRouter | Api::Ollama => ("authorization", Some(format!("Bearer {}", key.trim()))),
    };
    let mut value = HeaderValue::from_str(text.as_deref().unwrap_or(key.trim())).ok()?;
    value.set_sensitive(true);
    headers.insert(HeaderName::from_static(name), value);
    Some(headers)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::request::{ChatRequest, ModelRef, Thinking};

    fn decoders() -> Vec<Box<dyn Decoder>> {
        let request = ChatRequest {
            model: ModelRef::new("p", "m"),
            fallbacks: vec![],
            system: vec![],
            messages: vec![],
            tools: Arc::new([]),
            thinking: Thinking::Off,
            max_tokens: None,
            cache_key: None,
        };
        let (spec, base) = (ModelSpec::named("m"), Url::parse("http://h/").unwrap());
        let bounds = Bounds { arguments: 1000, call_prefix: "c".into() };
        let decoder = |api| {
            let ask = Ask { request: &request, spec: &spec, api, base: &base, is_configured: false };
            super::decoder(&ask, bounds.clone())
        };
        Api::ALL.into_iter().map(decoder).collect()
    }

    proptest! {
        #[test]
        fn no_frame_is_too_strange(frames in proptest::collection::vec(frame(), 0..12)) {
            for mut decoder in decoders() {
                let mut out = VecDeque::new();
                for data in &frames {
                    let _ = decoder.frame(&Frame { event: "", data: data.as_bytes() }, &mut out);
                }
                decoder.finish();
            }
        }
    }

    /// Valid pieces with a part replaced, and things that are no JSON at all.
    fn frame() -> impl Strategy<Value = String> {
        let templates = [
            r#"{"choices":[{"delta":{"content":@,"tool_calls":[{"index":@,"id":@,"function":{"name":"x","arguments":@}}]},"finish_reason":@}]}"#,
            r#"{"type":"content_block_start","index":@,"content_block":{"type":"tool_use","id":@,"name":@}}"#,
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":@}}"#,
            r#"{"type":"content_block_delta","index":@,"delta":{"type":"input_json_delta","partial_json":@}}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":@}}"#,
            r#"{"candidates":[{"content":{"parts":[{"text":@,"thoughtSignature":@,"functionCall":{"name":@,"args":@}}]},"finishReason":@}],"usageMetadata":{"promptTokenCount":@}}"#,
            r#"{"message":{"content":@,"tool_calls":[{"function":{"name":@,"arguments":@}}]},"done":@,"eval_count":@,"error":@}"#,
            "[DONE]",
            "@",
        ];
        let value = prop_oneof![
            Just("null".to_owned()),
            any::<i64>().prop_map(|number| number.to_string()),
            any::<u64>().prop_map(|number| number.to_string()),
            any::<bool>().prop_map(|yes| yes.to_string()),
            any::<String>().prop_map(|text| Value::String(text).to_string()),
            Just("{}".to_owned()),
            Just("[[]]".to_owned()),
            any::<String>(),
        ];
        (proptest::sample::select(templates.to_vec()), value)
            .prop_map(|(template, value)| template.replace('@', &value))
    }
}
