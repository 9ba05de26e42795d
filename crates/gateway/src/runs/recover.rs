//! What the last process left: runs that it did not finish are shown as
//! interrupted, their messages are in the transcript, and none runs by itself.

use postern_protocol::chat::{ChatMessage, MessageRole};

use super::record::{Outcome, RunRecord, RunState};
use super::{RunError, Runs, turn};
use crate::sessions::{LastRun, NewMessage, RunEnd};
use crate::store::Change;

/// How long an ended run is remembered, milliseconds.
const KEEP_MS: i64 = 24 * 60 * 60 * 1000;

/// What people are told of a run that the gateway did not live to finish.
const INTERRUPTED: &str = "This message was interrupted when the gateway stopped. Send /resume to have it answered.";

impl Runs {
    pub(super) async fn recover(&self) -> Result<(), RunError> {
        let left = self.services().store.unfinished_runs().await?;
        let mut left: Vec<RunRecord> = left.iter().filter_map(|body| RunRecord::read(body)).collect();
        left.sort_by_key(|record| record.accepted_at);
        for record in left {
            self.show_interrupted(record).await?;
        }
        Ok(())
    }

    async fn show_interrupted(&self, mut record: RunRecord) -> Result<(), RunError> {
        let services = self.services();
        // The agent may be gone from the configuration; its session stays.
        let Ok(key) = services.sessions.resolve(&record.session_key, None) else { return Ok(()) };
        let now_ms = services.clock.now_ms();
        let mut messages = Vec::new();
        if record.state == RunState::Queued
            && let Some(input) = record.input.as_ref().filter(|input| !input.resumed)
        {
            messages.push(turn::user_message(&record.run_id, input, record.accepted_at));
        }
        let note = ChatMessage::text(MessageRole::System, INTERRUPTED, now_ms);
        messages.push(NewMessage::of_run(&record.run_id, note));
        let outcome = Outcome {
            stop_reason: "interrupted".to_owned(),
            error: Some(INTERRUPTED.to_owned()),
            ..Outcome::default()
        };
        record.end(RunState::Interrupted, outcome, now_ms);
        let last = LastRun {
            run_id: record.run_id.clone(),
            end: Some(RunEnd::Interrupted),
            error: Some(INTERRUPTED.to_owned()),
        };
        let appended = services.sessions.append(&key, messages, vec![record.put()], |session| {
            session.last_run = Some(last);
        });
        services.sessions.settle(&key, appended.commit).await?;
        Ok(())
    }

    /// Forgets runs that ended long ago.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn forget_old(&self) -> Result<(), RunError> {
        let before_ms = self.services().clock.now_ms() - KEEP_MS;
        Ok(self.services().store.enqueue(vec![Change::ForgetRuns { before_ms }]).await?)
    }
}
