//! The way to an answer: which model is asked, how often, and who is asked when it cannot.

use std::{
    hash::{BuildHasher, RandomState},
    mem,
    sync::Arc,
    time::Duration,
};

use futures_util::{Stream, stream};

use crate::{
    attempt::{self, Attempt, Step},
    error::{ErrorKind, ModelError},
    models::Inner,
    request::{ChatRequest, ModelRef, StreamEvent},
    wire::Delta,
};

type Item = Result<StreamEvent, ModelError>;

/// The events of one answer. All of its state is in the stream, so dropping it drops the connection.
pub(crate) fn stream(inner: Arc<Inner>, request: ChatRequest) -> impl Stream<Item = Item> + Send + 'static {
    let answer = Answer { inner, request, place: 0, tries: 0, first: None, state: State::Announce };
    stream::unfold(Box::new(answer), |mut answer| async move {
        let item = answer.next().await?;
        Some((item, answer))
    })
}

enum State {
    /// Tell who is asked.
    Announce,
    /// Ask, after a wait.
    Ask(Duration),
    /// Read the answer; nothing of it was shown yet.
    Begin(Box<Attempt>),
    /// Read the rest of the answer.
    Continue(Box<Attempt>),
    Over,
}

struct Answer {
    inner: Arc<Inner>,
    request: ChatRequest,
    /// 0 is the model, then come the fallbacks.
    place: usize,
    /// How often this model was asked.
    tries: u32,
    /// Why the first model could not answer.
    first: Option<ModelError>,
    state: State,
}

impl Answer {
    async fn next(&mut self) -> Option<Item> {
        loop {
            let item = match mem::replace(&mut self.state, State::Over) {
                State::Announce => {
                    self.state = State::Ask(Duration::ZERO);
                    Some(Ok(StreamEvent::Model(self.model(self.place)?.clone())))
                }
                State::Ask(wait) => self.ask(wait).await,
                State::Begin(mut attempt) => match attempt.next().await {
                    Ok(step) => Some(Ok(self.shown(attempt, step))),
                    Err(error) => self.failed(error),
                },
                // What was shown cannot be taken back, so now an error is final.
                State::Continue(mut attempt) => Some(attempt.next().await.map(|step| self.shown(attempt, step))),
                State::Over => return None,
            };
            if item.is_some() {
                return item;
            }
        }
    }

    /// Asks the model whose turn it is. `None` means "go on".
    async fn ask(&mut self, wait: Duration) -> Option<Item> {
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        self.tries += 1;
        match self.open().await {
            Ok(attempt) => {
                self.state = State::Begin(Box::new(attempt));
                None
            }
            Err(error) => self.failed(error),
        }
    }

    fn shown(&mut self, attempt: Box<Attempt>, step: Step) -> StreamEvent {
        let delta = match step {
            Step::Finish(finish) => return StreamEvent::Finished(finish),
            Step::Delta(delta) => delta,
        };
        self.state = State::Continue(attempt);
        match delta {
            Delta::Text(text) => StreamEvent::Text(text),
            Delta::Thinking(text) => StreamEvent::Thinking(text),
            Delta::ToolCall(call) => StreamEvent::ToolCall(call),
        }
    }

    fn model(&self, place: usize) -> Option<&ModelRef> {
        match place {
            0 => Some(&self.request.model),
            _ => self.request.fallbacks.get(place - 1),
        }
    }

    async fn open(&self) -> Result<Attempt, ModelError> {
        let model = self.model(self.place).unwrap_or(&self.request.model);
        let target = self.inner.target(model).await?;
        attempt::open(&self.inner, &self.request, target).await
    }

    /// Decides what follows a failure: a wait, the next model, or the end. `None` means "go on".
    fn failed(&mut self, error: ModelError) -> Option<Item> {
        if error.kind == ErrorKind::Auth {
            self.inner.keys.forget(&error.provider);
        }
        if error.is_worth_asking_again() && self.tries < self.inner.limits.tries {
            let after = error.retry_after.unwrap_or_else(|| backoff(self.inner.limits.backoff, self.tries));
            if after <= self.inner.limits.max_retry_after {
                self.state = State::Ask(after);
                return Some(Ok(StreamEvent::Retrying { after, error }));
            }
        }
        match self.next_place(&error) {
            Some(place) => {
                tracing::warn!(provider = error.provider, model = error.model, kind = ?error.kind, "model failed; asking the next");
                self.first.get_or_insert(error);
                self.place = place;
                self.tries = 0;
                self.state = State::Announce;
                None
            }
            None => Some(Err(self.summary(error))),
        }
    }

    /// The next model that may do better than the one that failed.
    fn next_place(&self, error: &ModelError) -> Option<usize> {
        let failed = self.model(self.place)?;
        let helps = |place: &usize| {
            let Some(model) = self.model(*place) else { return false };
            match error.kind {
                ErrorKind::Refusal => false,
                // Only a model that can read more.
                ErrorKind::ContextLength => match (self.inner.window(failed), self.inner.window(model)) {
                    (Some(failed), Some(window)) => window > failed,
                    _ => false,
                },
                _ if error.concerns_account() => model.provider != failed.provider,
                _ => true,
            }
        };
        (self.place + 1..=self.request.fallbacks.len()).find(helps)
    }

    /// The error of the model that was asked for says the most.
    fn summary(&mut self, last: ModelError) -> ModelError {
        match self.first.take() {
            None => last,
            Some(mut first) => {
                let fallback = ModelRef::new(&last.provider, &last.model);
                first.message = format!("{} The fallback {fallback} failed too: {}", first.message, last.message);
                first
            }
        }
    }
}

/// Doubles with every try; between half and all of it, so that many do not come back at once.
fn backoff(base: Duration, tries: u32) -> Duration {
    let whole = base.saturating_mul(1 << tries.saturating_sub(1).min(10));
    let random = RandomState::new().hash_one(tries) % 1024;
    whole / 2 + (whole / 2).mul_f64(f64::from(u32::try_from(random).unwrap_or_default()) / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_grows_and_differs() {
        let base = Duration::from_millis(500);
        for tries in 1..6 {
            let whole = base * (1 << (tries - 1));
            let waits: Vec<_> = (0..64).map(|_| backoff(base, tries)).collect();
            assert!(waits.iter().all(|wait| *wait >= whole / 2 && *wait <= whole));
            assert!(waits.iter().any(|wait| *wait != waits[0]));
        }
    }
}
