//! Commands that wait for an answer of whoever talks here.

use std::time::Instant;

use postern_protocol::access::Scope;
use postern_protocol::approvals::{
    ApprovalDecision, ApprovalRequested, ApprovalResolved, ExecApprovalList, ExecApprovalResolve,
    ExecApprovalResolveParams,
};
use postern_protocol::call::NoParams;
use postern_protocol::ids::ApprovalId;
use postern_protocol::system::Nullable;

use super::conversation::Conversation;
use super::waiting::Meant;
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
            self.approvals.keep(Instant::now(), |known| waiting.iter().any(|one| one.id == known.id));
            waiting.into_iter().for_each(|one| self.asked(one));
            self.show_waiting();
        }
    }

    /// A command waits.
    pub(super) fn asked(&mut self, one: ApprovalRequested) {
        if one.request.session_key != Nullable::Value(self.canonical.clone()) || !self.approvals.add(one.clone()) {
            return;
        }
        if self.screen.is_person() {
            self.show_waiting();
            if self.approvals.is_behind(&one.id) {
                self.screen.note("another command waits for an answer after this one");
            }
            return;
        }
        let (program, id) = (self.gateway.program(), printable(&one.id));
        self.tell_of(&one, &format!("  {program} approvals allow {id} (or deny {id})"));
    }

    /// Puts the command that is to be answered on the screen, unless it is there.
    fn show_waiting(&mut self) {
        if self.screen.is_person()
            && let Some(one) = self.approvals.show(Instant::now()).cloned()
        {
            self.tell_of(&one, "  y: this time   a: always   n: no");
        }
    }

    fn tell_of(&mut self, one: &ApprovalRequested, ways: &str) {
        let mut lines = vec![format!("the agent wants to run: {}", printable(&one.request.command))];
        if let Nullable::Value(folder) = &one.request.cwd {
            lines.push(format!("  in {}", printable(folder)));
        }
        if let Nullable::Value(warning) = &one.request.warning_text {
            lines.push(format!("  {}", printable(warning)));
        }
        lines.push(ways.to_owned());
        self.screen.alarm(&lines.join("\n"));
    }

    /// A command waits no longer.
    pub(super) fn resolved(&mut self, event: &ApprovalResolved) {
        if !self.approvals.keep(Instant::now(), |known| known.id != event.id) {
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
        self.show_waiting();
    }

    /// Takes an answer that was typed then; false when it answers nothing and is a message.
    pub(super) async fn answered(&mut self, answer: Answer, typed: Instant) -> bool {
        match self.approvals.meant(typed) {
            Meant::One(one) => self.decide(&one, answer).await,
            Meant::TooSoon => self.screen.note("not counted, this command has only just come up:"),
            Meant::Gone => self.screen.note("not counted, the command waits no longer"),
            Meant::Nothing => return false,
        }
        self.show_waiting();
        true
    }

    async fn decide(&mut self, one: &ApprovalRequested, answer: Answer) {
        let Ok(id) = ApprovalId::try_from(one.id.clone()) else { return };
        let plan_hash = match &one.request.system_run_binding {
            Nullable::Value(binding) => Some(binding.plan_hash.clone()),
            Nullable::Null => None,
        };
        let params = ExecApprovalResolveParams { id, decision: answer.decision().as_str().to_owned(), plan_hash };
        let resolved = self.gateway.client().call::<ExecApprovalResolve>(params).await;
        let still = match &resolved {
            Ok(_) => {
                self.screen.note(answer.told());
                false
            }
            Err(error) => {
                self.screen.alarm(&printable(&error.to_string()));
                error.shape().is_none()
            }
        };
        self.approvals.keep(Instant::now(), |known| known.id != one.id || still);
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
