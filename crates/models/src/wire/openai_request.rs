//! Writes requests of `POST /v1/chat/completions`, for OpenAI, OpenRouter and the many servers that imitate them.

use serde_json::{Map, Value, json};

use super::{
    Ask, Call,
    conversation::{NO_IMAGE, Turn, calls, images, repaired, result_text, sees, text},
};
use crate::{
    config::Api,
    frames::Framing,
    request::{Part, Thinking, ToolCall},
};

pub(super) fn call(ask: &Ask<'_>) -> Call {
    let request = ask.request;
    let mut body = Map::new();
    body.insert("model".into(), json!(ask.spec.id));
    body.insert("messages".into(), Value::Array(messages(ask)));
    body.insert("stream".into(), json!(true));
    body.insert("stream_options".into(), json!({"include_usage": true}));
    if !request.tools.is_empty() {
        let tools = request.tools.iter().map(|tool| {
            let schema = schema(&tool.input_schema);
            json!({"type": "function", "function": {
                "name": tool.name, "description": tool.description, "parameters": schema,
            }})
        });
        body.insert("tools".into(), tools.collect());
    }
    if let Some(max) = request.max_tokens {
        // Only OpenAI itself renamed the field, and refuses the old one for its reasoning models.
        let name = if is_openai(ask) { "max_completion_tokens" } else { "max_tokens" };
        body.insert(name.into(), json!(max));
    }
    if let Some(key) = request.cache_key.as_deref().filter(|_| is_openai(ask)) {
        let key: String = key.chars().take(64).collect();
        body.insert("prompt_cache_key".into(), json!(key));
    }
    if let Some(effort) = asked_effort(ask) {
        match ask.api {
            Api::OpenRouter => body.insert("reasoning".into(), json!({"effort": effort})),
            _ => body.insert("reasoning_effort".into(), json!(effort)),
        };
    }
    Call { path: "chat/completions".into(), framing: Framing::Sse, body: Value::Object(body) }
}

fn is_openai(ask: &Ask<'_>) -> bool {
    ask.host_contains("api.openai.com")
}

/// A tool without a schema takes no arguments.
pub(super) fn schema(schema: &Value) -> Value {
    if schema.is_object() { schema.clone() } else { json!({"type": "object", "properties": {}}) }
}

