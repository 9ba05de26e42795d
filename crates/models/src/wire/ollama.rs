//! Ollama's `POST /api/chat`: writes requests, reads the lines of an answer.

use std::collections::VecDeque;

use serde::Deserialize;
use serde_json::{Map, Value, json, value::RawValue};

use super::{
    Ask, Bounds, Call, Decoder, Delta, Fault, Progress, Refused,
    conversation::{NO_IMAGE, Turn, calls, images, repaired, result_text, sees, text},
    openai_request::schema,
    tool_calls::{ToolCalls, as_object},
};
use crate::{
    frames::{Frame, Framing},
    request::{Finish, Part, StopReason, Thinking, ToolCall, Usage},
};

/// The server's own default cuts prompts off silently after 4096 tokens, which an agent's instructions can exceed.
const CONTEXT: u64 = 16_384;

pub(super) fn call(ask: &Ask<'_>) -> Call {
    let request = ask.request;
    let mut body = Map::new();
    body.insert("model".into(), json!(ask.spec.id));
    body.insert("messages".into(), Value::Array(messages(ask)));
    body.insert("stream".into(), json!(true));
    if !request.tools.is_empty() {
        let tools = request.tools.iter().map(|tool| {
            json!({"type": "function", "function": {
                "name": tool.name, "description": tool.description, "parameters": schema(&tool.input_schema),
            }})
        });
        body.insert("tools".into(), tools.collect());
    }
    if ask.spec.reasoning == Some(true) && request.thinking != Thinking::Off {
        body.insert("think".into(), think(&ask.spec.id, request.thinking));
    }
    // A window somebody wrote down is meant; one that was found out may be more than the memory holds.
    let window = match ask.spec.context_window {
        Some(window) if ask.is_configured => window,
        Some(window) => window.min(CONTEXT),
        None => CONTEXT,
    };
    let mut options = Map::new();
    options.insert("num_ctx".into(), json!(window));
    if let Some(max) = request.max_tokens {
        options.insert("num_predict".into(), json!(max));
    }
    body.insert("options".into(), Value::Object(options));
    Call { path: "api/chat".into(), framing: Framing::Lines, body: Value::Object(body) }
}

/// Most models can only be told to think or not.
fn think(model: &str, level: Thinking) -> Value {
    if !model.contains("gpt-oss") {
        return json!(true);
    }
    match level {
        Thinking::Off | Thinking::Minimal | Thinking::Low => json!("low"),
        Thinking::Medium => json!("medium"),
        Thinking::High | Thinking::XHigh => json!("high"),
    }
}

fn messages(ask: &Ask<'_>) -> Vec<Value> {
    let mut messages = Vec::with_capacity(ask.request.messages.len() + 1);
    let system: Vec<&str> =
        ask.request.system.iter().map(String::as_str).filter(|block| !block.trim().is_empty()).collect();
    if !system.is_empty() {
        messages.push(json!({"role": "system", "content": system.join("\n\n")}));
    }
    for turn in repaired(&ask.request.messages) {
        messages.push(match turn {
            Turn::User(parts) => with_images(ask, parts, json!({"role": "user", "content": text(parts, "\n\n")})),
            Turn::Assistant(parts) => assistant(parts),
            Turn::Result { name, content, is_error, .. } => {
                let said = result_text(content, is_error);
                with_images(ask, content, json!({"role": "tool", "tool_name": name, "content": said}))
            }
        });
    }
    messages
}

fn with_images(ask: &Ask<'_>, parts: &[Part], mut message: Value) -> Value {
    let found: Vec<&str> = images(parts).map(|(_, data)| data).collect();
    if found.is_empty() {
        return message;
    }
    if sees(ask.spec) {
        message["images"] = json!(found);
    } else {
        let said = message["content"].as_str().unwrap_or_default();
        message["content"] = json!(format!("{said}\n\n{NO_IMAGE}"));
    }
    message
}

fn assistant(parts: &[Part]) -> Value {
    let mut message = json!({"role": "assistant", "content": text(parts, "")});
    let call = |call: &ToolCall| json!({"function": {"name": call.name, "arguments": as_object(&call.arguments)}});
    let calls: Vec<Value> = calls(parts).map(call).collect();
    if !calls.is_empty() {
        message["tool_calls"] = Value::Array(calls);
    }
    message
}

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    message: Option<Piece>,
    #[serde(default)]
    done: bool,
    #[serde(default)]
    done_reason: Option<String>,
    #[serde(default)]
    prompt_eval_count: Option<u64>,
    #[serde(default)]
    eval_count: Option<u64>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Piece {
    #[serde(default)]
    content: Option<String>,
    #[serde(default)]
    thinking: Option<String>,
    #[serde(default)]
    tool_calls: Option<Vec<CallPiece>>,
}

#[derive(Deserialize)]
struct CallPiece {
    #[serde(default)]
    id: Option<String>,
    function: Function,
}

#[derive(Deserialize)]
struct Function {
    name: String,
    #[serde(default)]
    arguments: Option<Box<RawValue>>,
}

pub(super) struct Ollama {
    bounds: Bounds,
    calls: ToolCalls,
    usage: Usage,
    stop: Option<StopReason>,
}

impl Ollama {
    pub(super) fn new(bounds: Bounds) -> Self {
        let calls = ToolCalls::new(bounds.arguments);
        Self { bounds, calls, usage: Usage::default(), stop: None }
    }
}

impl Decoder for Ollama {
    fn frame(&mut self, frame: &Frame<'_>, out: &mut VecDeque<Delta>) -> Result<Progress, Fault> {
        let line: Line = serde_json::from_slice(frame.data)?;
        if let Some(error) = line.error.filter(|error| !error.is_null()) {
            return Err(Fault::Refused(Refused::from_json(&error)));
        }
        if let Some(piece) = line.message {
            out.extend(piece.thinking.filter(|text| !text.is_empty()).map(Delta::Thinking));
            out.extend(piece.content.filter(|text| !text.is_empty()).map(Delta::Text));
            for call in piece.tool_calls.into_iter().flatten() {
                let arguments = call.function.arguments.as_ref().map_or("", |arguments| arguments.get());
                let index = Some(self.calls.count() as u64);
                self.calls.piece(index, &call.id.unwrap_or_default(), &call.function.name, arguments)?;
            }
            out.extend(self.calls.take(false, &self.bounds.call_prefix).into_iter().map(Delta::ToolCall));
        }
        if !line.done {
            return Ok(Progress::More);
        }
        self.usage.input = line.prompt_eval_count.unwrap_or_default();
        self.usage.output = line.eval_count.unwrap_or_default();
        self.stop = Some(match line.done_reason.as_deref() {
            None | Some("stop" | "") if self.calls.any() => StopReason::ToolUse,
            None | Some("stop" | "") => StopReason::Stop,
            Some("length") => StopReason::Length,
            Some(other) => StopReason::Other(other.to_owned()),
        });
        Ok(Progress::End)
    }

    fn finish(&mut self) -> Finish {
        Finish { stop: self.stop.take().unwrap_or(StopReason::Stop), usage: self.usage, thinking_signature: None }
    }
}
