//! A command that waits for an approval, and the events about it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{ApprovalDecision, ExecAskMode, ExecSecurityMode};
use crate::access::Scope;
use crate::call::{Audience, Event, OnSlow};
use crate::system::Nullable;

/// What is asked: everything an approver needs to judge it, nothing cut.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ApprovalCommand {
    /// The whole command as one line of text.
    pub command: String,
    /// The same as program and arguments, where it is known.
    pub command_argv: Nullable<Vec<String>>,
    /// Names of the variables that the command adds to its environment.
    pub env_keys: Nullable<Vec<String>>,
    /// Folder it runs in.
    pub cwd: Nullable<String>,
    /// Where it runs: `gateway`, `node`, or another word of the requester.
    pub host: Nullable<String>,
    /// Which commands run at all, there.
    pub security: Nullable<ExecSecurityMode>,
    /// When somebody is asked, there.
    pub ask: Nullable<ExecAskMode>,
    /// Agent that wants to run it.
    pub agent_id: Nullable<String>,
    /// File that is started.
    pub resolved_path: Nullable<String>,
    /// Conversation it belongs to.
    pub session_key: Nullable<String>,
    /// Answers that are possible.
    pub allowed_decisions: Vec<ApprovalDecision>,
    /// Node it runs on.
    pub node_id: Nullable<String>,
    /// The plan that a node host will execute.
    pub system_run_plan: Nullable<Map<String, Value>>,
    /// What the decision is bound to.
    pub system_run_binding: Nullable<ApprovalBinding>,
    /// Always null: commands are shown whole, not analysed.
    pub command_analysis: Nullable<Map<String, Value>>,
    /// What to look out for.
    pub warning_text: Nullable<String>,
    /// Session id of the conversation.
    pub session_id: Nullable<String>,
    /// Run that waits.
    pub run_id: Nullable<String>,
    /// Tool call that waits.
    pub tool_call_id: Nullable<String>,
    /// Channel of the message that led here.
    pub turn_source_channel: Nullable<String>,
    /// Its recipient.
    pub turn_source_to: Nullable<String>,
    /// Its account.
    pub turn_source_account_id: Nullable<String>,
    /// Its thread.
    pub turn_source_thread_id: Nullable<String>,
}

impl Default for ApprovalCommand {
    fn default() -> Self {
        Self {
            command: String::new(),
            command_argv: Nullable::Null,
            env_keys: Nullable::Null,
            cwd: Nullable::Null,
            host: Nullable::Null,
            security: Nullable::Null,
            ask: Nullable::Null,
            agent_id: Nullable::Null,
            resolved_path: Nullable::Null,
            session_key: Nullable::Null,
            allowed_decisions: ApprovalDecision::ALL.to_vec(),
            node_id: Nullable::Null,
            system_run_plan: Nullable::Null,
            system_run_binding: Nullable::Null,
            command_analysis: Nullable::Null,
            warning_text: Nullable::Null,
            session_id: Nullable::Null,
            run_id: Nullable::Null,
            tool_call_id: Nullable::Null,
            turn_source_channel: Nullable::Null,
            turn_source_to: Nullable::Null,
            turn_source_account_id: Nullable::Null,
            turn_source_thread_id: Nullable::Null,
        }
    }
}

impl ApprovalCommand {
    fn in_v3(&self) -> OldApprovalCommand {
        OldApprovalCommand {
            command: self.command.clone(),
            cwd: self.cwd.clone(),
            host: self.host.clone(),
            security: self.security,
            ask: self.ask,
            agent_id: self.agent_id.clone(),
            resolved_path: self.resolved_path.clone(),
            session_key: self.session_key.clone(),
        }
    }
}

/// The eight keys of what is asked that protocol 3 knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OldApprovalCommand {
    /// The whole command as one line of text.
    pub command: String,
    /// Folder it runs in.
    pub cwd: Nullable<String>,
    /// Where it runs.
    pub host: Nullable<String>,
    /// Which commands run at all, there.
    pub security: Nullable<ExecSecurityMode>,
    /// When somebody is asked, there.
    pub ask: Nullable<ExecAskMode>,
    /// Agent that wants to run it.
    pub agent_id: Nullable<String>,
    /// File that is started.
    pub resolved_path: Nullable<String>,
    /// Conversation it belongs to.
    pub session_key: Nullable<String>,
}

