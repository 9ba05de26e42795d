//! Makes a conversation acceptable to providers: every call has its result right behind it, and nothing else does.

use std::collections::HashSet;

use crate::{
    config::{InputKind, ModelSpec},
    request::{Message, Part, ToolCall},
};

/// What a call is answered with whose result was never stored.
const NO_RESULT: &str = "There is no result: the call was interrupted.";
/// What stands where an image was that the model cannot see.
pub(super) const NO_IMAGE: &str = "[an image that this model cannot see]";

/// The messages of a turn as a provider wants them. A run that was killed leaves calls without results; a history
/// that was shortened leaves results without calls. Providers refuse both.
pub(super) fn repaired(messages: &[Message]) -> Vec<Turn<'_>> {
    let mut turns = Vec::with_capacity(messages.len());
    let mut open: Vec<(&str, &str)> = Vec::new();
    let mut known = HashSet::new();
    for message in messages {
        match message {
            Message::ToolResult { call_id, name, content, is_error } => {
                if known.remove(call_id.as_str()) {
                    open.retain(|(id, _)| id != call_id);
                    turns.push(Turn::Result { call_id, name, content, is_error: *is_error });
                }
            }
            Message::User(parts) | Message::Assistant(parts) => {
                close(&mut open, &mut turns);
                known.clear();
                if is_empty(parts) {
                    continue;
                }
                if matches!(message, Message::User(_)) {
                    turns.push(Turn::User(parts));
                    continue;
                }
                turns.push(Turn::Assistant(parts));
                open.extend(calls(parts).map(|call| (call.id.as_str(), call.name.as_str())));
                known.extend(calls(parts).map(|call| call.id.as_str()));
            }
        }
    }
    close(&mut open, &mut turns);
    turns
}

fn close<'a>(open: &mut Vec<(&'a str, &'a str)>, turns: &mut Vec<Turn<'a>>) {
    for (call_id, name) in open.drain(..) {
        turns.push(Turn::Result { call_id, name, content: &[], is_error: true });
    }
}

/// The calls among some parts.
pub(super) fn calls(parts: &[Part]) -> impl Iterator<Item = &ToolCall> {
    parts.iter().filter_map(|part| match part {
        Part::ToolCall(call) => Some(call),
        _ => None,
    })
}

/// Thinking alone is no turn: an answer that was aborted before it began.
fn is_empty(parts: &[Part]) -> bool {
    parts.iter().all(|part| match part {
        Part::Text(text) => text.trim().is_empty(),
        Part::Thinking { .. } => true,
        Part::Image { .. } | Part::ToolCall(_) => false,
    })
}

/// One turn of a repaired conversation.
#[derive(Debug, PartialEq)]
pub(super) enum Turn<'a> {
    User(&'a [Part]),
    Assistant(&'a [Part]),
    Result { call_id: &'a str, name: &'a str, content: &'a [Part], is_error: bool },
}

/// The text of some parts, in one piece.
pub(super) fn text(parts: &[Part], separator: &str) -> String {
    let texts: Vec<&str> = parts
        .iter()
        .filter_map(|part| match part {
            Part::Text(text) if !text.is_empty() => Some(text.as_str()),
            _ => None,
        })
        .collect();
    texts.join(separator)
}

/// The text of a tool's result, which is never empty.
pub(super) fn result_text(content: &[Part], is_error: bool) -> String {
    let text = text(content, "\n");
    match (text.trim().is_empty(), content.is_empty()) {
        (false, _) => text,
        (true, true) if is_error => NO_RESULT.to_owned(),
        (true, _) if content.iter().any(|part| matches!(part, Part::Image { .. })) => "(an image)".to_owned(),
        (true, _) => "(no output)".to_owned(),
    }
}

/// The images among some parts: media type and base64 data.
pub(super) fn images(parts: &[Part]) -> impl Iterator<Item = (&str, &str)> {
    parts.iter().filter_map(|part| match part {
        Part::Image { mime, data } => Some((mime.as_str(), data.as_str())),
        _ => None,
    })
}

/// Whether a model may be sent images. Unknown models are believed to see.
pub(super) fn sees(spec: &ModelSpec) -> bool {
    spec.input.is_empty() || spec.input.contains(&InputKind::Image)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn assistant(ids: &[&str]) -> Message {
        let call = |id: &&str| Part::ToolCall(ToolCall { id: (*id).into(), name: "t".into(), arguments: json!({}) });
        Message::Assistant(ids.iter().map(call).collect())
    }

    fn result(id: &str) -> Message {
        Message::ToolResult {
            call_id: id.into(),
            name: "t".into(),
            content: vec![Part::Text("r".into())],
            is_error: false,
        }
    }

    fn shape(messages: &[Message]) -> Vec<String> {
        repaired(messages)
            .iter()
            .map(|turn| match turn {
                Turn::User(_) => "user".to_owned(),
                Turn::Assistant(_) => "assistant".to_owned(),
                Turn::Result { call_id, content, is_error, .. } => {
                    format!("{call_id} {} {is_error}", result_text(content, *is_error).len())
                }
            })
            .collect()
    }

    #[test]
    fn calls_without_results_get_one_and_results_without_calls_go() {
        let user = Message::User(vec![Part::Text("hi".into())]);
        let lost = format!("b {} true", NO_RESULT.len());
        let messages = [
            result("z"),
            user.clone(),
            assistant(&["a", "b"]),
            result("a"),
            result("a"),
            user.clone(),
            assistant(&["b"]),
        ];
        assert_eq!(shape(&messages), ["user", "assistant", "a 1 false", &lost, "user", "assistant", &lost]);
    }

    #[test]
    fn empty_turns_are_left_out() {
        let thinking = Part::Thinking { text: "hm".into(), signature: None };
        assert!(shape(&[Message::Assistant(vec![thinking, Part::Text(" ".into())]), Message::User(vec![])]).is_empty());
    }
}
