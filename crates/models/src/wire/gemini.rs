//! Reads answers of Gemini's `streamGenerateContent`: each event is a whole response with one more piece.

use std::collections::VecDeque;

use serde::Deserialize;
use serde_json::Value;

use super::{Bounds, Decoder, Delta, Fault, Progress, Refused, signature::Signature, tool_calls::ToolCalls};
use crate::{
    config::Api,
    frames::Frame,
    request::{Finish, StopReason, ToolCall, Usage},
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Chunk {
    #[serde(default)]
    candidates: Option<Vec<Candidate>>,
    #[serde(default)]
    usage_metadata: Option<Tokens>,
    #[serde(default)]
    prompt_feedback: Option<Feedback>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate {
    #[serde(default)]
    content: Option<Content>,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Content {
    #[serde(default)]
    parts: Option<Vec<Piece>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Piece {
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    thought: Option<bool>,
    #[serde(default)]
    thought_signature: Option<String>,
    #[serde(default)]
    function_call: Option<Function>,
}

#[derive(Deserialize)]
struct Function {
    #[serde(default)]
    id: Option<String>,
    name: String,
    #[serde(default)]
    args: Option<Box<serde_json::value::RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Feedback {
    #[serde(default)]
    block_reason: Option<String>,
}

/// The prompt includes what was cached; thoughts are beside the candidates.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tokens {
    #[serde(default)]
    prompt_token_count: Option<u64>,
    #[serde(default)]
    tool_use_prompt_token_count: Option<u64>,
    #[serde(default)]
    cached_content_token_count: Option<u64>,
    #[serde(default)]
    candidates_token_count: Option<u64>,
    #[serde(default)]
    thoughts_token_count: Option<u64>,
}

impl Tokens {
    fn usage(&self) -> Usage {
        let cache_read = self.cached_content_token_count.unwrap_or_default();
        let prompt = self.prompt_token_count.unwrap_or_default();
        Usage {
            input: prompt
                .saturating_sub(cache_read)
                .saturating_add(self.tool_use_prompt_token_count.unwrap_or_default()),
            output: self
                .candidates_token_count
                .unwrap_or_default()
                .saturating_add(self.thoughts_token_count.unwrap_or_default()),
            cache_read,
            cache_write: 0,
        }
    }
}

pub(super) struct Gemini {
    bounds: Bounds,
    calls: ToolCalls,
    usage: Usage,
    stop: Option<StopReason>,
    signature: Signature,
    kept: usize,
}

impl Gemini {
    pub(super) fn new(bounds: Bounds, model: &str) -> Self {
        let calls = ToolCalls::new(bounds.arguments);
        let signature = Signature::new(Api::Gemini, model);
        Self { bounds, calls, usage: Usage::default(), stop: None, signature, kept: 0 }
    }

    fn piece(&mut self, piece: Piece, out: &mut VecDeque<Delta>) -> Result<(), Fault> {
        if let Some(text) = piece.text.filter(|text| !text.is_empty()) {
            out.push_back(if piece.thought == Some(true) { Delta::Thinking(text) } else { Delta::Text(text) });
        }
        let Some(function) = piece.function_call else { return Ok(()) };
        let arguments = function.args.as_ref().map_or("", |args| args.get());
        // Always a new call: calls come whole, and their ids, where there are any, need not be unique.
        let index = Some(self.calls.count() as u64);
        self.calls.piece(index, &function.id.unwrap_or_default(), &function.name, arguments)?;
        for call in self.calls.take(false, &self.bounds.call_prefix) {
            self.keep(&call, piece.thought_signature.as_deref())?;
            out.push_back(Delta::ToolCall(call));
        }
        Ok(())
    }

    fn keep(&mut self, call: &ToolCall, signature: Option<&str>) -> Result<(), Fault> {
        let Some(signature) = signature else { return Ok(()) };
        self.kept += signature.len();
        if self.kept > self.bounds.arguments {
            return Err(Fault::TooLarge("the signed thinking"));
        }
        self.signature.calls.push((call.id.clone(), signature.to_owned()));
        Ok(())
    }
}

impl Decoder for Gemini {
    fn frame(&mut self, frame: &Frame<'_>, out: &mut VecDeque<Delta>) -> Result<Progress, Fault> {
        let chunk: Chunk = serde_json::from_slice(frame.data)?;
        if let Some(error) = chunk.error.filter(|error| !error.is_null()) {
            return Err(Fault::Refused(Refused::from_json(&error)));
        }
        if let Some(tokens) = chunk.usage_metadata {
            self.usage = tokens.usage();
        }
        if chunk.prompt_feedback.and_then(|feedback| feedback.block_reason).is_some() {
            self.stop = Some(StopReason::Refusal);
        }
        if let Some(candidate) = chunk.candidates.into_iter().flatten().next() {
            let parts = candidate.content.and_then(|content| content.parts);
            for piece in parts.into_iter().flatten() {
                self.piece(piece, out)?;
            }
            if let Some(reason) = candidate.finish_reason {
                self.stop = Some(stop_reason(reason));
            }
        }
        Ok(if self.stop.is_some() { Progress::Done } else { Progress::More })
    }

    fn finish(&mut self) -> Finish {
        let stop = match self.stop.take() {
            None | Some(StopReason::Stop) if self.calls.any() => StopReason::ToolUse,
            None => StopReason::Stop,
            Some(other) => other,
        };
        let signature = std::mem::take(&mut self.signature);
        Finish { stop, usage: self.usage, thinking_signature: signature.into_text() }
    }
}

fn stop_reason(reason: String) -> StopReason {
    match reason.as_str() {
        "STOP" => StopReason::Stop,
        "MAX_TOKENS" => StopReason::Length,
        "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" | "IMAGE_SAFETY" => StopReason::Refusal,
        _ => StopReason::Other(reason),
    }
}
