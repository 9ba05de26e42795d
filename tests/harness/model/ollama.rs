//! `POST /api/chat`: one JSON object per line.

use serde_json::{Value, json};

use super::Received;
use super::dialect::{Answer, Dialect, ToolCall, complaint};

pub(super) struct Ollama {
    model: Value,
}

impl Ollama {
    pub(super) fn new(request: &Received) -> Self {
        Self { model: request.body["model"].clone() }
    }

    fn line(&self, message: Value) -> String {
        let time = "2026-01-01T00:00:00.000000000Z";
        format!("{}\n", json!({"model": self.model, "created_at": time, "message": message, "done": false}))
    }

    fn last(&self, message: Value, answer: &Answer) -> Value {
        let usage = answer.counted();
        json!({
            "model": self.model, "created_at": "2026-01-01T00:00:01.000000000Z", "message": message,
            "done": true, "done_reason": answer.reason("stop", "stop"),
            "total_duration": 1_000_000, "load_duration": 1_000,
            "prompt_eval_count": usage.input, "prompt_eval_duration": 1_000,
            "eval_count": usage.output, "eval_duration": 1_000,
        })
    }
}

impl Dialect for Ollama {
    fn content_type(&self) -> &'static str {
        "application/x-ndjson"
    }

    fn thinking(&mut self, piece: &str) -> String {
        self.line(json!({"role": "assistant", "content": "", "thinking": piece}))
    }

    fn text(&mut self, piece: &str) -> String {
        self.line(json!({"role": "assistant", "content": piece}))
    }

    fn tool_call(&mut self, call: &ToolCall) -> Vec<String> {
        vec![self.line(json!({"role": "assistant", "content": "", "tool_calls": [whole_call(call)]}))]
    }

    fn close(&mut self, answer: &Answer) -> String {
        format!("{}\n", self.last(json!({"role": "assistant", "content": ""}), answer))
    }

    fn malformed(&self) -> String {
        "{\"model\":\"echo-1\",\"message\":{\"role\":\"assist\n".to_owned()
    }

    fn whole(&self, answer: &Answer) -> Value {
        let mut message = json!({"role": "assistant", "content": answer.text});
        if !answer.thinking.is_empty() {
            message["thinking"] = json!(answer.thinking);
        }
        if !answer.calls.is_empty() {
            message["tool_calls"] = answer.calls.iter().map(whole_call).collect();
        }
        self.last(message, answer)
    }

    fn error(&self, status: u16) -> Value {
        json!({ "error": complaint(status) })
    }
}

fn whole_call(call: &ToolCall) -> Value {
    json!({"function": {"index": call.index, "name": call.name, "arguments": call.arguments}})
}
