//! Reads answers of Anthropic's `POST /v1/messages`: events that open, fill and close blocks.

use std::collections::VecDeque;

use serde::Deserialize;
use serde_json::Value;

use super::{
    Bounds, Decoder, Delta, Fault, Progress, Refused,
    signature::{Block, Signature},
    tool_calls::ToolCalls,
};
use crate::{
    config::Api,
    frames::Frame,
    request::{Finish, StopReason, Usage},
};

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event {
    MessageStart {
        message: Start,
    },
    ContentBlockStart {
        index: u64,
        content_block: Opened,
    },
    ContentBlockDelta {
        index: u64,
        delta: Piece,
    },
    MessageDelta {
        delta: Stop,
        #[serde(default)]
        usage: Option<Tokens>,
    },
    MessageStop,
    Error {
        error: Value,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Start {
    #[serde(default)]
    usage: Option<Tokens>,
}

#[derive(Deserialize)]
struct Stop {
    #[serde(default)]
    stop_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Opened {
    Text {
        #[serde(default)]
        text: String,
    },
    Thinking {
        #[serde(default)]
        thinking: String,
        #[serde(default)]
        signature: String,
    },
    RedactedThinking {
        data: String,
    },
    ToolUse {
        id: String,
        name: String,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Piece {
    TextDelta {
        text: String,
    },
    ThinkingDelta {
        thinking: String,
    },
    SignatureDelta {
        signature: String,
    },
    InputJsonDelta {
        partial_json: String,
    },
    #[serde(other)]
    Other,
}

/// Counts come twice, at the start and, cumulative, at the end; the later one counts.
#[derive(Deserialize)]
struct Tokens {
    #[serde(default)]
    input_tokens: Option<u64>,
    #[serde(default)]
    output_tokens: Option<u64>,
    #[serde(default)]
    cache_read_input_tokens: Option<u64>,
    #[serde(default)]
    cache_creation_input_tokens: Option<u64>,
}

pub(super) struct Anthropic {
    bounds: Bounds,
    calls: ToolCalls,
    usage: Usage,
    stop: Option<StopReason>,
    signature: Signature,
    /// Bytes of signatures and hidden thinking so far.
    kept: usize,
}

impl Anthropic {
    pub(super) fn new(bounds: Bounds, model: &str) -> Self {
        let calls = ToolCalls::new(bounds.arguments);
        let signature = Signature::new(Api::Anthropic, model);
        Self { bounds, calls, usage: Usage::default(), stop: None, signature, kept: 0 }
    }

    fn count(&mut self, tokens: Option<Tokens>) {
        let Some(tokens) = tokens else { return };
        let usage = &mut self.usage;
        usage.input = tokens.input_tokens.unwrap_or(usage.input);
        usage.output = tokens.output_tokens.unwrap_or(usage.output);
        usage.cache_read = tokens.cache_read_input_tokens.unwrap_or(usage.cache_read);
        usage.cache_write = tokens.cache_creation_input_tokens.unwrap_or(usage.cache_write);
    }

    fn opened(&mut self, index: u64, block: Opened, out: &mut VecDeque<Delta>) -> Result<(), Fault> {
        match block {
            Opened::Text { text } => self.piece(index, Piece::TextDelta { text }, out),
            Opened::Thinking { thinking, signature } => {
                self.signature.blocks.push(Block::Signed(0, String::new()));
                self.piece(index, Piece::ThinkingDelta { thinking }, out)?;
                self.piece(index, Piece::SignatureDelta { signature }, out)
            }
            Opened::RedactedThinking { data } => {
                self.keep(data.len())?;
                self.signature.blocks.push(Block::Hidden(data));
                Ok(())
            }
            Opened::ToolUse { id, name } => self.calls.piece(Some(index), &id, &name, ""),
            Opened::Other => Ok(()),
        }
    }

    fn piece(&mut self, index: u64, piece: Piece, out: &mut VecDeque<Delta>) -> Result<(), Fault> {
        match piece {
            Piece::TextDelta { text } if !text.is_empty() => out.push_back(Delta::Text(text)),
            Piece::ThinkingDelta { thinking } if !thinking.is_empty() => {
                if let Some(Block::Signed(bytes, _)) = self.signature.blocks.last_mut() {
                    *bytes += thinking.len();
                }
                out.push_back(Delta::Thinking(thinking));
            }
            Piece::SignatureDelta { signature } => {
                self.keep(signature.len())?;
                if let Some(Block::Signed(_, whole)) = self.signature.blocks.last_mut() {
                    whole.push_str(&signature);
                }
            }
            // Tools that run at the provider have input too, but are no calls for us.
            Piece::InputJsonDelta { partial_json } if self.calls.has(index) => {
                self.calls.piece(Some(index), "", "", &partial_json)?;
            }
            Piece::InputJsonDelta { .. } | Piece::TextDelta { .. } | Piece::ThinkingDelta { .. } | Piece::Other => {}
        }
        Ok(())
    }

    fn keep(&mut self, bytes: usize) -> Result<(), Fault> {
        self.kept += bytes;
        if self.kept > self.bounds.arguments || self.signature.blocks.len() > 1000 {
            return Err(Fault::TooLarge("the signed thinking"));
        }
        Ok(())
    }
}

impl Decoder for Anthropic {
    fn frame(&mut self, frame: &Frame<'_>, out: &mut VecDeque<Delta>) -> Result<Progress, Fault> {
        match serde_json::from_slice(frame.data)? {
            Event::MessageStart { message } => self.count(message.usage),
            Event::ContentBlockStart { index, content_block } => self.opened(index, content_block, out)?,
            Event::ContentBlockDelta { index, delta } => self.piece(index, delta, out)?,
            Event::MessageDelta { delta, usage } => {
                self.count(usage);
                self.stop = delta.stop_reason.map(stop_reason).or(self.stop.take());
            }
            Event::MessageStop => {
                let cut = matches!(self.stop, Some(StopReason::Length));
                let calls = self.calls.take(cut, &self.bounds.call_prefix);
                out.extend(calls.into_iter().map(Delta::ToolCall));
                return Ok(Progress::End);
            }
            Event::Error { error } => return Err(Fault::Refused(Refused::from_json(&error))),
            Event::Other => {}
        }
        Ok(Progress::More)
    }

    fn finish(&mut self) -> Finish {
        // A block without a signature cannot be sent back.
        let mut signature = std::mem::take(&mut self.signature);
        if signature.blocks.iter().any(|block| matches!(block, Block::Signed(_, text) if text.is_empty())) {
            signature.blocks.clear();
        }
        Finish {
            stop: self.stop.take().unwrap_or(StopReason::Stop),
            usage: self.usage,
            thinking_signature: signature.into_text(),
        }
    }
}

fn stop_reason(reason: String) -> StopReason {
    match reason.as_str() {
        "end_turn" | "stop_sequence" => StopReason::Stop,
        "tool_use" => StopReason::ToolUse,
        "max_tokens" | "model_context_window_exceeded" => StopReason::Length,
        "refusal" => StopReason::Refusal,
        _ => StopReason::Other(reason),
    }
}
