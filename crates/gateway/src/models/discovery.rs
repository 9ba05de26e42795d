//! Looking for Ollama and LM Studio, in the background: shortly after start, and
//! again when an answer is wanted and no model is known. Nothing waits for it.

use std::sync::PoisonError;
use std::time::Duration;

use postern_models::ModelInfo;
use tokio::time::Instant;

use super::ModelService;

/// Least time between two looks that nobody asked for.
const INTERVAL: Duration = Duration::from_secs(30);

/// When was looked.
#[derive(Debug, Default)]
pub(super) struct Looking {
    last: Option<Instant>,
}

impl Looking {
    /// Whether to look now; then it counts as done.
    fn is_due(&mut self, now: Instant) -> bool {
        let due = self.last.is_none_or(|last| now.duration_since(last) >= INTERVAL);
        if due {
            self.last = Some(now);
        }
        due
    }
}

impl ModelService {
    /// Looks for models on this machine unless that was done within the last half minute. Returns at once.
    pub fn look_in_background(&self) {
        if !self.0.config.now().models.discover {
            return;
        }
        if !self.0.looking.lock().unwrap_or_else(PoisonError::into_inner).is_due(Instant::now()) {
            return;
        }
        let service = self.clone();
        self.0.tasks.spawn_until_shutdown("model-discovery", async move { service.look().await });
    }

    /// Looks for models on this machine and waits for the answer, about a second at most.
    pub async fn look(&self) {
        if !self.0.config.now().models.discover {
            return;
        }
        note(&self.0.models().discover().await);
    }

    /// The same for somebody who asks to look again: what was found a moment ago does not count.
    pub async fn look_again(&self) {
        if self.0.config.now().models.discover {
            note(&self.0.models().discover_now().await);
        }
    }
}

fn note(found: &[ModelInfo]) {
    if !found.is_empty() {
        tracing::debug!(models = found.len(), "Found models on this machine.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_minute_lies_between_two_looks() {
        let (mut looking, start) = (Looking::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        let due = [0, 0, 29, 30, 31, 59, 60].map(|seconds| looking.is_due(at(seconds)));
        assert_eq!(due, [true, false, false, true, false, false, true]);
    }
}
