//! What an answer comes to: its message, what it took, and how the run goes on.
//!
//! A provider bills what it read and wrote, also when nobody heard the end of it
//! and when it does not say how much that was; then it is estimated, so that a
//! limit holds.

use postern_models::{ErrorKind, ModelError, ModelRef, StopReason, ToolCall, Usage as Tokens};
use postern_protocol::chat::{
    ChatErrorDetail, ChatErrorKind, ChatMessage, MessageContent, MessageCost, MessageRole, MessageUsage,
};

use super::Turn;
use super::finish::End;
use super::listen::Heard;
use crate::models::Resolved;
use crate::store::Change;
use crate::usage::UsageEntry;

/// One answer of a model.
pub(super) struct Answer {
    pub(super) message: ChatMessage,
    stop: StopReason,
    tokens: Tokens,
    /// The change that books what it took.
    pub(super) booked: Option<Change>,
}

impl Answer {
    /// The end of a run with this answer.
    pub(super) fn end(self) -> End {
        let mut end = End::answered(self.message, stop_word(&self.stop));
        end.changes = self.booked.into_iter().collect();
        end.context_tokens = i64::try_from(self.tokens.total()).ok();
        end
    }
}

impl Turn {
    /// An answer that can be used with the tools it calls, or how the run ends
    /// because of it. `asked` is about how many tokens the model was given.
    pub(super) fn judge(
        &mut self,
        heard: Heard,
        resolved: &Resolved,
        asked: u64,
    ) -> Result<(Answer, Vec<ToolCall>), Box<End>> {
        match heard {
            Heard::Stopped { why, text, model } => {
                let end = Self::stopped_end(why);
                // Stopped before a model was reached, nothing was read.
                let billed = model.is_some();
                let model = model.unwrap_or_else(|| resolved.primary.clone());
                Err(self.broken_off(end, (&model, text, "aborted"), billed.then_some(asked)))
            }
            Heard::Failed { error, text, model } => {
                let end = provider_end(&error);
                let broke = matches!(error.kind, ErrorKind::Cut | ErrorKind::Timeout | ErrorKind::Protocol);
                let billed = broke || !text.is_empty();
                let model = model.unwrap_or_else(|| resolved.primary.clone());
                Err(self.broken_off(end, (&model, text, "error"), billed.then_some(asked)))
            }
            Heard::Answer { model, blocks, calls, finish } => {
                let mut message = self.model_message(&model, String::new());
                message.content = MessageContent::Blocks(blocks);
                message.stop_reason = Some(stop_word(&finish.stop).to_owned());
                let said_nothing = message.words().trim().is_empty();
                let tokens = if finish.usage.total() == 0 { guess(asked, &message) } else { finish.usage };
                let (usage, booked) = self.book(&model, &tokens);
                message.usage = Some(usage);
                if finish.stop == StopReason::Refusal && calls.is_empty() && said_nothing {
                    let refused = End::failed("the model refused to answer");
                    let changes = vec![booked];
                    return Err(Box::new(End { kind: Some(ChatErrorKind::Refusal), changes, ..refused }));
                }
                Ok((Answer { message, stop: finish.stop, tokens, booked: Some(booked) }, calls))
            }
        }
    }

    /// The end of a run whose answer stays a part: what was heard is kept, and
    /// what it took is guessed.
    fn broken_off(
        &mut self,
        mut end: End,
        (model, text, reason): (&ModelRef, String, &str),
        asked: Option<u64>,
    ) -> Box<End> {
        let mut message = self.model_message(model, text);
        message.stop_reason = Some(reason.to_owned());
        message.error_message.clone_from(&end.error);
        if let Some(asked) = asked {
            let (usage, booked) = self.book(model, &guess(asked, &message));
            message.usage = Some(usage);
            end.changes.push(booked);
        }
        if !message.words().trim().is_empty() {
            end.message = Some(message);
        }
        Box::new(end)
    }

    fn model_message(&self, model: &ModelRef, text: String) -> ChatMessage {
        ChatMessage {
            provider: Some(model.provider.clone()),
            model: Some(model.model.clone()),
            api: self.services().models.api(model).map(str::to_owned),
            ..ChatMessage::text(MessageRole::Assistant, text, self.services().clock.now_ms())
        }
    }

    /// Books what an answer took: it counts at once, and is written with the change.
    fn book(&mut self, model: &ModelRef, tokens: &Tokens) -> (MessageUsage, Change) {
        let cost_usd = self.services().models.cost(model, tokens);
        let usage = MessageUsage {
            input: tokens.input,
            output: tokens.output,
            cache_read: tokens.cache_read,
            cache_write: tokens.cache_write,
            total_tokens: tokens.total(),
            cost: cost_usd.map(|total| MessageCost { total }),
        };
        add(&mut self.used, &usage);
        let booked = self.services().usage.record(UsageEntry {
            agent_id: self.lane.key.agent_id().to_owned(),
            session_key: self.lane.key.as_str().to_owned(),
            session_id: self.session.session_id.clone(),
            run_id: self.run.run_id.to_string(),
            model: model.clone(),
            tokens: *tokens,
            cost_usd,
        });
        (usage, booked)
    }
}

/// What an answer took when the provider does not say: four bytes a token.
fn guess(asked: u64, message: &ChatMessage) -> Tokens {
    Tokens { input: asked, output: super::prompt::tokens(message), ..Tokens::default() }
}

fn provider_end(error: &ModelError) -> End {
    let preview = |text: &str| text.chars().take(300).collect::<String>();
    End {
        kind: Some(match error.wire_kind() {
            "refusal" => ChatErrorKind::Refusal,
            "timeout" => ChatErrorKind::Timeout,
            "rate_limit" => ChatErrorKind::RateLimit,
            "context_length" => ChatErrorKind::ContextLength,
            _ => ChatErrorKind::Unknown,
        }),
        detail: Some(ChatErrorDetail {
            provider: Some(preview(&error.provider)),
            model: Some(preview(&error.model)),
            http_status: error.http_status,
            provider_error_type: error.provider_error_type.as_deref().map(preview),
            provider_error_message_preview: None,
        }),
        ..End::failed(error.message.clone())
    }
}

fn stop_word(stop: &StopReason) -> &'static str {
    match stop {
        StopReason::Stop | StopReason::Other(_) => "stop",
        StopReason::ToolUse => "toolUse",
        StopReason::Length => "length",
        StopReason::Refusal => "refusal",
    }
}

fn add(sum: &mut MessageUsage, one: &MessageUsage) {
    sum.input += one.input;
    sum.output += one.output;
    sum.cache_read += one.cache_read;
    sum.cache_write += one.cache_write;
    sum.total_tokens += one.total_tokens;
    if let Some(cost) = one.cost {
        sum.cost.get_or_insert_default().total += cost.total;
    }
}