/// How much to think, when that may be said at all. With tools, OpenAI's later models want to hear nothing of it in
/// this protocol (5.4), or that they must not (5.6).
fn asked_effort(ask: &Ask<'_>) -> Option<&'static str> {
    let with_tools = is_openai(ask) && !ask.request.tools.is_empty();
    match version(&ask.spec.id) {
        Some((5, 6..) | (6.., _)) if with_tools => return Some("none"),
        Some((5, 4..)) if with_tools => return None,
        _ => {}
    }
    let wanted = ask.request.thinking != Thinking::Off && ask.spec.reasoning == Some(true);
    wanted.then(|| effort(&ask.spec.id, ask.request.thinking))
}

/// The version in `gpt-MAJOR[.MINOR]…`, with or without a provider before it.
fn version(model: &str) -> Option<(u32, u32)> {
    let name = model.rsplit('/').next().unwrap_or(model).strip_prefix("gpt-")?;
    let number = name.split('-').next()?;
    let (major, minor) = number.split_once('.').unwrap_or((number, "0"));
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Only some models know the ends of the scale; the others refuse the request.
fn effort(model: &str, level: Thinking) -> &'static str {
    let version = version(model);
    match level {
        Thinking::Off => "none",
        Thinking::Minimal if version == Some((5, 0)) && !model.contains("codex") => "minimal",
        Thinking::Minimal | Thinking::Low => "low",
        Thinking::Medium => "medium",
        Thinking::XHigh if version >= Some((5, 2)) || model.contains("codex-max") => "xhigh",
        Thinking::High | Thinking::XHigh => "high",
    }
}

fn messages(ask: &Ask<'_>) -> Vec<Value> {
    let mut messages = Vec::with_capacity(ask.request.messages.len() + 1);
    if let Some(system) = system(ask) {
        messages.push(json!({"role": "system", "content": system}));
    }
    // Results may hold text only, so their images follow, when all results are there.
    let mut pictures: Vec<Value> = Vec::new();
    for turn in repaired(&ask.request.messages) {
        if !matches!(turn, Turn::Result { .. }) {
            flush(&mut pictures, &mut messages);
        }
        match turn {
            Turn::User(parts) => messages.push(json!({"role": "user", "content": content(ask, parts)})),
            Turn::Assistant(parts) => messages.push(assistant(ask, parts)),
            Turn::Result { call_id, content, is_error, .. } => {
                messages.push(json!({
                    "role": "tool",
                    "tool_call_id": identity(ask, call_id),
                    "content": result_text(content, is_error),
                }));
                if sees(ask.spec) {
                    pictures.extend(images(content).map(|(mime, data)| picture(mime, data)));
                }
            }
        }
    }
    flush(&mut pictures, &mut messages);
    messages
}

fn flush(pictures: &mut Vec<Value>, messages: &mut Vec<Value>) {
    if !pictures.is_empty() {
        let mut content = vec![json!({"type": "text", "text": "The images of the tool's result:"})];
        content.append(pictures);
        messages.push(json!({"role": "user", "content": content}));
    }
}

/// One text, since some templates accept one system message only. Claude behind OpenRouter is told where to cache.
fn system(ask: &Ask<'_>) -> Option<Value> {
    let blocks: Vec<&String> = ask.request.system.iter().filter(|block| !block.trim().is_empty()).collect();
    if blocks.is_empty() {
        return None;
    }
    if ask.api == Api::OpenRouter && ask.spec.id.starts_with("anthropic/") {
        let mut parts: Vec<Value> = blocks.iter().map(|block| json!({"type": "text", "text": block})).collect();
        parts[0]["cache_control"] = json!({"type": "ephemeral"});
        return Some(Value::Array(parts));
    }
    let texts: Vec<&str> = blocks.iter().map(|block| block.as_str()).collect();
    Some(json!(texts.join("\n\n")))
}

fn picture(mime: &str, data: &str) -> Value {
    json!({"type": "image_url", "image_url": {"url": format!("data:{mime};base64,{data}")}})
}

fn content(ask: &Ask<'_>, parts: &[Part]) -> Value {
    if images(parts).next().is_none() {
        return json!(text(parts, "\n\n"));
    }
    let part = |part: &Part| match part {
        Part::Text(text) if !text.is_empty() => Some(json!({"type": "text", "text": text})),
        Part::Image { mime, data } if sees(ask.spec) => Some(picture(mime, data)),
        Part::Image { .. } => Some(json!({"type": "text", "text": NO_IMAGE})),
        _ => None,
    };
    Value::Array(parts.iter().filter_map(part).collect())
}

fn assistant(ask: &Ask<'_>, parts: &[Part]) -> Value {
    let said = text(parts, "");
    let mut message = Map::new();
    message.insert("role".into(), json!("assistant"));
    let calls: Vec<Value> = calls(parts).map(|call| tool_call(ask, call)).collect();
    message.insert("content".into(), if said.is_empty() && !calls.is_empty() { Value::Null } else { json!(said) });
    if !calls.is_empty() {
        // DeepSeek wants the thinking back that led to a call.
        let thought: String = parts
            .iter()
            .filter_map(|part| match part {
                Part::Thinking { text, .. } => Some(text.as_str()),
                _ => None,
            })
            .collect();
        if !thought.is_empty() && ask.host_contains("deepseek") {
            message.insert("reasoning_content".into(), json!(thought));
        }
        message.insert("tool_calls".into(), Value::Array(calls));
    }
    Value::Object(message)
}

fn tool_call(ask: &Ask<'_>, call: &ToolCall) -> Value {
    let arguments = match &call.arguments {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    json!({
        "id": identity(ask, &call.id),
        "type": "function",
        "function": {"name": call.name, "arguments": arguments},
    })
}

/// Ids of other providers may have a form this one refuses: Mistral wants nine letters or digits, OpenAI at most 40.
fn identity(ask: &Ask<'_>, id: &str) -> String {
    let mistral = ask.host_contains("mistral");
    let fits = if mistral { id.len() == 9 && id.chars().all(|c| c.is_ascii_alphanumeric()) } else { id.len() <= 40 };
    if fits {
        return id.to_owned();
    }
    let mut hash = id
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mut short = String::new();
    for _ in 0..9 {
        let digit = u32::try_from(hash % 36).unwrap_or_default();
        short.push(char::from_digit(digit, 36).unwrap_or('0'));
        hash /= 36;
    }
    short
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;
    use crate::{
        config::ModelSpec,
        request::{ChatRequest, ModelRef, ToolSpec},
    };

    #[test]
    fn the_ends_of_the_scale_are_sent_only_to_who_knows_them() {
        assert_eq!(effort("gpt-5-mini", Thinking::Minimal), "minimal");
        assert_eq!(effort("openai/gpt-5", Thinking::Minimal), "minimal");
        assert_eq!(effort("gpt-5.1", Thinking::Minimal), "low");
        assert_eq!(effort("o3", Thinking::XHigh), "high");
        assert_eq!(effort("gpt-5.2", Thinking::XHigh), "xhigh");
        assert_eq!(effort("gpt-5.10-pro", Thinking::XHigh), "xhigh");
        assert_eq!(effort("gpt-6-sol", Thinking::XHigh), "xhigh");
        assert_eq!(effort("gpt-6-sol", Thinking::Minimal), "low");
        assert_eq!((version("gpt-4o"), version("gpt-oss-20b")), (None, None));
    }

    #[test]
    fn with_tools_the_later_models_of_openai_are_not_asked_to_think() {
        let request = |tools: bool| {
            let tool = ToolSpec { name: "t".into(), description: String::new(), input_schema: Value::Null };
            ChatRequest {
                model: ModelRef::new("openai", "m"),
                fallbacks: vec![],
                system: vec![],
                messages: vec![],
                tools: if tools { [tool].into() } else { [].into() },
                thinking: Thinking::High,
                max_tokens: None,
                cache_key: None,
            }
        };
        let official = Url::parse("https://api.openai.com/v1/").unwrap();
        let other = Url::parse("https://proxy.example/v1/").unwrap();
        for (model, base, tools, expected) in [
            ("gpt-6.1-sol", &official, true, Some("none")),
            ("gpt-6.1-sol", &official, false, Some("high")),
            ("gpt-5.6-luna", &official, true, Some("none")),
            ("gpt-5.4", &official, true, None),
            ("gpt-5.1", &official, true, Some("high")),
            ("gpt-6.1-sol", &other, true, Some("high")),
        ] {
            let spec = ModelSpec { reasoning: Some(true), ..ModelSpec::named(model) };
            let request = request(tools);
            let ask = Ask { request: &request, spec: &spec, api: Api::OpenAi, base, is_configured: false };
            assert_eq!(asked_effort(&ask), expected, "{model} {base} {tools}");
        }
    }
}
