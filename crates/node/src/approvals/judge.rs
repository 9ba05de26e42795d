//! The rules of this computer, and what people approved at the gateway, applied to one command.

use std::sync::Arc;

use postern_client::WallClock;
use postern_protocol::approvals::{ApprovalDecision, ExecAskMode, ExecRules, ExecSecurityMode};
use postern_tools::ExecPlan;
use postern_tools::exec::policy::{Command, ExecModes, ExecOverrides, Layers, Verdict, effective, listed};

use super::asked::{self, Asked};
use super::file::ApprovalsFile;
use crate::refusal::Refusal;

/// What holds where the rules say nothing.
const UNSAID: ExecModes = ExecModes { security: ExecSecurityMode::Allowlist, ask: ExecAskMode::OnMiss };

/// What the gateway says was approved. It has compared it with its own records.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Approval<'a> {
    pub(crate) decision: Option<ApprovalDecision>,
    pub(crate) run_id: Option<&'a str>,
    /// Hash of the plan that was shown, where the gateway keeps it.
    pub(crate) plan_hash: Option<&'a str>,
}

/// Decides about commands.
pub(crate) struct Judge {
    pub(crate) file: ApprovalsFile,
    pub(crate) asked: Asked,
    pub(crate) clock: WallClock,
}

/// A plan and how it stands to the rules.
pub(crate) struct Judged {
    pub(crate) command: Command,
    verdict: Verdict,
    modes: ExecModes,
    is_listed: bool,
}

impl Judged {
    /// Whether somebody has to be asked.
    pub(crate) fn asks(&self) -> bool {
        self.verdict == Verdict::Ask
    }

    /// The modes that hold for it.
    pub(crate) const fn modes(&self) -> ExecModes {
        self.modes
    }
}

/// The modes of an agent. On a node host nothing stands above its own rules.
pub(crate) fn modes(rules: &ExecRules, agent_id: &str) -> ExecModes {
    let said = effective(rules, agent_id);
    ExecModes { security: said.security.unwrap_or(UNSAID.security), ask: said.ask.unwrap_or(UNSAID.ask) }
}

impl Judge {
    /// What the rules say about a plan.
    pub(crate) fn look(&self, plan: &ExecPlan, agent_id: &str) -> Judged {
        let rules: Arc<ExecRules> = self.file.rules();
        // Programs in the folder it runs in count as its own work.
        let command = Command::of(plan, plan.cwd());
        let is_listed = listed(&rules, agent_id, &command).is_some();
        let modes = modes(&rules, agent_id);
        let nothing = (ExecRules::default(), ExecOverrides::default());
        let verdict = Layers::new(modes, &nothing.0, agent_id, &nothing.1).verdict(is_listed);
        Judged { command, verdict, modes, is_listed }
    }

    /// Notes that somebody is asked about a plan.
    pub(crate) fn asking(&self, plan: &ExecPlan, judged: &Judged, run_id: Option<&str>) {
        let words = words(plan);
        self.asked.note(question(plan, judged, &words, run_id));
    }

    /// Whether it runs now.
    pub(crate) fn decide(
        &self,
        plan: &ExecPlan,
        judged: &Judged,
        agent_id: &str,
        approval: Approval<'_>,
    ) -> Result<(), Refusal> {
        let now_ms = (self.clock)();
        match &judged.verdict {
            Verdict::Deny(_) if judged.modes.security == ExecSecurityMode::Deny => {
                return Err(Refusal::new("SYSTEM_RUN_DISABLED", "SYSTEM_RUN_DISABLED: security=deny on this node"));
            }
            Verdict::Deny(_) => return Err(Refusal::denied("allowlist miss")),
            Verdict::Allow => {
                if judged.is_listed {
                    self.file.used(agent_id, &judged.command, &plan.command_text(), now_ms);
                }
                return Ok(());
            }
            Verdict::Ask => {}
        }
        match approval.decision {
            Some(ApprovalDecision::AllowOnce | ApprovalDecision::AllowAlways) => {}
            Some(ApprovalDecision::Deny) => return Err(Refusal::denied("denied by a person")),
            None => {
                self.asking(plan, judged, approval.run_id);
                return Err(Refusal::denied("approval required"));
            }
        }
        let words = words(plan);
        let is_shown_plan = approval.plan_hash.is_none_or(|hash| hash == judged.command.exact);
        if !is_shown_plan || !self.asked.agrees(question(plan, judged, &words, approval.run_id)) {
            return Err(Refusal::denied("approval is for another command, folder, program or environment; ask again"));
        }
        if approval.decision == Some(ApprovalDecision::AllowAlways) && judged.command.is_lasting {
            let kept = self.file.remember(agent_id, &judged.command, &plan.command_text(), now_ms);
            if let Err(refusal) = kept {
                tracing::warn!(%refusal, "A command was allowed for good, and that could not be written down.");
            }
        }
        Ok(())
    }
}

/// Words and folder, without what may be missing from a question.
fn words(plan: &ExecPlan) -> String {
    format!("{}\0{}", plan.argv().join("\0"), plan.cwd().display())
}

fn question<'a>(plan: &ExecPlan, judged: &'a Judged, words: &'a str, run_id: Option<&'a str>) -> asked::Command<'a> {
    let with_env = plan.added_env().next().is_some();
    asked::Command { run_id, words, exact: &judged.command.exact, with_env }
}

#[cfg(unix)]
#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
