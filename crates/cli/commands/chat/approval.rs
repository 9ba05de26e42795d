//! Commands that wait for an answer of whoever talks here.

use postern_protocol::access::Scope;
use postern_protocol::approvals::{
    ApprovalDecision, ApprovalRequested, ApprovalResolved, ExecApprovalList, ExecApprovalResolve,
    ExecApprovalResolveParams,
};
use postern_protocol::call::NoParams;
use postern_protocol::ids::ApprovalId;
use postern_protocol::system::Nullable;

use super::conversation::Conversation;
use crate::output::printable;

/// What was typed about a command that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Once,
    Always,
    No,
}

impl Answer {
    /// Reads `y`, `a`, `n` and their words; anything else is a message.
    pub(super) fn read(line: &str) -> Option<Self> {
        match line.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" => Some(Self::Once),
            "a" | "always" => Some(Self::Always),
            "n" | "no" => Some(Self::No),
            _ => None,
        }
    }

    const fn told(self) -> &'static str {
        match self {
            Self::Once => "allowed, this time",
            Self::Always => "allowed, now and from now on",
            Self::No => "denied",
        }
    }

    const fn decision(self) -> ApprovalDecision {
        match self {
            Self::Once => ApprovalDecision::AllowOnce,
            Self::Always => ApprovalDecision::AllowAlways,
            Self::No => ApprovalDecision::Deny,
        }
    }
}

impl Conversation {
    /// Looks for commands of this session that wait already.
    pub(super) async fn ask_about_approvals(&mut self) {
        if !self.gateway.scopes().allows(Scope::Approvals) {
            return;
        }
        // Whoever cannot be told now is told by the event.
        if let Ok(waiting) = self.gateway.client().call::<ExecApprovalList>(NoParams::default()).await {
            self.approvals.retain(|known| waiting.iter().any(|one| one.id == known.id));
            waiting.into_iter().for_each(|one| self.asked(one));
        }
    }

    /// A command waits.
    pub(super) fn asked(&mut self, one: ApprovalRequested) {
        let ours = one.request.session_key == Nullable::Value(self.canonical.clone());
        if !ours || self.approvals.iter().any(|known| known.id == one.id) {
            return;
        }
        let mut lines = vec![format!("the agent wants to run: {}", printable(&one.request.command))];
        if let Nullable::Value(folder) = &one.request.cwd {
            lines.push(format!("  in {}", printable(folder)));
        }
        if let Nullable::Value(warning) = &one.request.warning_text {
            lines.push(format!("  {}", printable(warning)));
        }
        lines.push(match self.screen.is_person() {
            true => "  y: this time   a: always   n: no".to_owned(),
            false => {
                let (program, id) = (self.gateway.program(), printable(&one.id));
                format!("  {program} approvals allow {id} (or deny {id})")
            }
        });
        self.screen.alarm(&lines.join("\n"));
        self.approvals.push_back(one);
    }

    /// A command waits no longer.
    pub(super) fn resolved(&mut self, event: &ApprovalResolved) {
        let before = self.approvals.len();
        self.approvals.retain(|known| known.id != event.id);
        if self.approvals.len() == before {
            return;
        }
        let command = printable(&event.request.command);
        self.screen.note(&match (event.decision, &event.resolved_by) {
            (ApprovalDecision::Deny, Nullable::Null) => {
                format!("nobody answered in time, so it does not run: {command}")
            }
            (ApprovalDecision::Deny, Nullable::Value(_)) => format!("denied: {command}"),
            (ApprovalDecision::AllowOnce | ApprovalDecision::AllowAlways, _) => format!("allowed: {command}"),
        });
    }

    /// Answers the request that waits the longest.
    pub(super) async fn decide(&mut self, answer: Answer) {
        let Some(one) = self.approvals.front().cloned() else { return };
        let Ok(id) = ApprovalId::try_from(one.id.clone()) else { return };
        let plan_hash = match &one.request.system_run_binding {
            Nullable::Value(binding) => Some(binding.plan_hash.clone()),
            Nullable::Null => None,
        };
        let params = ExecApprovalResolveParams { id, decision: answer.decision().as_str().to_owned(), plan_hash };
        match self.gateway.client().call::<ExecApprovalResolve>(params).await {
            Ok(_) => {
                self.approvals.retain(|known| known.id != one.id);
                self.screen.note(answer.told());
            }
            Err(error) => {
                self.screen.alarm(&printable(&error.to_string()));
                self.approvals.retain(|known| known.id != one.id || error.shape().is_none());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_clear_answers_are_answers() {
        let table = [("y", Some(Answer::Once)), (" Always ", Some(Answer::Always)), ("NO", Some(Answer::No))];
        for (line, want) in table {
            assert_eq!(Answer::read(line), want, "{line}");
        }
        for message in ["", "yes please", "why?", "/stop"] {
            assert_eq!(Answer::read(message), None, "{message}");
        }
    }
}