/// What a decision is bound to. Whoever executes something else executes
/// something that was not approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalBinding {
    /// Hex SHA-256 over the whole plan: program, arguments, folder, environment,
    /// standard input.
    pub plan_hash: String,
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Folder.
    #[serde(default)]
    pub cwd: Nullable<String>,
    /// Agent.
    #[serde(default)]
    pub agent_id: Nullable<String>,
    /// Conversation.
    #[serde(default)]
    pub session_key: Nullable<String>,
    /// Hex SHA-256 over the variables that the command adds; null for none.
    #[serde(default)]
    pub env_hash: Nullable<String>,
}

/// Which kind of approval an event is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ApprovalKind {
    /// A command.
    #[default]
    Exec,
}

/// Event `exec.approval.requested`; also the entries of `exec.approval.list`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalRequested {
    /// Names the request until it is decided or expires.
    pub id: String,
    /// Which kind.
    #[serde(default)]
    pub approval_kind: ApprovalKind,
    /// What is asked.
    pub request: ApprovalCommand,
    /// Epoch milliseconds.
    pub created_at_ms: i64,
    /// Epoch milliseconds; without an answer by then it counts as denied.
    pub expires_at_ms: i64,
}

impl Event for ApprovalRequested {
    const NAME: &'static str = "exec.approval.requested";
    const AUDIENCE: Audience = Audience::Scope(Scope::Approvals);
    const ON_SLOW: OnSlow = OnSlow::Drop;

    fn in_v3(&self) -> Option<Value> {
        let old = OldApprovalRequested {
            id: self.id.clone(),
            request: self.request.in_v3(),
            created_at_ms: self.created_at_ms,
            expires_at_ms: self.expires_at_ms,
        };
        serde_json::to_value(old).ok()
    }
}

/// Event `exec.approval.requested` as protocol 3 has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OldApprovalRequested {
    /// Names the request until it is decided or expires.
    pub id: String,
    /// What is asked.
    pub request: OldApprovalCommand,
    /// Epoch milliseconds.
    pub created_at_ms: i64,
    /// Epoch milliseconds; without an answer by then it counts as denied.
    pub expires_at_ms: i64,
}

/// Why a request ended without anybody's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TerminalReason {
    /// Nobody answered in time.
    Timeout,
    /// Nobody was connected who could have answered.
    NoApprovalRoute,
    /// What wanted to run the command was stopped.
    Cancelled,
}

/// Event `exec.approval.resolved`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalResolved {
    /// The request.
    pub id: String,
    /// The outcome; `deny` also when nobody answered.
    pub decision: ApprovalDecision,
    /// Who answered; null when nobody did.
    pub resolved_by: Nullable<String>,
    /// When, epoch milliseconds.
    pub ts: i64,
    /// What was asked.
    pub request: ApprovalCommand,
    /// Why it ended without an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminal_reason: Option<TerminalReason>,
}

impl Event for ApprovalResolved {
    const NAME: &'static str = "exec.approval.resolved";
    const AUDIENCE: Audience = Audience::Scope(Scope::Approvals);
    const ON_SLOW: OnSlow = OnSlow::Drop;

    fn in_v3(&self) -> Option<Value> {
        let old = OldApprovalResolved {
            id: self.id.clone(),
            decision: self.decision,
            resolved_by: self.resolved_by.clone(),
            ts: self.ts,
        };
        serde_json::to_value(old).ok()
    }
}

/// Event `exec.approval.resolved` as protocol 3 has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OldApprovalResolved {
    /// The request.
    pub id: String,
    /// The outcome; `deny` also when nobody answered.
    pub decision: ApprovalDecision,
    /// Who answered; null when nobody did.
    pub resolved_by: Nullable<String>,
    /// When, epoch milliseconds.
    pub ts: i64,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn old_clients_see_eight_keys_with_null_for_unknown() {
        let request =
            ApprovalCommand { command: "ls -l".into(), cwd: Nullable::Value("/w".into()), ..Default::default() };
        let event = ApprovalRequested {
            id: "a".into(),
            approval_kind: ApprovalKind::Exec,
            request,
            created_at_ms: 1,
            expires_at_ms: 2,
        };
        let v3 = event.in_v3().unwrap();
        assert_eq!(
            v3,
            json!({"id": "a", "createdAtMs": 1, "expiresAtMs": 2, "request": {"command": "ls -l", "cwd": "/w",
                "host": null, "security": null, "ask": null, "agentId": null, "resolvedPath": null, "sessionKey": null}})
        );
        let v4 = serde_json::to_value(&event).unwrap();
        assert_eq!((&v4["approvalKind"], &v4["request"]["nodeId"]), (&json!("exec"), &Value::Null));
        assert_eq!(v4["request"]["allowedDecisions"], json!(["allow-once", "allow-always", "deny"]));
        assert_eq!(serde_json::from_value::<ApprovalRequested>(v4).unwrap(), event);
    }
}
