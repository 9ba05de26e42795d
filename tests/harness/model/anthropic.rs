//! `POST /v1/messages`.

use serde_json::{Value, json};

use super::Received;
use super::dialect::{Answer, Dialect, ToolCall, complaint, fragments};

pub(super) struct Anthropic {
    id: String,
    model: Value,
    /// The content block that is open, and how many there were.
    block: Option<&'static str>,
    blocks: usize,
}

impl Anthropic {
    pub(super) fn new(number: usize, request: &Received) -> Self {
        Self { id: format!("msg_{number}"), model: request.body["model"].clone(), block: None, blocks: 0 }
    }

    /// Opens a block of this kind unless it is open already.
    fn in_block(&mut self, kind: &'static str, content: Value) -> String {
        if self.block == Some(kind) {
            return String::new();
        }
        let closed = self.close_block();
        self.block = Some(kind);
        closed + &event(json!({"type": "content_block_start", "index": self.blocks, "content_block": content}))
    }

    fn close_block(&mut self) -> String {
        let Some(kind) = self.block.take() else { return String::new() };
        let signed = if kind == "thinking" {
            self.delta(json!({"type": "signature_delta", "signature": "c2lnbmVkLWJ5LXRoZS1mYWtl"}))
        } else {
            String::new()
        };
        let stop = event(json!({"type": "content_block_stop", "index": self.blocks}));
        self.blocks += 1;
        signed + &stop
    }

    fn delta(&self, delta: Value) -> String {
        event(json!({"type": "content_block_delta", "index": self.blocks, "delta": delta}))
    }

    fn message(&self, content: Value, stop_reason: Value, usage: Value) -> Value {
        json!({
            "id": self.id, "type": "message", "role": "assistant", "model": self.model, "content": content,
            "stop_reason": stop_reason, "stop_sequence": null, "usage": usage,
        })
    }
}

impl Dialect for Anthropic {
    fn open(&mut self) -> String {
        let usage = json!({
            "input_tokens": 1, "output_tokens": 1, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
        });
        let message = self.message(json!([]), Value::Null, usage);
        event(json!({"type": "message_start", "message": message})) + &event(json!({"type": "ping"}))
    }

    fn thinking(&mut self, piece: &str) -> String {
        let opened = self.in_block("thinking", json!({"type": "thinking", "thinking": "", "signature": ""}));
        opened + &self.delta(json!({"type": "thinking_delta", "thinking": piece}))
    }

    fn text(&mut self, piece: &str) -> String {
        let opened = self.in_block("text", json!({"type": "text", "text": ""}));
        opened + &self.delta(json!({"type": "text_delta", "text": piece}))
    }

    fn tool_call(&mut self, call: &ToolCall) -> Vec<String> {
        let before = self.close_block();
        let content = json!({"type": "tool_use", "id": call.id, "name": call.name, "input": {}});
        let mut frames = vec![before + &self.in_block("tool_use", content)];
        let parts = fragments(&call.arguments).into_iter();
        frames.extend(parts.map(|part| self.delta(json!({"type": "input_json_delta", "partial_json": part}))));
        frames.push(self.close_block());
        frames
    }

    fn close(&mut self, answer: &Answer) -> String {
        let closed = self.close_block();
        let delta = json!({"stop_reason": answer.reason("end_turn", "tool_use"), "stop_sequence": null});
        let ended = event(json!({"type": "message_delta", "delta": delta, "usage": usage(answer)}));
        closed + &ended + &event(json!({"type": "message_stop"}))
    }

    fn malformed(&self) -> String {
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"ty\n\n".to_owned()
    }

    fn whole(&self, answer: &Answer) -> Value {
        let mut content = Vec::new();
        if !answer.thinking.is_empty() {
            let signature = "c2lnbmVkLWJ5LXRoZS1mYWtl";
            content.push(json!({"type": "thinking", "thinking": answer.thinking, "signature": signature}));
        }
        if !answer.text.is_empty() {
            content.push(json!({"type": "text", "text": answer.text}));
        }
        let call =
            |call: &ToolCall| json!({"type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments});
        content.extend(answer.calls.iter().map(call));
        self.message(json!(content), json!(answer.reason("end_turn", "tool_use")), usage(answer))
    }

    fn error(&self, status: u16) -> Value {
        let kind = match status {
            401 => "authentication_error",
            429 => "rate_limit_error",
            529 => "overloaded_error",
            _ => "api_error",
        };
        json!({"type": "error", "error": {"type": kind, "message": complaint(status)}})
    }
}

/// The prompt is counted without what came from the cache.
fn usage(answer: &Answer) -> Value {
    let usage = answer.counted();
    json!({
        "input_tokens": usage.input - usage.cache_read, "output_tokens": usage.output,
        "cache_creation_input_tokens": 0, "cache_read_input_tokens": usage.cache_read,
    })
}

fn event(value: Value) -> String {
    let name = value["type"].as_str().unwrap_or_default();
    format!("event: {name}\ndata: {value}\n\n")
}
