//! Asking, answering, expiring, cancelling.

use std::sync::Arc;
use std::time::Duration;

use postern_protocol::Dialect;
use postern_protocol::access::{Role, Scope};
use postern_protocol::approvals::{
    ApprovalDecision, ApprovalKind, ApprovalRequested, ApprovalResolved, TerminalReason,
};
use postern_protocol::call::Event as _;
use postern_protocol::system::Nullable;
use serde_json::json;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Approvals;
use super::error::ApprovalError;
use super::queue::Now;
use super::record::{ApprovalRecord, ApprovalRequest, MAX_TIMEOUT, Outcome, Waiting};
use crate::devices::{clean, clean_option};
use crate::hub::{Principal, audience_allows, event_head};
use crate::store::Change;

/// How often the wall clock is looked at while something waits.
const LOOK: Duration = Duration::from_millis(500);
/// Largest request, as JSON.
const MAX_BYTES: usize = 4_000_000;

impl Approvals {
    /// Asks everybody who may answer.
    ///
    /// # Errors
    /// When the name is taken, too many wait, or the command is too large.
    pub fn request(&self, asked: ApprovalRequest) -> Result<Waiting, ApprovalError> {
        let timeout = asked.timeout.min(MAX_TIMEOUT);
        let record = self.record(asked)?;
        let mut queue = self.queue();
        let waiting = queue.add(Arc::clone(&record), Instant::now() + timeout)?;
        // Under the lock: nobody may see the end of a request before its beginning.
        self.0.hub.publish(&record.event);
        drop(queue);
        self.watch(record.id().to_owned(), &waiting);
        Ok(waiting)
    }

    /// Notes a request that nobody could answer; nobody is asked.
    ///
    /// # Errors
    /// As [`Approvals::request`].
    pub fn request_unreachable(&self, asked: ApprovalRequest) -> Result<Waiting, ApprovalError> {
        let record = self.record(asked)?;
        self.queue().note(&record, Outcome::Unanswered(TerminalReason::NoApprovalRoute))
    }

    fn record(&self, asked: ApprovalRequest) -> Result<Arc<ApprovalRecord>, ApprovalError> {
        self.expire_due();
        if serde_json::to_vec(&asked.command).map_or(usize::MAX, |json| json.len()) > MAX_BYTES {
            return Err(ApprovalError::TooLarge);
        }
        let created_at_ms = self.0.clock.now_ms();
        let timeout_ms = i64::try_from(asked.timeout.min(MAX_TIMEOUT).as_millis()).unwrap_or(i64::MAX);
        let event = ApprovalRequested {
            id: asked.id.unwrap_or_else(|| uuid::Uuid::new_v4().to_string()),
            approval_kind: ApprovalKind::Exec,
            request: asked.command,
            created_at_ms,
            expires_at_ms: created_at_ms.saturating_add(timeout_ms),
        };
        let (plan_hash, origin, remember) = (asked.plan_hash, asked.origin, asked.remember);
        Ok(Arc::new(ApprovalRecord { event, plan_hash, origin, remember }))
    }

    /// Somebody more waits for a request, or learns how it ended.
    ///
    /// # Errors
    /// [`ApprovalError::Unknown`] when it never was, or ended long ago.
    pub fn wait(&self, id: &str) -> Result<Waiting, ApprovalError> {
        self.expire_due();
        self.queue().wait(id).ok_or(ApprovalError::Unknown)
    }

    /// Answers a request; the first answer wins. `plan_hash` is what the approver
    /// saw, when it says so.
    ///
    /// # Errors
    /// When the caller may not answer, the request is not there or was answered,
    /// or the answer is none of those it allows.
    pub async fn resolve(
        &self,
        caller: &Principal,
        id: &str,
        decision: ApprovalDecision,
        plan_hash: Option<&str>,
    ) -> Result<(), ApprovalError> {
        if caller.role != Role::Operator || !caller.scopes.allows(Scope::Approvals) {
            return Err(ApprovalError::NotAnApprover);
        }
        self.expire_due();
        let record = self.queue().claim(id, |record| {
            if plan_hash.is_some_and(|seen| seen != record.plan_hash) {
                return Err(ApprovalError::OtherPlan);
            }
            if record.event.request.allowed_decisions.contains(&decision) {
                return Ok(());
            }
            Err(ApprovalError::InvalidDecision("allow-once or deny: this command is asked about every time"))
        })?;
        let by = approver(caller);
        let (approvals, (done, answered)) = (self.clone(), oneshot::channel());
        // In a task of its own: whoever answered may go away, the answer stands.
        self.0.tasks.spawn("approval answer", async move {
            // Nobody may be waiting any more.
            drop(done.send(approvals.settle(&record, decision, by).await));
        });
        answered.await.unwrap_or(Ok(()))
    }

