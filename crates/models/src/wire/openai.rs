//! Reads answers of `POST /v1/chat/completions`: chunks of JSON, then `[DONE]`.

use std::collections::VecDeque;

use serde::Deserialize;
use serde_json::Value;

use super::{Bounds, Decoder, Delta, Fault, Progress, Refused, tool_calls::ToolCalls};
use crate::{
    frames::Frame,
    request::{Finish, StopReason, Usage},
};

#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Option<Vec<Choice>>,
    #[serde(default)]
    usage: Option<Tokens>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    delta: Option<Piece>,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Piece {
    #[serde(default)]
    content: Option<Content>,
    #[serde(default)]
    refusal: Option<String>,
    #[serde(default)]
    reasoning: Option<String>,
    /// The same under its older name. Some servers send both.
    #[serde(default)]
    reasoning_content: Option<String>,
    #[serde(default)]
    tool_calls: Option<Vec<CallPiece>>,
}

/// A string, or, at Mistral, blocks.
#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Blocks(Vec<Block>),
}

#[derive(Deserialize)]
struct Block {
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    thinking: Option<Vec<Block>>,
}

#[derive(Deserialize)]
struct CallPiece {
    #[serde(default)]
    index: Option<u64>,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    function: Option<FunctionPiece>,
}

#[derive(Deserialize)]
struct FunctionPiece {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    arguments: Option<Value>,
}

/// Input counts include what was cached.
#[derive(Deserialize, Default)]
struct Tokens {
    #[serde(default)]
    prompt_tokens: Option<u64>,
    #[serde(default)]
    completion_tokens: Option<u64>,
    #[serde(default)]
    prompt_tokens_details: Option<Details>,
    #[serde(default)]
    prompt_cache_hit_tokens: Option<u64>,
}

#[derive(Deserialize, Default)]
struct Details {
    #[serde(default)]
    cached_tokens: Option<u64>,
    #[serde(default)]
    cache_write_tokens: Option<u64>,
}

impl Tokens {
    fn usage(self) -> Usage {
        let details = self.prompt_tokens_details.unwrap_or_default();
        let cache_read = details.cached_tokens.or(self.prompt_cache_hit_tokens).unwrap_or_default();
        let cache_write = details.cache_write_tokens.unwrap_or_default();
        let input = self.prompt_tokens.unwrap_or_default();
        Usage {
            input: input.saturating_sub(cache_read).saturating_sub(cache_write),
            output: self.completion_tokens.unwrap_or_default(),
            cache_read,
            cache_write,
        }
    }
}

pub(super) struct OpenAi {
    bounds: Bounds,
    calls: ToolCalls,
    usage: Usage,
    stop: Option<StopReason>,
}

impl OpenAi {
    pub(super) fn new(bounds: Bounds) -> Self {
        let calls = ToolCalls::new(bounds.arguments);
        Self { bounds, calls, usage: Usage::default(), stop: None }
    }

    fn piece(&mut self, piece: Piece, out: &mut VecDeque<Delta>) -> Result<(), Fault> {
        push(out, piece.reasoning.or(piece.reasoning_content), Delta::Thinking);
        match piece.content {
            Some(Content::Text(text)) => push(out, Some(text), Delta::Text),
            Some(Content::Blocks(blocks)) => {
                for block in blocks {
                    let thought: String = block.thinking.into_iter().flatten().filter_map(|inner| inner.text).collect();
                    push(out, Some(thought), Delta::Thinking);
                    push(out, block.text, Delta::Text);
                }
            }
            None => {}
        }
        if let Some(refusal) = piece.refusal.filter(|text| !text.is_empty()) {
            self.stop = Some(StopReason::Refusal);
            out.push_back(Delta::Text(refusal));
        }
        for call in piece.tool_calls.into_iter().flatten() {
            let function = call.function.unwrap_or(FunctionPiece { name: None, arguments: None });
            // Some servers send the arguments as an object.
            let arguments = match function.arguments {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text,
                Some(other) => other.to_string(),
            };
            let (id, name) = (call.id.unwrap_or_default(), function.name.unwrap_or_default());
            self.calls.piece(call.index, &id, &name, &arguments)?;
        }
        Ok(())
    }

    fn complete(&mut self, out: &mut VecDeque<Delta>) {
        let cut = matches!(self.stop, Some(StopReason::Length));
        let calls = self.calls.take(cut, &self.bounds.call_prefix);
        out.extend(calls.into_iter().map(Delta::ToolCall));
    }
}

fn push(out: &mut VecDeque<Delta>, text: Option<String>, kind: fn(String) -> Delta) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        out.push_back(kind(text));
    }
}

impl Decoder for OpenAi {
    fn frame(&mut self, frame: &Frame<'_>, out: &mut VecDeque<Delta>) -> Result<Progress, Fault> {
        if frame.data.trim_ascii() == b"[DONE]" {
            self.complete(out);
            return Ok(Progress::End);
        }
        let chunk: Chunk = serde_json::from_slice(frame.data)?;
        if let Some(error) = chunk.error.filter(|error| !error.is_null()) {
            return Err(Fault::Refused(Refused::from_json(&error)));
        }
        if let Some(tokens) = chunk.usage {
            self.usage = tokens.usage();
        }
        let Some(choice) = chunk.choices.into_iter().flatten().next() else {
            return Ok(if self.stop.is_some() { Progress::Done } else { Progress::More });
        };
        if let Some(piece) = choice.delta {
            self.piece(piece, out)?;
        }
        let Some(reason) = choice.finish_reason.filter(|reason| !reason.is_empty()) else {
            return Ok(Progress::More);
        };
        let reason = match reason.as_str() {
            "stop" | "eos" => StopReason::Stop,
            "tool_calls" | "function_call" => StopReason::ToolUse,
            "length" => StopReason::Length,
            "content_filter" => StopReason::Refusal,
            "error" => {
                let message = "the provider broke the answer off".to_owned();
                return Err(Fault::Refused(Refused { status: Some(502), class: None, message }));
            }
            _ => StopReason::Other(reason),
        };
        // A refusal was announced by its own field before.
        self.stop.get_or_insert(reason);
        self.complete(out);
        Ok(Progress::Done)
    }

    fn finish(&mut self) -> Finish {
        let stop = match self.stop.take() {
            None | Some(StopReason::Stop | StopReason::ToolUse) if self.calls.any() => StopReason::ToolUse,
            None | Some(StopReason::ToolUse) => StopReason::Stop,
            Some(other) => other,
        };
        Finish { stop, usage: self.usage, thinking_signature: None }
    }
}
