//! Asking for an approval, waiting for it and answering it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{ApprovalRequested, ExecAskMode, ExecSecurityMode, TerminalReason};
use crate::call::{Acknowledged, Call, NoParams};
use crate::ids::{ApprovalId, ApprovalText};
use crate::system::Nullable;

/// An approver's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ApprovalDecision {
    /// This command, now.
    AllowOnce,
    /// This command, and from now on without asking.
    AllowAlways,
    /// No.
    Deny,
}

impl ApprovalDecision {
    /// Every answer there is.
    pub const ALL: [Self; 3] = [Self::AllowOnce, Self::AllowAlways, Self::Deny];

    /// The wire word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AllowOnce => "allow-once",
            Self::AllowAlways => "allow-always",
            Self::Deny => "deny",
        }
    }

    /// Reads the wire word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|decision| decision.as_str() == text)
    }
}

/// `exec.approval.request`: may this command run?
pub struct ExecApprovalRequest;

/// Params of `exec.approval.request`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExecApprovalRequestParams {
    /// The command as text.
    pub command: ApprovalText,
    /// Name of the request; made up when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ApprovalId>,
    /// The same as program and arguments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub command_argv: Option<Vec<String>>,
    /// Folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub cwd: Option<String>,
    /// Variables added to the environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<BTreeMap<String, String>>,
    /// Where it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub host: Option<String>,
    /// Which commands run at all, there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security: Option<ExecSecurityMode>,
    /// When somebody is asked, there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<ExecAskMode>,
    /// Agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub agent_id: Option<String>,
    /// File that is started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub resolved_path: Option<String>,
    /// Conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    pub session_key: Option<String>,
    /// Node it runs on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub node_id: Option<String>,
    /// The plan that a node host will execute; required with host `node` on
    /// protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_run_plan: Option<Map<String, Value>>,
    /// What to look out for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub warning_text: Option<String>,
    /// Channel of the message that led here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub turn_source_channel: Option<String>,
    /// Its recipient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub turn_source_to: Option<String>,
    /// Its account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub turn_source_account_id: Option<String>,
    /// Milliseconds until it counts as denied. Default 120000, at most a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub timeout_ms: Option<u64>,
    /// Answer at once and let `exec.approval.waitDecision` wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub two_phase: Option<bool>,
}

impl Call for ExecApprovalRequest {
    const NAME: &'static str = "exec.approval.request";
    type Params = ExecApprovalRequestParams;
    type Output = ExecApprovalOutcome;
}

/// Result of `exec.approval.request` and `exec.approval.waitDecision`: that it
/// was accepted, or how it was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ExecApprovalOutcome {
    /// It waits; the answer to `twoPhase`.
    Accepted(ExecApprovalAccepted),
    /// How it ended.
    Decided(ExecApprovalDecided),
}

/// A request that was accepted and waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExecApprovalAccepted {
    /// Always `accepted`.
    pub status: AcceptedStatus,
    /// The request.
    pub id: String,
    /// Epoch milliseconds.
    pub created_at_ms: i64,
    /// Epoch milliseconds.
    pub expires_at_ms: i64,
}

/// The only status there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AcceptedStatus {
    /// It waits.
    #[default]
    Accepted,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExecApprovalDecided {
    /// The request.
    pub id: String,
    /// The answer; null when there was none, which counts as denied.
    pub decision: Nullable<ApprovalDecision>,
    /// Epoch milliseconds.
    pub created_at_ms: i64,
    /// Epoch milliseconds.
    pub expires_at_ms: i64,
    /// Why there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminal_reason: Option<TerminalReason>,
}

/// `exec.approval.waitDecision`: waits until a request is decided.
pub struct ExecApprovalWaitDecision;

/// Params that name a request.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalIdParams {
    /// The request.
    pub id: ApprovalId,
}

impl Call for ExecApprovalWaitDecision {
    const NAME: &'static str = "exec.approval.waitDecision";
    type Params = ApprovalIdParams;
    type Output = ExecApprovalDecided;
}

/// `exec.approval.resolve`: answers a request.
pub struct ExecApprovalResolve;

/// Params of `exec.approval.resolve`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExecApprovalResolveParams {
    /// The request.
    pub id: ApprovalId,
    /// `allow-once`, `allow-always` or `deny`.
    #[schemars(length(max = 64))]
    pub decision: String,
    /// Hash of the plan that the approver saw; refused when it is not the
    /// request's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub plan_hash: Option<String>,
}

impl Call for ExecApprovalResolve {
    const NAME: &'static str = "exec.approval.resolve";
    type Params = ExecApprovalResolveParams;
    type Output = Acknowledged;
}

/// `exec.approval.list`: the requests that wait.
pub struct ExecApprovalList;

impl Call for ExecApprovalList {
    const NAME: &'static str = "exec.approval.list";
    type Params = NoParams;
    type Output = Vec<ApprovalRequested>;
}

/// `exec.approval.get`: one request that waits.
pub struct ExecApprovalGet;

impl Call for ExecApprovalGet {
    const NAME: &'static str = "exec.approval.get";
    type Params = ApprovalIdParams;
    type Output = ExecApprovalGetResult;
}

/// Result of `exec.approval.get`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExecApprovalGetResult {
    /// The request.
    pub id: String,
    /// The whole command.
    pub command_text: String,
    /// Its beginning, for lists; null when it is short.
    pub command_preview: Nullable<String>,
    /// Answers that are possible.
    pub allowed_decisions: Vec<ApprovalDecision>,
    /// Where it runs.
    pub host: Nullable<String>,
    /// Node it runs on.
    pub node_id: Nullable<String>,
    /// Agent that wants to run it.
    pub agent_id: Nullable<String>,
    /// Epoch milliseconds.
    pub expires_at_ms: i64,
}
