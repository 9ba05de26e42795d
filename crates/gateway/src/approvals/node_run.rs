//! Approvals of commands that a node runs: whoever invokes `system.run` with an
//! approval names the request that it was given for, and gets it once, for
//! exactly what was shown (`methods.md §6`, Invoke flow).

use postern_protocol::approvals::{ApprovalBinding, ApprovalDecision};
use postern_protocol::system::Nullable;
use serde_json::Value;

use super::env_hash;
use super::queue::Unredeemed;
use super::record::{ApprovalRecord, Origin, Outcome};
use super::{Approvals, Principal};

/// How long after the decision the command may be invoked.
const USABLE_MS: i64 = 5 * 60 * 1000;

/// What is about to be invoked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NodeRun {
    /// The node.
    pub node_id: String,
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Folder.
    pub cwd: Option<String>,
    /// Variables that the command adds.
    pub env: Vec<(String, String)>,
    /// Agent.
    pub agent_id: Option<String>,
    /// Conversation.
    pub session_key: Option<String>,
}

/// An approval that was given for such a command.
#[derive(Debug, Clone, PartialEq)]
pub struct Granted {
    /// What the approver said.
    pub decision: ApprovalDecision,
    /// The plan as it was approved, for the node to compare.
    pub plan: Option<Value>,
}

/// Why an approval does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotGranted {
    /// No such approval, or it was used.
    #[error("unknown approval: it was never asked for, is over, or has been used")]
    Unknown,
    /// Nobody has answered yet.
    #[error("nobody has answered this approval yet: wait for the decision")]
    Undecided,
    /// Somebody said no, or nobody said anything.
    #[error("this approval was denied")]
    Denied,
    /// The decision is too old.
    #[error("this approval has expired: ask again")]
    Expired,
    /// It is for another node.
    #[error("this approval is for another node")]
    OtherNode,
    /// Somebody else asked for it.
    #[error("this approval was asked for by another device")]
    OtherDevice,
    /// It is for something else.
    #[error("this approval is for another command, folder, environment, agent or session")]
    OtherCommand,
}

impl NotGranted {
    /// `details.code`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "UNKNOWN_APPROVAL_ID",
            Self::Undecided => "APPROVAL_PENDING",
            Self::Denied => "APPROVAL_DENIED",
            Self::Expired => "APPROVAL_EXPIRED",
            Self::OtherNode => "APPROVAL_NODE_MISMATCH",
            Self::OtherDevice => "APPROVAL_DEVICE_MISMATCH",
            Self::OtherCommand => "APPROVAL_REQUEST_MISMATCH",
        }
    }
}

impl Approvals {
    /// Takes the approval `id` for `run`. A second try gets nothing.
    ///
    /// # Errors
    /// Why it does not count; it stays usable for whom it was given.
    pub fn redeem(&self, caller: &Principal, id: &str, run: &NodeRun) -> Result<Granted, NotGranted> {
        self.expire_due();
        let now_ms = self.0.clock.now_ms();
        let client = caller.device_id.as_ref().map_or(&*caller.conn_id, |device| device.as_str());
        let redeemed = self.queue().redeem(id, |record, outcome, at_ms| {
            judge(record, client, run)?;
            let Outcome::Answered(decision) = outcome else { return Err(NotGranted::Denied) };
            if !outcome.allows() {
                return Err(NotGranted::Denied);
            }
            // A clock that was set back makes nothing live longer.
            if !(0..=USABLE_MS).contains(&(now_ms - at_ms)) {
                return Err(NotGranted::Expired);
            }
            let plan = value(&record.event.request.system_run_plan).cloned().map(Value::Object);
            Ok(Granted { decision: *decision, plan })
        });
        redeemed.map_err(|error| match error {
            Unredeemed::Unknown => NotGranted::Unknown,
            Unredeemed::Undecided => NotGranted::Undecided,
            Unredeemed::Refused(why) => why,
        })
    }
}

fn value<T>(nullable: &Nullable<T>) -> Option<&T> {
    match nullable {
        Nullable::Value(value) => Some(value),
        Nullable::Null => None,
    }
}

/// Whether the request was for this very command.
fn judge(record: &ApprovalRecord, client: &str, run: &NodeRun) -> Result<(), NotGranted> {
    let request = &record.event.request;
    if value(&request.node_id) != Some(&run.node_id) {
        return Err(NotGranted::OtherNode);
    }
    if !matches!(&record.origin, Origin::Client(asked) if asked == client) {
        return Err(NotGranted::OtherDevice);
    }
    let binding = value(&request.system_run_binding).ok_or(NotGranted::OtherCommand)?;
    if is_bound_to(binding, run) { Ok(()) } else { Err(NotGranted::OtherCommand) }
}

fn is_bound_to(binding: &ApprovalBinding, run: &NodeRun) -> bool {
    let env = env_hash(run.env.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    binding.argv == run.argv
        && value(&binding.cwd) == run.cwd.as_ref()
        && value(&binding.agent_id) == run.agent_id.as_ref()
        && value(&binding.session_key) == run.session_key.as_ref()
        && value(&binding.env_hash) == env.as_ref()
}
