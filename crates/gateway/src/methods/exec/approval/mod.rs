//! Methods under `exec.approval.`.

mod get;
mod list;
mod request;
mod resolve;
mod wait_decision;

use postern_protocol::approvals::ExecApprovalDecided;
use postern_protocol::system::Nullable;

use crate::approvals::{Outcome, Waiting};

/// Waits, and tells how it ended. A request nobody answered has no decision.
async fn decided(mut waiting: Waiting) -> ExecApprovalDecided {
    let (decision, terminal_reason) = match waiting.decided().await {
        Outcome::Answered(decision) => (Nullable::Value(decision), None),
        Outcome::Unanswered(reason) => (Nullable::Null, Some(reason)),
    };
    ExecApprovalDecided {
        id: waiting.id.to_string(),
        decision,
        created_at_ms: waiting.times.created_at_ms,
        expires_at_ms: waiting.times.expires_at_ms,
        terminal_reason,
    }
}