    async fn settle(
        &self,
        record: &ApprovalRecord,
        decision: ApprovalDecision,
        by: String,
    ) -> Result<(), ApprovalError> {
        let remembered = match (&record.remember, decision) {
            (Some(pattern), ApprovalDecision::AllowAlways) => self.remember(&record.event.request, pattern).await,
            _ => Ok(()),
        };
        let decision = if remembered.is_err() { ApprovalDecision::AllowOnce } else { decision };
        let detail = json!({
            "id": record.id(), "decision": decision, "by": by, "planHash": record.plan_hash,
            "agentId": record.event.request.agent_id, "sessionKey": record.event.request.session_key,
        });
        self.end(record.id(), Outcome::Answered(decision), Some(by));
        let (ts_ms, kind) = (self.0.clock.now_ms(), "exec.approval.resolved".to_owned());
        // The trail is not what the answer promises; its loss is logged by the store.
        drop(self.0.store.enqueue(vec![Change::Audit { ts_ms, kind, detail: detail.to_string() }]));
        remembered.map_err(ApprovalError::NotRemembered)
    }

    /// Ends the requests of a run that was stopped. That is no denial: nothing is
    /// remembered and nobody has answered.
    pub fn cancel_run(&self, run_id: &str) {
        let names = self.queue().of_run(run_id);
        for id in names {
            self.cancel(&id);
        }
    }

    /// Ends one request, unless somebody has answered.
    pub(super) fn cancel(&self, id: &str) {
        self.end_open(id, TerminalReason::Cancelled);
    }

    /// Ends every unanswered request whose time is over.
    pub(super) fn expire_due(&self) {
        let now = Now { wall_ms: self.0.clock.now_ms(), steady: Instant::now() };
        let due = self.queue().due(now);
        for id in due {
            self.end_open(&id, TerminalReason::Timeout);
        }
    }

    fn end_open(&self, id: &str, reason: TerminalReason) {
        self.end(id, Outcome::Unanswered(reason), None);
    }

    fn end(&self, id: &str, outcome: Outcome, by: Option<String>) {
        let ts = self.0.clock.now_ms();
        let mut queue = self.queue();
        // Who has answered is not overtaken by the clock or by a stop.
        if by.is_none() && !queue.is_open(id) {
            return;
        }
        let Some(record) = queue.end(id, outcome.clone(), ts) else { return };
        let (decision, terminal_reason) = match outcome {
            Outcome::Answered(decision) => (decision, None),
            Outcome::Unanswered(reason) => (ApprovalDecision::Deny, Some(reason)),
        };
        let event = ApprovalResolved {
            id: record.id().to_owned(),
            decision,
            resolved_by: Nullable::from(by),
            ts,
            request: record.event.request.clone(),
            terminal_reason,
        };
        self.publish_end(&event);
    }

    /// Clients of protocol 3 count the time themselves and expect no word at its
    /// end (`frames-and-events.md §7`).
    fn publish_end(&self, event: &ApprovalResolved) {
        if event.terminal_reason != Some(TerminalReason::Timeout) {
            self.0.hub.publish(event);
            return;
        }
        let Some(head) = event_head(event) else { return };
        self.0.hub.publish_where(ApprovalResolved::ON_SLOW, |conn| {
            let who = &conn.principal;
            let reached = who.dialect == Dialect::V4 && audience_allows(ApprovalResolved::AUDIENCE, who);
            reached.then(|| head.clone())
        });
    }

    /// Ends the request when its time is over, by whichever clock says so first.
    fn watch(&self, id: String, waiting: &Waiting) {
        let (approvals, mut outcome) = (self.clone(), waiting.outcome.clone());
        self.0.tasks.spawn_until_shutdown("approval", async move {
            while let Some(deadline) = approvals.deadline(&id) {
                let next = deadline.min(Instant::now() + LOOK);
                tokio::select! {
                    _ = outcome.wait_for(Option::is_some) => return,
                    () = tokio::time::sleep_until(next) => approvals.expire_due(),
                }
            }
        });
    }

    fn deadline(&self, id: &str) -> Option<Instant> {
        self.queue().deadline(id)
    }
}

/// The approver as other approvers are shown it.
fn approver(caller: &Principal) -> String {
    let name = clean_option(caller.client.display_name.as_deref()).or_else(|| clean(&caller.client.id));
    name.unwrap_or_else(|| caller.conn_id.to_string())
}
