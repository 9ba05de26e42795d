//! What the provider was asked.

use serde_json::Value;

/// How the answer to a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is still on its way.
    Answering,
    /// Every byte was sent.
    Complete,
    /// The client hung up first.
    Dropped,
    /// The provider hung up, as its turn said.
    Cut,
}

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    /// With the query.
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// The body; null when there was none.
    pub(crate) body: Value,
    pub(crate) outcome: Outcome,
}

impl Received {
    /// A header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The provider key, wherever the protocol puts it.
    pub(crate) fn key(&self) -> Option<&str> {
        let bearer = self.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let in_query = || self.path.split(['?', '&']).find_map(|part| part.strip_prefix("key="));
        bearer.or_else(|| self.header("x-api-key")).or_else(|| self.header("x-goog-api-key")).or_else(in_query)
    }

    /// The messages of the conversation, in the words of the protocol.
    pub(crate) fn messages(&self) -> &[Value] {
        let list = self.body.get("messages").or_else(|| self.body.get("contents"));
        list.and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// `(role, text)` of every message, the system prompt first where the protocol keeps it apart.
    pub(crate) fn texts(&self) -> Vec<(String, String)> {
        let apart = self.body.get("system").or_else(|| self.body.get("systemInstruction"));
        let system = apart.map(|prompt| ("system".to_owned(), text_of(prompt)));
        let role = |message: &Value| message["role"].as_str().unwrap_or_default().to_owned();
        system.into_iter().chain(self.messages().iter().map(|message| (role(message), text_of(message)))).collect()
    }

    /// Text of the last message of the user.
    pub(crate) fn user_text(&self) -> String {
        let mut texts = self.texts().into_iter().rev();
        texts.find(|(role, text)| role == "user" && !text.is_empty()).map(|(_, text)| text).unwrap_or_default()
    }

    /// Names of the tools that the model may call.
    pub(crate) fn tools(&self) -> Vec<String> {
        let tools = self.body["tools"].as_array().cloned().unwrap_or_default();
        let declared = |tool: &Value| tool["functionDeclarations"].as_array().cloned();
        let flat = tools.iter().flat_map(|tool| declared(tool).unwrap_or_else(|| vec![tool.clone()]));
        let name = |tool: &Value| tool.pointer("/function/name").or_else(|| tool.get("name")).cloned();
        flat.filter_map(|tool| name(&tool)?.as_str().map(str::to_owned)).collect()
    }
}

/// The text in a message, a prompt or a list of blocks; other blocks are left out.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => blocks.iter().map(text_of).collect(),
        Value::Object(fields) => {
            let inner = fields.get("content").or_else(|| fields.get("parts")).or_else(|| fields.get("text"));
            inner.filter(|_| fields.get("type").is_none_or(|kind| kind == "text")).map_or_else(String::new, text_of)
        }
        _ => String::new(),
    }
}
