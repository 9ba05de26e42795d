//! What `system.run` and `system.run.prepare` take, and the one plan that is made of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use postern_protocol::approvals::ApprovalDecision;
use postern_tools::exec::policy::shown_as;
use postern_tools::{ExecPlan, PlanRequest};
use serde::Deserialize;

use crate::approvals::{Approval, Judged};
use crate::commands::{Host, Invoke, blocking};
use crate::refusal::{Outcome, Refusal};

/// The longest a command may take, whatever the caller says.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
/// What is left of the caller's patience for the answer's way.
const FOR_THE_WAY: Duration = Duration::from_millis(250);

/// Params of both.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RunParams {
    pub(super) command: Vec<String>,
    #[serde(default)]
    raw_command: Option<String>,
    #[serde(default)]
    cwd: Option<String>,
    #[serde(default)]
    env: Option<BTreeMap<String, String>>,
    #[serde(default)]
    timeout_ms: Option<u64>,
    #[serde(default)]
    agent_id: Option<String>,
    #[serde(default)]
    session_key: Option<String>,
    #[serde(default)]
    approved: Option<bool>,
    #[serde(default)]
    approval_decision: Option<String>,
    #[serde(default)]
    run_id: Option<String>,
    #[serde(default)]
    system_run_plan: Option<ShownPlan>,
    #[serde(default)]
    suppress_notify_on_exit: Option<bool>,
}

/// The plan as it was shown to whoever approved it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ShownPlan {
    argv: Vec<String>,
    #[serde(default)]
    cwd: Option<String>,
    #[serde(default)]
    plan_hash: Option<String>,
}

/// A plan, judged.
pub(super) struct Planned {
    pub(super) plan: ExecPlan,
    pub(super) judged: Judged,
}

impl RunParams {
    pub(super) fn agent_id(&self) -> &str {
        self.agent_id.as_deref().map(str::trim).filter(|id| !id.is_empty()).unwrap_or("main")
    }

    pub(super) fn run_id(&self) -> Option<&str> {
        self.run_id.as_deref().map(str::trim).filter(|id| !id.is_empty())
    }

    /// Session that hears what becomes of it.
    pub(super) fn session<'a>(&'a self, call: &'a Invoke) -> Option<&'a str> {
        self.session_key.as_deref().or(call.session_key.as_deref()).map(str::trim).filter(|key| !key.is_empty())
    }

    pub(super) fn agent_and_session(&self) -> (Option<&str>, Option<&str>) {
        (self.agent_id.as_deref(), self.session_key.as_deref())
    }

    pub(super) fn is_quiet(&self) -> Option<bool> {
        self.suppress_notify_on_exit
    }

    /// What the gateway says was approved; it sets these fields only after it has looked into its own records.
    pub(super) fn approval(&self) -> Outcome<Approval<'_>> {
        let said = self.approval_decision.as_deref().map(|word| {
            ApprovalDecision::parse(word)
                .ok_or_else(|| Refusal::invalid("approvalDecision must be allow-once, allow-always or deny"))
        });
        let decision = match (self.approved, said.transpose()?) {
            (Some(true), None) => Some(ApprovalDecision::AllowOnce),
            (Some(true), decision) => decision,
            (Some(false), _) => Some(ApprovalDecision::Deny),
            (None, Some(ApprovalDecision::Deny)) => Some(ApprovalDecision::Deny),
            // A decision that nobody stands for is none.
            (None, _) => None,
        };
        let plan_hash = self.system_run_plan.as_ref().and_then(|plan| plan.plan_hash.as_deref());
        Ok(Approval { decision, run_id: self.run_id(), plan_hash })
    }

    /// The plan, as the rules see it. Looks at the disk, so it is made on a thread that may block.
    pub(super) async fn plan(&self, host: &Arc<Host>, call: &Invoke) -> Outcome<Planned> {
        self.check_words()?;
        let request = PlanRequest {
            cwd: self.cwd.as_deref().map(str::trim).filter(|cwd| !cwd.is_empty()).map(str::to_owned),
            env: self.env.clone().unwrap_or_default(),
            timeout: self.timeout_ms.filter(|ms| *ms > 0).map(Duration::from_millis),
            ..PlanRequest::program(self.command.iter().cloned())
        };
        let (host, agent_id) = (Arc::clone(host), self.agent_id().to_owned());
        let limit = call.limit.saturating_sub(FOR_THE_WAY).clamp(FOR_THE_WAY, LONGEST);
        let shown = self.system_run_plan.as_ref().and_then(|plan| plan.cwd.clone());
        let planning = blocking(move || {
            let options = &host.options;
            let plan = ExecPlan::anywhere(request, &options.home, &options.command_env, limit)
                .map_err(|error| Refusal::invalid(error.to_string()))?;
            if shown.is_some_and(|shown| options.home.join(shown).canonicalize().ok().as_deref() != Some(plan.cwd())) {
                return Err(Refusal::invalid("cwd is not that of systemRunPlan, which was approved"));
            }
            let judged = host.judge.look(&plan, &agent_id);
            Ok(Planned { plan, judged })
        });
        planning.await
    }

    /// What people are shown must be what runs.
    fn check_words(&self) -> Outcome<()> {
        if self.command.first().is_none_or(|program| program.trim().is_empty()) {
            return Err(Refusal::invalid("command must be a program with its arguments, such as [\"ls\", \"-l\"]"));
        }
        let raw = self.raw_command.as_deref().map(str::trim).filter(|raw| !raw.is_empty());
        if raw.is_some_and(|raw| shown_as(raw, Some(&self.command)).is_none()) {
            return Err(Refusal::invalid("rawCommand does not match command: leave it out, or write the same words"));
        }
        if self.system_run_plan.as_ref().is_some_and(|plan| plan.argv != self.command) {
            return Err(Refusal::invalid("command is not that of systemRunPlan, which was approved"));
        }
        Ok(())
    }
}
