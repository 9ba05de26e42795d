//! Writes requests of Anthropic's `POST /v1/messages`.

use serde_json::{Map, Value, json};

use super::{
    Ask, Call,
    anthropic_family::{Off, abilities},
    conversation::{NO_IMAGE, Turn, repaired, result_text, sees},
    openai_request::schema,
    signature::{Block, Signature, of_turn, turn_in_progress},
    tool_calls::as_object,
};
use crate::{
    config::Api,
    frames::Framing,
    request::{Part, Thinking},
};

/// The answer's length when nobody said one and nothing is known of the model.
const DEFAULT_MAX_TOKENS: u64 = 8192;
/// The most that is asked for without being told to.
const USUAL_MAX_TOKENS: u64 = 32_000;
/// Least budget the protocol accepts, and least room left for the answer itself.
const LEAST_BUDGET: u64 = 1024;

pub(super) fn call(ask: &Ask<'_>) -> Call {
    let request = ask.request;
    let known = ask.spec.max_tokens.map_or(DEFAULT_MAX_TOKENS, |most| most.min(USUAL_MAX_TOKENS));
    let max_tokens = request.max_tokens.unwrap_or(known).max(1);
    let mut body = Map::new();
    body.insert("model".into(), json!(ask.spec.id));
    body.insert("max_tokens".into(), json!(max_tokens));
    body.insert("stream".into(), json!(true));
    let system = system(&request.system);
    if !system.is_empty() {
        body.insert("system".into(), Value::Array(system));
    }
    body.insert("messages".into(), Value::Array(messages(ask)));
    if !request.tools.is_empty() {
        let tools = request.tools.iter().map(|tool| {
            json!({"name": tool.name, "description": tool.description, "input_schema": schema(&tool.input_schema)})
        });
        body.insert("tools".into(), tools.collect());
    }
    think(ask, max_tokens, &mut body);
    Call { path: "messages".into(), framing: Framing::Sse, body: Value::Object(body) }
}

/// The first block is the stable one, so the cache ends behind it.
fn system(blocks: &[String]) -> Vec<Value> {
    let mut blocks: Vec<Value> = blocks
        .iter()
        .filter(|block| !block.trim().is_empty())
        .map(|block| json!({"type": "text", "text": block}))
        .collect();
    if let Some(first) = blocks.first_mut() {
        first["cache_control"] = json!({"type": "ephemeral"});
    }
    blocks
}

fn think(ask: &Ask<'_>, max_tokens: u64, body: &mut Map<String, Value>) {
    let level = ask.request.thinking;
    let abilities = abilities(&ask.spec.id);
    if level == Thinking::Off {
        let off = match abilities.off {
            Off::Unasked => return,
            Off::Disabled => json!({"type": "disabled"}),
            Off::BetweenTools => json!({"type": "between_tools"}),
            // What it says between calls is part of its thinking, and would be hidden.
            Off::Never => json!({"type": "adaptive", "display": "summarized"}),
        };
        body.insert("thinking".into(), off);
        return;
    }
    // A turn that was begun without thinking must be ended without it.
    let begun = turn_in_progress(&ask.request.messages);
    let possible = begun.is_none_or(|parts| !of_turn(Api::Anthropic, &ask.spec.id, parts).is_empty());
    if ask.spec.reasoning != Some(true) || !(possible || abilities.adaptive) {
        return;
    }
    if abilities.effort {
        let effort = match level {
            Thinking::Off | Thinking::Minimal | Thinking::Low => "low",
            Thinking::Medium => "medium",
            Thinking::XHigh if abilities.xhigh => "xhigh",
            Thinking::High | Thinking::XHigh => "high",
        };
        body.insert("output_config".into(), json!({"effort": effort}));
    }
    if abilities.adaptive {
        body.insert("thinking".into(), json!({"type": "adaptive", "display": "summarized"}));
        return;
    }
    let wanted = match level {
        Thinking::Off | Thinking::Minimal => LEAST_BUDGET,
        Thinking::Low => 2048,
        Thinking::Medium => 8192,
        Thinking::High => 16_384,
        Thinking::XHigh => 28_672,
    };
    let budget = wanted.min(max_tokens.saturating_sub(LEAST_BUDGET));
    if budget >= LEAST_BUDGET {
        body.insert("thinking".into(), json!({"type": "enabled", "budget_tokens": budget}));
    }
}

