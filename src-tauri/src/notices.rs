//! What the desktop is told: one notice for each device or command that waits,
//! withdrawn as soon as somebody has answered, wherever that was.

#[cfg(target_os = "linux")]
#[path = "notices/freedesktop.rs"]
mod desktop;
#[cfg(not(target_os = "linux"))]
#[path = "notices/plugin.rs"]
mod desktop;

use std::collections::BTreeMap;

use postern::host::now_ms;
use postern_protocol::approvals::{ApprovalDecision, ApprovalRequested};
use postern_protocol::pairing::PairingRequest;
use postern_protocol::system::Nullable;
use tauri::AppHandle;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use crate::actions::Action;
use crate::link::{Facts, Link, short};
use crate::texts;

/// Plain notices that may wait.
const WAITING: usize = 16;
/// A pairing request lives this long, if the gateway does not say otherwise.
const PAIRING_MS: i64 = 5 * 60 * 1_000;

/// Something said once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plain {
    /// What.
    pub(crate) title: String,
    /// More about it.
    pub(crate) body: String,
}

impl Plain {
    /// A notice without a question.
    pub(crate) fn new(title: impl Into<String>, body: impl Into<String>) -> Self {
        Self { title: title.into(), body: body.into() }
    }
}

/// A question that somebody should answer.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Question {
    /// What there is at most one notice about: a device, a command.
    about: String,
    /// The request; another one takes the place of the former.
    request: String,
    title: String,
    lines: Vec<String>,
    expires_at_ms: i64,
    /// What can be answered here, where the desktop has buttons.
    answers: Vec<(Action, &'static str)>,
    /// What a click elsewhere does.
    opens: Action,
}

/// The handle to it.
#[derive(Clone)]
pub(crate) struct Notices {
    plain: mpsc::Sender<Plain>,
}

impl Notices {
    /// Ready to be told things; they are shown once [`follow`] runs.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Plain>) {
        let (plain, said) = mpsc::channel(WAITING);
        (Self { plain }, said)
    }

    /// Shows something once.
    pub(crate) fn say(&self, plain: Plain) {
        tracing::info!(title = plain.title, body = plain.body, "Told the desktop.");
        // Full means that the desktop shows nothing anyway.
        drop(self.plain.try_send(plain));
    }
}

/// Keeps the notices as the facts are, until the program ends.
pub(crate) fn follow(runtime: &Handle, app: AppHandle, link: &Link, mut said: mpsc::Receiver<Plain>) {
    let mut facts = link.watch();
    runtime.spawn(async move {
        let mut desktop = desktop::Desktop::connect(app).await;
        let mut shown: BTreeMap<String, (String, u32)> = BTreeMap::new();
        facts.mark_changed();
        loop {
            tokio::select! {
                changed = facts.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let wanted = questions(&facts.borrow_and_update());
                    reconcile(&mut desktop, &mut shown, wanted).await;
                }
                Some(plain) = said.recv() => desktop.say(&plain).await,
            }
        }
    });
}

async fn reconcile(desktop: &mut desktop::Desktop, shown: &mut BTreeMap<String, (String, u32)>, wanted: Vec<Question>) {
    let gone: Vec<String> =
        shown.keys().filter(|about| !wanted.iter().any(|one| one.about == **about)).cloned().collect();
    for about in gone {
        if let Some((_, id)) = shown.remove(&about) {
            desktop.withdraw(id).await;
        }
    }
    for question in wanted {
        let before = shown.get(&question.about);
        // A device that asks again and again is one question.
        if before.is_some_and(|(request, _)| *request == question.request) {
            continue;
        }
        let replaces = before.map(|(_, id)| *id);
        if let Some(id) = desktop.ask(&question, &body(&question, now_ms()), replaces).await {
            shown.insert(question.about, (question.request, id));
        }
    }
}

fn questions(facts: &Facts) -> Vec<Question> {
    let pairings = facts.pairings.iter().map(|request| {
        let name = request.display_name.as_deref().unwrap_or(&request.device_id);
        let (id, device) = (request.request_id.clone(), request.device_id.clone());
        let lines = pairing_lines(request);
        let answers = vec![
            (Action::Approve { request: id.clone(), device: device.clone() }, texts::APPROVE),
            (Action::Reject { request: id.clone(), device: device.clone() }, texts::REJECT),
        ];
        Question {
            about: device,
            request: id,
            title: texts::wants_in(&short(name, 40)),
            answers: if is_whole(&lines) { answers } else { Vec::new() },
            lines,
            expires_at_ms: request.expires_at_ms.unwrap_or_else(|| request.ts.saturating_add(PAIRING_MS)),
            opens: Action::ShowDevices,
        }
    });
    let commands = facts.approvals.iter().map(|request| {
        let lines = command_lines(request);
        let decide = |decision, text| (Action::Decide { id: request.id.clone(), decision }, text);
        let mut answers =
            vec![decide(ApprovalDecision::AllowOnce, texts::ALLOW_ONCE), decide(ApprovalDecision::Deny, texts::DENY)];
        answers.retain(|(action, _)| is_possible(action, &request.request.allowed_decisions));
        Question {
            about: format!("exec:{}", request.id),
            request: request.id.clone(),
            title: texts::wants_to_run(&short(&request.request.command, 60)),
            // What does not fit must be read in the window before it is answered.
            answers: if is_whole(&lines) { answers } else { Vec::new() },
            lines,
            expires_at_ms: request.expires_at_ms,
            opens: Action::ShowApprovals,
        }
    });
    pairings.chain(commands).collect()
}

