//! Events of the gateway that are about this session.

use postern_client::GatewayEvent;
use postern_protocol::approvals::{ApprovalRequested, ApprovalResolved};
use postern_protocol::call::Event;
use postern_protocol::chat::{AgentEvent, ChatEvent, ChatState, MessageRole};
use postern_protocol::sessions::SessionMessage;
use serde_json::Value;

use super::conversation::Conversation;
use super::send::End;
use super::shown::Piece;
use crate::output::printable;

/// Longest note about a tool call, characters.
const LONGEST_NOTE: usize = 120;

impl Conversation {
    /// Shows what an event tells.
    pub(super) fn hear(&mut self, event: &GatewayEvent) {
        if let Some(event) = known::<ChatEvent>(event) {
            self.hear_chat(&event);
        } else if let Some(event) = known::<AgentEvent>(event) {
            self.hear_agent(&event);
        } else if let Some(event) = known::<SessionMessage>(event) {
            self.hear_message(&event);
        } else if let Some(event) = known::<ApprovalRequested>(event) {
            self.asked(event);
        } else if let Some(event) = known::<ApprovalResolved>(event) {
            self.resolved(&event);
        }
    }

    /// Whether a run is shown: at a terminal all of this session, elsewhere those
    /// that were asked for here.
    pub(super) fn shows(&self, run: &str) -> bool {
        !self.over.knows(run) && (self.screen.is_person() || self.is_own(run))
    }

    fn is_own(&self, run: &str) -> bool {
        self.sent.iter().any(|sent| sent.id.as_str() == run)
    }

    fn hear_chat(&mut self, event: &ChatEvent) {
        if event.session_key != self.canonical || !self.shows(&event.run_id) {
            return;
        }
        let words = event.message.as_ref().map(|message| message.words());
        let shown = self.runs.entry(event.run_id.clone()).or_default();
        let piece = match (event.state, words) {
            (ChatState::Status, _) => return,
            (ChatState::Delta, Some(whole)) => shown.whole(&whole),
            (ChatState::Delta, None) if event.replace == Some(true) => {
                shown.whole(event.delta_text.as_deref().unwrap_or_default())
            }
            (ChatState::Delta, None) => shown.more(event.delta_text.as_deref().unwrap_or_default()),
            (ChatState::Final | ChatState::Aborted, words) => shown.end(&words.unwrap_or_default()),
            // What failed may come with words about it; the reason is told below.
            (ChatState::Error, words) => shown.end(&words.unwrap_or_default()),
        };
        self.show(&event.run_id, &piece);
        match event.state {
            ChatState::Status | ChatState::Delta => {}
            ChatState::Final => self.end(&event.run_id, End::Answered),
            ChatState::Aborted => self.end(&event.run_id, End::Stopped),
            ChatState::Error => {
                let why = event.error_message.clone().unwrap_or_else(|| "the run failed".to_owned());
                self.end(&event.run_id, End::Failed(why));
            }
        }
    }

    /// Puts a piece on the screen.
    pub(super) fn show(&mut self, run: &str, piece: &Piece) {
        self.screen.answer((&self.agent, run), piece);
    }

    fn hear_agent(&mut self, event: &AgentEvent) {
        let ours = event.session_key.as_deref() == Some(self.canonical.as_str()) && self.shows(&event.run_id);
        if !ours || event.stream != "tool" {
            return;
        }
        let name = event.data["name"].as_str().unwrap_or("tool");
        match event.data["phase"].as_str() {
            Some("start") => {
                if let Some(shown) = self.runs.get_mut(&event.run_id) {
                    shown.next();
                }
                self.screen.note(&tool_note(name, &event.data["args"]));
            }
            Some("result") if event.data["isError"] == true => {
                self.screen.note(&tool_note(&format!("{name} failed:"), &event.data["result"]["content"][0]["text"]));
            }
            _ => {}
        }
    }

    /// Messages that others said in this session.
    fn hear_message(&mut self, event: &SessionMessage) {
        if event.session_key == self.canonical && event.message.role == MessageRole::User {
            let run = event.message.place.as_ref().and_then(|place| place.run_id.as_deref());
            self.said_by_others(&event.message_id, run, &event.message.words());
        }
    }

    /// Shows a message of somebody else, once.
    pub(super) fn said_by_others(&mut self, id: &str, run: Option<&str>, words: &str) {
        let own = run.is_some_and(|run| self.is_own(run) || self.over.knows(run));
        if !own && !self.over.knows(id) {
            self.over.note(id);
            self.screen.message("you, elsewhere", words);
        }
    }
}

fn known<E: Event>(event: &GatewayEvent) -> Option<E> {
    event.read::<E>().and_then(Result::ok)
}

/// One line about a tool call.
fn tool_note(name: &str, about: &Value) -> String {
    let about = match about {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let note = printable(&format!("  · {name} {}", about.split_whitespace().collect::<Vec<_>>().join(" ")));
    match note.char_indices().nth(LONGEST_NOTE) {
        Some((end, _)) => format!("{}…", &note[..end]),
        None => note,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_tool_call_is_one_harmless_line() {
        assert_eq!(tool_note("exec", &json!({"command": "ls"})), "  · exec {\"command\":\"ls\"}");
        assert_eq!(tool_note("exec failed:", &json!("no\n\u{1b}[31m such")), "  · exec failed: no \u{fffd}[31m such");
        assert_eq!(tool_note("x", &json!("y".repeat(500))).chars().count(), LONGEST_NOTE + 1);
    }
}