fn messages(ask: &Ask<'_>) -> Vec<Value> {
    let mut messages: Vec<(&str, Vec<Value>)> = Vec::new();
    for turn in repaired(&ask.request.messages) {
        let (role, blocks) = match turn {
            Turn::User(parts) => ("user", content(ask, parts)),
            Turn::Assistant(parts) => ("assistant", assistant(&ask.spec.id, parts)),
            Turn::Result { call_id, content: parts, is_error, .. } => {
                let mut inner = vec![json!({"type": "text", "text": result_text(parts, is_error)})];
                inner.extend(parts.iter().filter_map(|part| image(ask, part)));
                let mut block = json!({"type": "tool_result", "tool_use_id": identity(call_id), "content": inner});
                if is_error {
                    block["is_error"] = json!(true);
                }
                ("user", vec![block])
            }
        };
        // All results of a turn must be in one message, and what the user says next may follow them there.
        match messages.last_mut() {
            Some((last, content)) if *last == role => content.extend(blocks),
            _ => messages.push((role, blocks)),
        }
    }
    // The conversation grows by appending, so everything up to here can be read from the cache next time.
    if let Some(block) = messages.last_mut().and_then(|(_, blocks)| blocks.last_mut()) {
        block["cache_control"] = json!({"type": "ephemeral"});
    }
    messages.into_iter().map(|(role, content)| json!({"role": role, "content": content})).collect()
}

fn image(ask: &Ask<'_>, part: &Part) -> Option<Value> {
    match part {
        Part::Image { mime, data } if sees(ask.spec) => {
            Some(json!({"type": "image", "source": {"type": "base64", "media_type": mime, "data": data}}))
        }
        Part::Image { .. } => Some(json!({"type": "text", "text": NO_IMAGE})),
        _ => None,
    }
}

fn content(ask: &Ask<'_>, parts: &[Part]) -> Vec<Value> {
    let part = |part: &Part| match part {
        Part::Text(text) if !text.trim().is_empty() => Some(json!({"type": "text", "text": text})),
        other => image(ask, other),
    };
    parts.iter().filter_map(part).collect()
}

fn assistant(model: &str, parts: &[Part]) -> Vec<Value> {
    let mut blocks = Vec::new();
    for (text, signature) in of_turn(Api::Anthropic, model, parts) {
        blocks.extend(thoughts(text, &signature).unwrap_or_default());
    }
    blocks.extend(parts.iter().filter_map(|part| match part {
        Part::Text(text) if !text.trim().is_empty() => Some(json!({"type": "text", "text": text})),
        Part::ToolCall(call) => Some(json!({
            "type": "tool_use",
            "id": identity(&call.id),
            "name": call.name,
            "input": as_object(&call.arguments),
        })),
        _ => None,
    }));
    blocks
}

/// The blocks of thinking as they were; `None` when the text is not the one that was signed.
fn thoughts(text: &str, signature: &Signature) -> Option<Vec<Value>> {
    let mut rest = text;
    let mut blocks = Vec::new();
    for block in &signature.blocks {
        blocks.push(match block {
            Block::Signed(bytes, signature) => {
                let (thinking, after) = rest.split_at_checked(*bytes)?;
                rest = after;
                json!({"type": "thinking", "thinking": thinking, "signature": signature})
            }
            Block::Hidden(data) => json!({"type": "redacted_thinking", "data": data}),
        });
    }
    rest.is_empty().then_some(blocks)
}

/// Ids of other providers may have characters this one refuses.
fn identity(id: &str) -> String {
    id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect()
}
