//! Writes requests of Gemini's `POST /v1beta/models/MODEL:streamGenerateContent`.

use serde_json::{Map, Value, json};

use super::{
    Ask, Call,
    conversation::{NO_IMAGE, Turn, repaired, result_text, sees},
    openai_request::schema,
    signature::of_turn,
    tool_calls::as_object,
};
use crate::{
    config::Api,
    frames::Framing,
    request::{Part, Thinking},
};

/// What Google documents for calls that a different model made, and which therefore nobody signed.
const UNSIGNED: &str = "skip_thought_signature_validator";

pub(super) fn call(ask: &Ask<'_>) -> Call {
    let request = ask.request;
    let mut body = Map::new();
    let system: Vec<Value> =
        request.system.iter().filter(|block| !block.trim().is_empty()).map(|block| json!({"text": block})).collect();
    if !system.is_empty() {
        body.insert("systemInstruction".into(), json!({"parts": system}));
    }
    body.insert("contents".into(), Value::Array(contents(ask)));
    if !request.tools.is_empty() {
        let functions: Vec<Value> = request
            .tools
            .iter()
            .map(|tool| {
                let schema = schema(&tool.input_schema);
                json!({"name": tool.name, "description": tool.description, "parametersJsonSchema": schema})
            })
            .collect();
        body.insert("tools".into(), json!([{"functionDeclarations": functions}]));
    }
    let mut generation = Map::new();
    if let Some(max) = request.max_tokens {
        generation.insert("maxOutputTokens".into(), json!(max));
    }
    if request.thinking != Thinking::Off && ask.spec.reasoning == Some(true) {
        generation.insert("thinkingConfig".into(), thinking(&ask.spec.id, request.thinking));
    }
    if !generation.is_empty() {
        body.insert("generationConfig".into(), Value::Object(generation));
    }
    // A model name is part of the path, so it must not be able to leave it.
    let name = ask.spec.id.strip_prefix("models/").unwrap_or(&ask.spec.id);
    let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    Call {
        path: format!("models/{name}:streamGenerateContent?alt=sse"),
        framing: Framing::Sse,
        body: Value::Object(body),
    }
}

/// The second generation takes a budget, later ones take a level.
fn thinking(model: &str, level: Thinking) -> Value {
    if model.contains("gemini-2") || model.contains("gemini-1") {
        let budget = match level {
            Thinking::Off | Thinking::Minimal => 512,
            Thinking::Low => 2048,
            Thinking::Medium => 8192,
            Thinking::High => 16_384,
            Thinking::XHigh => 24_576,
        };
        return json!({"includeThoughts": true, "thinkingBudget": budget});
    }
    let level = match level {
        Thinking::Minimal if model.contains("flash") => "minimal",
        Thinking::Off | Thinking::Minimal | Thinking::Low => "low",
        // The first professional model of the third generation knows two levels only.
        Thinking::Medium if !model.contains("gemini-3-pro") => "medium",
        Thinking::Medium | Thinking::High | Thinking::XHigh => "high",
    };
    json!({"includeThoughts": true, "thinkingLevel": level})
}

fn contents(ask: &Ask<'_>) -> Vec<Value> {
    let mut contents: Vec<(&str, Vec<Value>)> = Vec::new();
    for turn in repaired(&ask.request.messages) {
        let (role, parts) = match turn {
            Turn::User(parts) => ("user", content(ask, parts)),
            Turn::Assistant(parts) => ("model", assistant(ask, parts)),
            Turn::Result { name, content, is_error, .. } => {
                let key = if is_error { "error" } else { "output" };
                let result = json!({key: result_text(content, is_error)});
                let mut parts = vec![json!({"functionResponse": {"name": name, "response": result}})];
                parts.extend(content.iter().filter_map(|part| image(ask, part)));
                ("user", parts)
            }
        };
        match contents.last_mut() {
            Some((last, together)) if *last == role => together.extend(parts),
            _ => contents.push((role, parts)),
        }
    }
    contents.into_iter().map(|(role, parts)| json!({"role": role, "parts": parts})).collect()
}

fn image(ask: &Ask<'_>, part: &Part) -> Option<Value> {
    match part {
        Part::Image { mime, data } if sees(ask.spec) => Some(json!({"inlineData": {"mimeType": mime, "data": data}})),
        Part::Image { .. } => Some(json!({"text": NO_IMAGE})),
        _ => None,
    }
}

fn content(ask: &Ask<'_>, parts: &[Part]) -> Vec<Value> {
    let part = |part: &Part| match part {
        Part::Text(text) if !text.is_empty() => Some(json!({"text": text})),
        other => image(ask, other),
    };
    parts.iter().filter_map(part).collect()
}

fn assistant(ask: &Ask<'_>, parts: &[Part]) -> Vec<Value> {
    let signed: Vec<(String, String)> =
        of_turn(Api::Gemini, &ask.spec.id, parts).into_iter().flat_map(|(_, signature)| signature.calls).collect();
    let must_be_signed = !ask.spec.id.contains("gemini-2") && !ask.spec.id.contains("gemini-1");
    let mut first = true;
    let mut content = Vec::new();
    for part in parts {
        match part {
            Part::Text(text) if !text.is_empty() => content.push(json!({"text": text})),
            Part::ToolCall(call) => {
                let mut part = json!({"functionCall": {"name": call.name, "args": as_object(&call.arguments)}});
                let signature = signed.iter().find(|(id, _)| *id == call.id).map(|(_, signature)| signature.as_str());
                if let Some(signature) = signature.or((first && must_be_signed).then_some(UNSIGNED)) {
                    part["thoughtSignature"] = json!(signature);
                }
                first = false;
                content.push(part);
            }
            _ => {}
        }
    }
    content
}
