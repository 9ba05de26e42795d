//! `POST /v1beta/models/<model>:generateContent` and `:streamGenerateContent?alt=sse`.

use serde_json::{Value, json};

use super::Received;
use super::dialect::{Answer, Dialect, ToolCall, data, error_object};

pub(super) struct Gemini {
    model: String,
    id: String,
}

impl Gemini {
    pub(super) fn new(number: usize, request: &Received) -> Self {
        let path = request.path.split(':').next().unwrap_or_default();
        Self { model: path.rsplit('/').next().unwrap_or_default().to_owned(), id: format!("response-{number}") }
    }

    fn chunk(&self, parts: Value) -> Value {
        json!({
            "candidates": [{"content": {"parts": parts, "role": "model"}, "index": 0}],
            "modelVersion": self.model, "responseId": self.id,
        })
    }

    fn ended(&self, parts: Value, answer: &Answer) -> Value {
        let usage = answer.counted();
        let mut chunk = self.chunk(parts);
        chunk["candidates"][0]["finishReason"] = json!(answer.reason("STOP", "STOP"));
        chunk["usageMetadata"] = json!({
            "promptTokenCount": usage.input, "candidatesTokenCount": usage.output,
            "totalTokenCount": usage.input + usage.output, "cachedContentTokenCount": usage.cache_read,
        });
        chunk
    }
}

impl Dialect for Gemini {
    fn thinking(&mut self, piece: &str) -> String {
        data(&self.chunk(json!([{"text": piece, "thought": true}])))
    }

    fn text(&mut self, piece: &str) -> String {
        data(&self.chunk(json!([{ "text": piece }])))
    }

    fn tool_call(&mut self, call: &ToolCall) -> Vec<String> {
        vec![data(&self.chunk(json!([whole_call(call)])))]
    }

    fn close(&mut self, answer: &Answer) -> String {
        data(&self.ended(json!([{"text": ""}]), answer))
    }

    fn whole(&self, answer: &Answer) -> Value {
        let mut parts = Vec::new();
        if !answer.thinking.is_empty() {
            parts.push(json!({"text": answer.thinking, "thought": true}));
        }
        if !answer.text.is_empty() {
            parts.push(json!({ "text": answer.text }));
        }
        parts.extend(answer.calls.iter().map(whole_call));
        self.ended(json!(parts), answer)
    }

    fn error(&self, status: u16) -> Value {
        let name = match status {
            400 => "INVALID_ARGUMENT",
            401 => "UNAUTHENTICATED",
            429 => "RESOURCE_EXHAUSTED",
            503 => "UNAVAILABLE",
            _ => "INTERNAL",
        };
        error_object(json!({"code": status, "status": name}), status)
    }
}

fn whole_call(call: &ToolCall) -> Value {
    json!({"functionCall": {"name": call.name, "args": call.arguments}})
}
