//! What is asked, and how it ended.

use std::sync::Arc;
use std::time::Duration;

use postern_protocol::approvals::{ApprovalCommand, ApprovalDecision, ApprovalRequested, TerminalReason};
use tokio::sync::watch;

/// How long a request waits unless it says otherwise (`methods.md §8`).
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(120);
/// The longest a request may wait.
pub(super) const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

/// Who asks; requests are bounded for each.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A run of the conversation with this key.
    Session(String),
    /// The client with this device or connection id.
    Client(String),
}

/// What is to be approved.
#[derive(Debug, Clone)]
pub struct ApprovalRequest {
    /// Its name; made up when absent.
    pub id: Option<String>,
    /// Who asks.
    pub origin: Origin,
    /// What approvers are shown.
    pub command: ApprovalCommand,
    /// What the decision is bound to: `postern_tools::ExecPlan::hash`, or a hash
    /// of everything a client sent.
    pub plan_hash: String,
    /// Entry that `allow-always` adds to the agent's list; without one it means
    /// `allow-once` to the gateway, and whoever asked remembers by itself.
    pub remember: Option<String>,
    /// Without an answer in this time it counts as denied.
    pub timeout: Duration,
}

/// A request that was accepted.
#[derive(Debug)]
pub struct ApprovalRecord {
    /// What approvers are shown.
    pub event: ApprovalRequested,
    /// What the decision is bound to.
    pub plan_hash: String,
    pub(super) origin: Origin,
    pub(super) remember: Option<String>,
}

impl ApprovalRecord {
    /// Its name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.event.id
    }
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Somebody answered.
    Answered(ApprovalDecision),
    /// Nobody did; it counts as denied.
    Unanswered(TerminalReason),
}

impl Outcome {
    /// Whether the plan may run.
    #[must_use]
    pub fn allows(&self) -> bool {
        matches!(self, Self::Answered(ApprovalDecision::AllowOnce | ApprovalDecision::AllowAlways))
    }
}

/// Times of a request, epoch milliseconds; kept when the rest is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Times {
    /// When it was asked.
    pub created_at_ms: i64,
    /// When it counts as denied.
    pub expires_at_ms: i64,
}

/// Somebody who waits for a decision.
#[derive(Debug)]
pub struct Waiting {
    /// Name of the request.
    pub id: Arc<str>,
    /// Its times.
    pub times: Times,
    pub(super) outcome: watch::Receiver<Option<Outcome>>,
}

impl Waiting {
    /// Waits. Dropping the future changes nothing: others may wait for the same.
    pub async fn decided(&mut self) -> Outcome {
        let outcome = self.outcome.wait_for(Option::is_some).await;
        let outcome = outcome.ok().and_then(|outcome| outcome.clone());
        // The other end goes away without an outcome only with the whole gateway.
        outcome.unwrap_or(Outcome::Unanswered(TerminalReason::Cancelled))
    }
}
