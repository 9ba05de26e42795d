//! What a run gives its tools: the rules, and whoever can be asked.

use std::path::PathBuf;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use postern_protocol::approvals::{ApprovalBinding, ApprovalCommand, ApprovalDecision, TerminalReason};
use postern_protocol::system::Nullable;
use postern_tools::exec::policy::{
    Command, ExecModes, ExecOverrides, Layers, Verdict, env_hash, listed, without_approver,
};
use postern_tools::{ExecDecision, ExecGate, ExecPlan};

use super::Approvals;
use super::record::{ApprovalRequest, DEFAULT_TIMEOUT, Origin, Outcome};

/// On whose behalf commands run.
#[derive(Debug, Clone)]
pub struct RunScope {
    /// Agent.
    pub agent_id: String,
    /// Canonical session key.
    pub session_key: String,
    /// Session id.
    pub session_id: Option<String>,
    /// Run; `None` for a tool that a client calls by itself.
    pub run_id: Option<String>,
    /// Root of the agent's workspace, links resolved.
    pub workspace: PathBuf,
    /// What the configuration says (`ExecModes::from(&config.tools.exec)`).
    pub base: ExecModes,
    /// What the conversation says.
    pub overrides: ExecOverrides,
}

/// Decides about the commands of one run, or of one tool call of it.
#[derive(Clone)]
pub struct Gate {
    approvals: Approvals,
    scope: Arc<RunScope>,
    tool_call_id: Option<String>,
}

impl Gate {
    /// The gate of a run.
    #[must_use]
    pub fn new(approvals: Approvals, scope: RunScope) -> Self {
        Self { approvals, scope: Arc::new(scope), tool_call_id: None }
    }

    /// The same gate for one tool call, whose id approvers are shown.
    #[must_use]
    pub fn for_call(&self, tool_call_id: &str) -> Self {
        Self { tool_call_id: Some(tool_call_id.to_owned()), ..self.clone() }
    }

    fn judge(&self, plan: &ExecPlan) -> Judged {
        let scope = &self.scope;
        let rules = self.approvals.current_rules();
        let command = Command::of(plan, &scope.workspace);
        let is_listed = listed(&rules, &scope.agent_id, &command).is_some();
        let layers = Layers::new(scope.base, &rules, &scope.agent_id, &scope.overrides);
        let mut verdict = layers.verdict(is_listed);
        if verdict == Verdict::Ask && !self.approvals.has_approver(None) {
            verdict = without_approver(&rules, &scope.agent_id, is_listed);
        }
        if verdict == Verdict::Allow && is_listed {
            self.approvals.used(&scope.agent_id, &command, &plan.command_text());
        }
        Judged { verdict, command, layers }
    }

    fn ask(&self, plan: &ExecPlan, judged: &Judged) -> ApprovalRequest {
        let scope = &self.scope;
        let plan_hash = plan.hash();
        // "Always" is offered only where it would change anything, and where the same
        // words are the same deed tomorrow.
        let can_always = judged.command.is_lasting && judged.layers.verdict(true) == Verdict::Allow;
        let allowed = ApprovalDecision::ALL.into_iter();
        let allowed = allowed.filter(|decision| can_always || *decision != ApprovalDecision::AllowAlways);
        let env_keys: Vec<String> = plan.added_env().map(|(name, _)| name.to_owned()).collect();
        let modes = judged.layers.shown();
        let text = |value: &str| Nullable::Value(value.to_owned());
        let cwd = plan.cwd().display().to_string();
        let binding = ApprovalBinding {
            plan_hash: plan_hash.clone(),
            argv: plan.argv().to_vec(),
            cwd: text(&cwd),
            agent_id: text(&scope.agent_id),
            session_key: text(&scope.session_key),
            env_hash: Nullable::from(env_hash(plan.added_env())),
        };
        let command = ApprovalCommand {
            command: plan.command_text(),
            command_argv: Nullable::Value(plan.argv().to_vec()),
            env_keys: if env_keys.is_empty() { Nullable::Null } else { Nullable::Value(env_keys) },
            cwd: text(&cwd),
            host: text("gateway"),
            security: Nullable::from(modes.map(|modes| modes.security)),
            ask: Nullable::from(modes.map(|modes| modes.ask)),
            agent_id: text(&scope.agent_id),
            resolved_path: text(&plan.program().display().to_string()),
            session_key: text(&scope.session_key),
            allowed_decisions: allowed.collect(),
            system_run_binding: Nullable::Value(binding),
            warning_text: Nullable::from(warning(plan)),
            session_id: Nullable::from(scope.session_id.clone()),
            run_id: Nullable::from(scope.run_id.clone()),
            tool_call_id: Nullable::from(self.tool_call_id.clone()),
            ..ApprovalCommand::default()
        };
        ApprovalRequest {
            id: None,
            origin: Origin::Session(scope.session_key.clone()),
            command,
            plan_hash,
            remember: Some(judged.command.remembered_as()),
            timeout: DEFAULT_TIMEOUT,
        }
    }
}

struct Judged {
    verdict: Verdict,
    command: Command,
    layers: Layers,
}

impl ExecGate for Gate {
    fn decide(&self, plan: Arc<ExecPlan>) -> BoxFuture<'static, ExecDecision> {
        let gate = self.clone();
        async move {
            let judged = gate.judge(&plan);
            match judged.verdict {
                Verdict::Allow => return ExecDecision::Allowed,
                Verdict::Deny(reason) => return denied(reason),
                Verdict::Ask => {}
            }
            let mut waiting = match gate.approvals.request(gate.ask(&plan, &judged)) {
                Ok(waiting) => waiting,
                Err(error) => return denied(&error.to_string()),
            };
            let withdraw = Withdraw { approvals: gate.approvals.clone(), id: Arc::clone(&waiting.id) };
            let outcome = waiting.decided().await;
            drop(withdraw);
            decision(&outcome)
        }
        .boxed()
    }
}

fn decision(outcome: &Outcome) -> ExecDecision {
    match outcome {
        Outcome::Answered(ApprovalDecision::AllowOnce | ApprovalDecision::AllowAlways) => ExecDecision::Allowed,
        Outcome::Answered(ApprovalDecision::Deny) => denied("it was denied by a person; do not try it in another way"),
        Outcome::Unanswered(TerminalReason::Timeout) => denied("nobody approved it in time"),
        Outcome::Unanswered(TerminalReason::NoApprovalRoute) => denied("nobody is connected who could approve it"),
        Outcome::Unanswered(TerminalReason::Cancelled) => denied("the run was stopped"),
    }
}

fn denied(reason: &str) -> ExecDecision {
    ExecDecision::Denied { reason: reason.to_owned() }
}

/// Takes the question back when whoever asked stops waiting.
struct Withdraw {
    approvals: Approvals,
    id: Arc<str>,
}

impl Drop for Withdraw {
    fn drop(&mut self) {
        // Nothing happens to a request that has ended.
        self.approvals.cancel(&self.id);
    }
}

fn warning(plan: &ExecPlan) -> Option<String> {
    let mut parts = Vec::new();
    let names: Vec<&str> = plan.added_env().map(|(name, _)| name).collect();
    if !names.is_empty() {
        parts.push(format!("It sets variables: {}.", names.join(", ")));
    }
    if let Some(stdin) = plan.stdin() {
        parts.push(format!("It reads {} bytes that the agent wrote.", stdin.len()));
    }
    (!parts.is_empty()).then(|| parts.join(" "))
}
