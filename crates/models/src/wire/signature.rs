//! The opaque text that is kept with a model's thinking, so that the same provider gets back what it signed.
//!
//! A conversation may change its model, and a signature of one is an error at another, also of the same provider. So
//! the text says whose it is, and it also carries what providers sign besides visible thinking: hidden thinking, and calls.

use serde::{Deserialize, Serialize};

use crate::{
    config::Api,
    request::{Message, Part},
};

#[derive(Debug, Default, Serialize, Deserialize, PartialEq)]
pub(super) struct Signature {
    api: String,
    model: String,
    /// Blocks of thinking in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) blocks: Vec<Block>,
    /// Signatures of calls: id of the call, signature.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) calls: Vec<(String, String)>,
}

/// One block of thinking.
#[derive(Debug, Serialize, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Block {
    /// So many bytes of the text, and what signs them.
    Signed(usize, String),
    /// Thinking the provider keeps to itself.
    Hidden(String),
}

impl Signature {
    pub(super) fn new(api: Api, model: &str) -> Self {
        Self { api: api.as_str().to_owned(), model: model.to_owned(), ..Self::default() }
    }

    /// The text to keep, `None` when nothing was signed.
    pub(super) fn into_text(self) -> Option<String> {
        if self.blocks.is_empty() && self.calls.is_empty() {
            return None;
        }
        serde_json::to_string(&self).ok()
    }

    /// Reads a kept text; `None` when it is somebody else's.
    pub(super) fn read(api: Api, model: &str, text: &str) -> Option<Self> {
        let signature: Self = serde_json::from_str(text).ok()?;
        (signature.api == api.as_str() && signature.model == model).then_some(signature)
    }
}

/// The thinking of an assistant's turn with its signature, when this model signed it.
pub(super) fn of_turn<'a>(api: Api, model: &str, parts: &'a [Part]) -> Vec<(&'a str, Signature)> {
    let signed = |part: &'a Part| match part {
        Part::Thinking { text, signature: Some(signature) } => {
            Signature::read(api, model, signature).map(|signature| (text.as_str(), signature))
        }
        _ => None,
    };
    parts.iter().filter_map(signed).collect()
}

/// The turn whose calls the last results answer, when the conversation ends with results.
pub(super) fn turn_in_progress(messages: &[Message]) -> Option<&[Part]> {
    if !matches!(messages.last(), Some(Message::ToolResult { .. })) {
        return None;
    }
    messages.iter().rev().find_map(|message| match message {
        Message::Assistant(parts) => Some(parts.as_slice()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_read_only_by_its_own_model() {
        let mut signature = Signature::new(Api::Anthropic, "m");
        assert_eq!(Signature::new(Api::Anthropic, "m").into_text(), None);
        signature.blocks.push(Block::Signed(3, "s".into()));
        signature.blocks.push(Block::Hidden("h".into()));
        let text = signature.into_text().unwrap();
        assert_eq!(Signature::read(Api::Anthropic, "m", &text).unwrap().blocks.len(), 2);
        assert_eq!(Signature::read(Api::Gemini, "m", &text), None);
        assert_eq!(Signature::read(Api::Anthropic, "other", &text), None);
        assert_eq!(Signature::read(Api::Anthropic, "m", "CkQYBSIAAA=="), None);
    }
}