/// Longest line that menus and notices show whole; a fingerprint fits.
pub(crate) const LONGEST_WHOLE: usize = 96;

/// Whether somebody who reads these lines in a menu or notice has read everything.
pub(crate) fn is_whole(lines: &[String]) -> bool {
    lines.iter().all(|line| line.chars().count() <= LONGEST_WHOLE)
}

/// Whether the gateway takes this answer.
pub(crate) fn is_possible(action: &Action, allowed: &[ApprovalDecision]) -> bool {
    matches!(action, Action::Decide { decision, .. } if allowed.contains(decision))
}

/// Who asks to be let in, for menu and notice.
pub(crate) fn pairing_lines(request: &PairingRequest) -> Vec<String> {
    let mut lines = vec![format!("Fingerprint {}", postern::host::grouped(&request.device_id))];
    lines.extend(request.remote_ip.as_ref().map(|address| format!("From {address}")));
    let kind = [request.device_family.as_deref().or(request.platform.as_deref()), request.client_id.as_deref()];
    let kind: Vec<&str> = kind.into_iter().flatten().collect();
    if !kind.is_empty() {
        lines.push(kind.join(", "));
    }
    let role = request.role.map(|role| role.to_string());
    let short = |word: &'static str| word.strip_prefix("operator.").unwrap_or(word);
    let scopes = request.scopes.map(|scopes| scopes.words().into_iter().map(short).collect::<Vec<_>>().join(", "));
    let scopes = scopes.filter(|scopes| !scopes.is_empty());
    if let Some(role) = role {
        lines.push(scopes.map_or_else(|| format!("As {role}"), |scopes| format!("As {role}: {scopes}")));
    }
    lines.iter().map(|line| postern::host::printable(line)).collect()
}

/// What wants to run where, for menu and notice.
pub(crate) fn command_lines(request: &ApprovalRequested) -> Vec<String> {
    let asked = &request.request;
    let fact = |name: &str, value: &Nullable<String>| match value {
        Nullable::Value(value) if !value.is_empty() => Some(format!("{name} {value}")),
        _ => None,
    };
    let variables = match &asked.env_keys {
        Nullable::Value(names) if !names.is_empty() => Some(format!("Sets {}", names.join(", "))),
        _ => None,
    };
    let facts = [
        Some(asked.command.trim().to_owned()),
        fact("Starts", &asked.resolved_path),
        variables,
        fact("In", &asked.cwd),
        fact("On", &asked.host),
        fact("For agent", &asked.agent_id),
        fact("Careful:", &asked.warning_text),
    ];
    facts.into_iter().flatten().map(|line: String| postern::host::printable(&line)).collect()
}

/// Longest line of a notice that has no buttons.
const LONGEST_SHOWN: usize = 240;

fn body(question: &Question, now_ms: i64) -> String {
    let left = question.expires_at_ms.saturating_sub(now_ms).max(0);
    let minutes = (left + 59_999) / 60_000;
    let mut lines: Vec<String> = question.lines.iter().map(|line| short(line, LONGEST_SHOWN)).collect();
    lines.push(texts::answer_within(minutes));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn facts() -> Facts {
        let pairing = json!({
            "requestId": "r1", "deviceId": "0123456789abcdef", "publicKey": "k", "displayName": "Phone",
            "platform": "ios", "clientId": "openclaw-ios", "role": "operator",
            "scopes": ["operator.read", "operator.write"], "remoteIp": "192.0.2.7", "ts": 0
        });
        let command = json!({
            "id": "a1", "createdAtMs": 0, "expiresAtMs": 60_000,
            "request": {"command": "ls", "cwd": "/w", "host": "gateway", "allowedDecisions": ["allow-once", "deny"]}
        });
        Facts {
            pairings: vec![serde_json::from_value(pairing).unwrap()],
            approvals: vec![serde_json::from_value(command).unwrap()],
            ..Facts::default()
        }
    }

    #[test]
    fn a_notice_says_who_from_where_what_and_until_when() {
        let asked = questions(&facts());
        assert_eq!(asked[0].title, "Phone wants to connect");
        assert_eq!(
            body(&asked[0], 30_000),
            "Fingerprint 01234567 89abcdef\nFrom 192.0.2.7\nios, openclaw-ios\n\
             As operator: read, write\nAnswer within 5 minutes"
        );
        assert_eq!(asked[1].title, "Run ls?");
        assert_eq!(body(&asked[1], 0), "ls\nIn /w\nOn gateway\nAnswer within 1 minute");
        let device = "0123456789abcdef".to_owned();
        assert_eq!(asked[0].answers[0].0, Action::Approve { request: "r1".into(), device });
        assert_eq!(asked[1].answers.len(), 2);
    }

    #[test]
    fn a_command_that_does_not_fit_is_answered_in_the_window() {
        let mut facts = facts();
        facts.approvals[0].request.command = format!("echo {}; rm -rf ~", "x".repeat(LONGEST_WHOLE));
        let asked = questions(&facts);
        assert!(asked[1].answers.is_empty());
        assert_eq!(asked[1].opens, Action::ShowApprovals);
    }
}
