//! `POST /v1/chat/completions`.

use serde_json::{Value, json};

use super::Received;
use super::dialect::{Answer, Dialect, ToolCall, data, error_object, fragments};

/// Time of everything it says; nobody compares it.
const CREATED: u64 = 1_767_225_600;

pub(super) struct OpenAi {
    id: String,
    model: Value,
    /// Whether the client asked for a last chunk with the usage.
    include_usage: bool,
}

impl OpenAi {
    pub(super) fn new(number: usize, request: &Received) -> Self {
        let include_usage = request.body.pointer("/stream_options/include_usage") == Some(&json!(true));
        Self { id: format!("chatcmpl-{number}"), model: request.body["model"].clone(), include_usage }
    }

    fn chunk(&self, choices: Value) -> Value {
        json!({
            "id": self.id, "object": "chat.completion.chunk", "created": CREATED, "model": self.model,
            "system_fingerprint": "fp_fake", "choices": choices,
        })
    }

    fn delta(&self, delta: Value) -> String {
        data(&self.chunk(json!([{"index": 0, "delta": delta, "finish_reason": null}])))
    }
}

impl Dialect for OpenAi {
    fn open(&mut self) -> String {
        self.delta(json!({"role": "assistant", "content": ""}))
    }

    fn thinking(&mut self, piece: &str) -> String {
        self.delta(json!({ "reasoning_content": piece }))
    }

    fn text(&mut self, piece: &str) -> String {
        self.delta(json!({ "content": piece }))
    }

    fn tool_call(&mut self, call: &ToolCall) -> Vec<String> {
        let function = json!({"name": call.name, "arguments": ""});
        let start = json!({"index": call.index, "id": call.id, "type": "function", "function": function});
        let rest = fragments(&call.arguments).into_iter();
        let rest = rest.map(|text| json!({"index": call.index, "function": {"arguments": text}}));
        std::iter::once(start).chain(rest).map(|part| self.delta(json!({ "tool_calls": [part] }))).collect()
    }

    fn close(&mut self, answer: &Answer) -> String {
        let reason = answer.reason("stop", "tool_calls");
        let mut frames = data(&self.chunk(json!([{"index": 0, "delta": {}, "finish_reason": reason}])));
        if self.include_usage {
            let mut chunk = self.chunk(json!([]));
            chunk["usage"] = usage(answer);
            frames += &data(&chunk);
        }
        frames + "data: [DONE]\n\n"
    }

    fn whole(&self, answer: &Answer) -> Value {
        let text = if answer.text.is_empty() { Value::Null } else { json!(answer.text) };
        let mut message = json!({"role": "assistant", "content": text});
        if !answer.thinking.is_empty() {
            message["reasoning_content"] = json!(answer.thinking);
        }
        if !answer.calls.is_empty() {
            message["tool_calls"] = answer.calls.iter().map(whole_call).collect();
        }
        let reason = answer.reason("stop", "tool_calls");
        json!({
            "id": self.id, "object": "chat.completion", "created": CREATED, "model": self.model,
            "choices": [{"index": 0, "message": message, "finish_reason": reason}], "usage": usage(answer),
        })
    }

    fn error(&self, status: u16) -> Value {
        let (kind, code) = match status {
            401 => ("invalid_request_error", json!("invalid_api_key")),
            429 => ("requests", json!("rate_limit_exceeded")),
            _ => ("server_error", Value::Null),
        };
        error_object(json!({"type": kind, "code": code, "param": null}), status)
    }
}

fn whole_call(call: &ToolCall) -> Value {
    let function = json!({"name": call.name, "arguments": call.arguments.to_string()});
    json!({"id": call.id, "type": "function", "function": function})
}

fn usage(answer: &Answer) -> Value {
    let usage = answer.counted();
    json!({
        "prompt_tokens": usage.input, "completion_tokens": usage.output, "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cache_read},
    })
}
