//! What a protocol must be able to spell.

use serde_json::{Value, json};

use super::Usage;

/// A tool call as the provider makes it.
#[derive(Debug, Clone)]
pub(super) struct ToolCall {
    /// Its place among the calls of this answer.
    pub(super) index: usize,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) arguments: Value,
}

/// All an answer came to.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    pub(super) thinking: String,
    pub(super) text: String,
    pub(super) calls: Vec<ToolCall>,
    /// Pieces of thinking and text.
    pub(super) pieces: u64,
    pub(super) usage: Option<Usage>,
    pub(super) finish: Option<String>,
}

impl Answer {
    /// What was counted, by default one token per piece.
    pub(super) fn counted(&self) -> Usage {
        self.usage.unwrap_or(Usage { input: 10, output: self.pieces, cache_read: 0 })
    }

    /// The reason for its end: as scripted, else by whether tools are called.
    pub(super) fn reason<'a>(&'a self, stop: &'a str, tool: &'a str) -> &'a str {
        let usual = if self.calls.is_empty() { stop } else { tool };
        self.finish.as_deref().unwrap_or(usual)
    }
}

/// One protocol. A frame is what leaves at once; several are sent one after the other.
pub(super) trait Dialect: Send {
    fn content_type(&self) -> &'static str {
        "text/event-stream; charset=utf-8"
    }

    /// Sent before the first piece.
    fn open(&mut self) -> String {
        String::new()
    }

    fn thinking(&mut self, piece: &str) -> String;

    fn text(&mut self, piece: &str) -> String;

    fn tool_call(&mut self, call: &ToolCall) -> Vec<String>;

    /// Sent after the last piece.
    fn close(&mut self, answer: &Answer) -> String;

    /// A frame that breaks the protocol.
    fn malformed(&self) -> String {
        "data: {\"choices\":[{\"delta\":{\"content\":\"brok\n\n".to_owned()
    }

    /// The answer in one piece, for clients that do not stream.
    fn whole(&self, answer: &Answer) -> Value;

    /// The body of an error.
    fn error(&self, status: u16) -> Value;
}

/// One `data:` frame.
pub(super) fn data(value: &Value) -> String {
    format!("data: {value}\n\n")
}

/// JSON text in three fragments, cut where characters end.
pub(super) fn fragments(value: &Value) -> Vec<String> {
    let text: Vec<char> = value.to_string().chars().collect();
    text.chunks(text.len().div_ceil(3)).map(|chunk| chunk.iter().collect()).collect()
}

/// What providers say about a status.
pub(super) fn complaint(status: u16) -> &'static str {
    match status {
        401 => "Incorrect API key provided.",
        429 => "Rate limit reached for requests.",
        _ => "The server had an error while processing your request.",
    }
}

/// An error as OpenAI and Gemini nest it.
pub(super) fn error_object(fields: Value, status: u16) -> Value {
    let mut fields = fields;
    fields["message"] = json!(complaint(status));
    json!({ "error": fields })
}
