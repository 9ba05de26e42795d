//! What is kept about a run, so that it is never forgotten and never run twice.

use postern_protocol::chat::{ChatErrorDetail, ChatErrorKind, MessageUsage, QueueMode, ThinkingLevel};
use serde::{Deserialize, Serialize};

use crate::store::{Change, Table};

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RunState {
    /// It waits for its turn.
    Queued,
    /// It is under way.
    Running,
    /// It ended with an answer.
    Ok,
    /// It failed.
    Error,
    /// Somebody stopped it.
    Aborted,
    /// It took too long.
    Timeout,
    /// The gateway ended before it did. It can be resumed.
    Interrupted,
}

impl RunState {
    /// Whether nothing more will happen.
    #[must_use]
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

/// A picture that came with a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Picture {
    /// Where it is kept.
    pub media_id: String,
    /// Its MIME type.
    pub mime: String,
    /// Size in bytes.
    pub size: u64,
}

/// What a run is asked to do.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Input {
    /// What was said.
    pub text: String,
    /// Pictures that came with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pictures: Vec<Picture>,
    /// How long the model may think.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thinking: Option<ThinkingLevel>,
    /// Model, when not the session's, `provider/model`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Longest run, milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// Instructions besides the agent's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra_system: Option<String>,
    /// What to do while another run is under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_mode: Option<QueueMode>,
    /// The message is in the transcript already: the run is a resumed one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub resumed: bool,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunRecord {
    /// Its id.
    pub run_id: String,
    /// Device or connection that asked for it.
    pub caller: String,
    /// Session, by canonical key.
    pub session_key: String,
    /// Agent that owns the session.
    pub agent_id: String,
    /// Where it stands.
    pub state: RunState,
    /// Epoch milliseconds.
    pub accepted_at: i64,
    /// Epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<i64>,
    /// Epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<i64>,
    /// What it is asked to do; gone once it ended well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Input>,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
}

/// How a run ended.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Outcome {
    /// The last answer, shortened.
    pub text: String,
    /// Why it ended: `stop`, `rpc`, `timeout`, …
    pub stop_reason: String,
    /// What went wrong, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What went wrong, for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_kind: Option<ChatErrorKind>,
    /// What is known about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_detail: Option<ChatErrorDetail>,
    /// Id of the session.
    pub session_id: String,
    /// Provider of the model that answered.
    pub provider: String,
    /// Model that answered.
    pub model: String,
    /// What it took.
    pub usage: MessageUsage,
}

/// Longest answer that is kept with a run, bytes; the transcript has all of it.
const KEPT_TEXT: usize = 16 * 1024;

impl RunRecord {
    /// The change that writes it down.
    #[must_use]
    pub fn put(&self) -> Change {
        // A record always serialises: it holds no maps.
        let body = serde_json::to_string(self).unwrap_or_default();
        Change::Put { table: Table::Runs, key: self.run_id.clone(), body }
    }

    /// Reads one that was written down.
    #[must_use]
    pub fn read(body: &str) -> Option<Self> {
        serde_json::from_str(body).ok()
    }

    /// Ends it. The input of a run that was interrupted stays, so that it can be
    /// resumed.
    pub fn end(&mut self, state: RunState, mut outcome: Outcome, now_ms: i64) {
        outcome.text.truncate(outcome.text.floor_char_boundary(KEPT_TEXT));
        self.state = state;
        self.ended_at = Some(now_ms);
        if state != RunState::Interrupted {
            self.input = None;
        }
        self.outcome = Some(outcome);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupted_run_keeps_what_it_was_asked_to_do() {
        let mut record = RunRecord {
            run_id: "r".into(),
            caller: "d".into(),
            session_key: "agent:main:main".into(),
            agent_id: "main".into(),
            state: RunState::Running,
            accepted_at: 1,
            started_at: Some(2),
            ended_at: None,
            input: Some(Input { text: "hello".into(), ..Input::default() }),
            outcome: None,
        };
        record.end(RunState::Interrupted, Outcome { text: "ä".repeat(KEPT_TEXT), ..Outcome::default() }, 3);
        let Change::Put { body, .. } = record.put() else { panic!("not a put") };
        let again = RunRecord::read(&body).unwrap();
        assert_eq!(again, record);
        assert_eq!(again.input.unwrap().text, "hello");
        assert!(again.outcome.unwrap().text.len() <= KEPT_TEXT);
        record.end(RunState::Ok, Outcome::default(), 4);
        assert_eq!(record.input, None);
    }
}
