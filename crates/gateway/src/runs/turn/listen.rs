//! One streamed answer: what arrives is told at once, merged, and counted.

use std::collections::VecDeque;

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use postern_models::{ChatRequest, Finish, ModelError, ModelRef, StreamEvent, ToolCall};
use postern_protocol::chat::ContentBlock;
use serde_json::json;
use tokio::time::Instant;

use super::super::handle::StopWhy;
use super::answer::blocks;
use super::{Lost, Turn};

/// Pieces of an answer that may arrive before the message is durable.
const MOST_EARLY: usize = 256;

/// Longest answer, bytes: twice what models write at once, and less than clients
/// take in one frame.
const LONGEST: usize = 1024 * 1024;

/// What came of asking a model once.
pub(super) enum Heard {
    /// It answered.
    Answer { model: ModelRef, blocks: Vec<ContentBlock>, calls: Vec<ToolCall>, finish: Finish },
    /// It could not, or no longer.
    Failed { error: ModelError, text: String, model: Option<ModelRef> },
    /// The run was stopped.
    Stopped { why: StopWhy, text: String, model: Option<ModelRef> },
}

type Stream = BoxStream<'static, Result<StreamEvent, ModelError>>;

/// What has arrived of an answer.
#[derive(Default)]
struct Partial {
    model: Option<ModelRef>,
    thinking: String,
    calls: Vec<ToolCall>,
}

impl Turn {
    /// Asks and listens. The first time the question is on its way while what was
    /// said is still being written down.
    pub(super) async fn listen(&mut self, request: ChatRequest, first: bool) -> Result<Heard, Lost> {
        let mut stream = self.services().models.stream(request);
        let mut early = VecDeque::new();
        if first {
            early = self.begun_while_asking(&mut stream).await?;
            self.preparing();
        } else {
            self.narrator.next_answer();
        }
        let mut partial = Partial::default();
        let (run, deadline) = (std::sync::Arc::clone(&self.run), self.deadline);
        let mut stopped = std::pin::pin!(Self::stopped(&run, deadline));
        for item in early {
            if let Some(heard) = self.take_in(item, &mut partial) {
                return Ok(heard);
            }
        }
        loop {
            let due = self.narrator.due();
            let item = tokio::select! {
                biased;
                why = &mut stopped => {
                    let text = self.narrator.text().to_owned();
                    return Ok(Heard::Stopped { why, text, model: partial.model });
                }
                item = stream.next() => item,
                () = sleep_until(due), if due.is_some() => {
                    self.narrator.flush();
                    continue;
                }
            };
            // The crate ends every stream with `Finished` or an error.
            let Some(item) = item else {
                let model = partial.model.clone().unwrap_or_else(|| ModelRef::new("", ""));
                let error = ModelError::new(postern_models::ErrorKind::Cut, &model, "the answer ended in the middle");
                return Ok(Heard::Failed { error, text: self.narrator.text().to_owned(), model: partial.model });
            };
            if let Some(heard) = self.take_in(item, &mut partial) {
                return Ok(heard);
            }
        }
    }

    /// Waits until what was said is durable while the model is already asked;
    /// keeps what it says meanwhile.
    async fn begun_while_asking(
        &mut self,
        stream: &mut Stream,
    ) -> Result<VecDeque<Result<StreamEvent, ModelError>>, Lost> {
        let mut early = VecDeque::new();
        let mut over = false;
        let mut begun = std::pin::pin!(self.begun());
        loop {
            tokio::select! {
                biased;
                begun = &mut begun => {
                    begun?;
                    return Ok(early);
                }
                item = stream.next(), if !over && early.len() < MOST_EARLY => match item {
                    Some(item) => early.push_back(item),
                    None => over = true,
                },
            }
        }
    }

    fn take_in(&mut self, item: Result<StreamEvent, ModelError>, partial: &mut Partial) -> Option<Heard> {
        match item {
            Ok(StreamEvent::Model(model)) => {
                self.told_model(&model);
                partial.model = Some(model);
            }
            Ok(StreamEvent::Retrying { after, error }) => {
                let wait = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
                self.narrator.note("retry", json!({ "afterMs": wait, "error": error.message }));
            }
            Ok(StreamEvent::Text(text)) if self.narrator.text().len() + text.len() <= LONGEST => {
                self.narrator.add(&text);
            }
            Ok(StreamEvent::Thinking(text)) if partial.thinking.len() + text.len() <= LONGEST => {
                self.narrator.think(&text);
                partial.thinking.push_str(&text);
            }
            Ok(StreamEvent::Text(_) | StreamEvent::Thinking(_)) => {
                let model = partial.model.take().unwrap_or_else(|| ModelRef::new("", ""));
                let problem = format!("the answer is longer than {LONGEST} bytes");
                let error = ModelError::new(postern_models::ErrorKind::Protocol, &model, problem);
                return Some(Heard::Failed { error, text: self.narrator.text().to_owned(), model: Some(model) });
            }
            Ok(StreamEvent::ToolCall(call)) => partial.calls.push(call),
            Ok(StreamEvent::Finished(finish)) => return Some(self.heard(finish, partial)),
            Err(error) => {
                let text = self.narrator.text().to_owned();
                return Some(Heard::Failed { error, text, model: partial.model.take() });
            }
        }
        None
    }

    fn heard(&mut self, finish: Finish, partial: &mut Partial) -> Heard {
        let text = self.narrator.text().to_owned();
        let calls = std::mem::take(&mut partial.calls);
        let thinking = std::mem::take(&mut partial.thinking);
        let blocks = blocks(thinking, finish.thinking_signature.clone(), text, &calls);
        let model = partial.model.take().unwrap_or_else(|| ModelRef::new("", ""));
        self.narrator.note("usage", json!({ "outputTokens": finish.usage.output }));
        Heard::Answer { model, blocks, calls, finish }
    }
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}
