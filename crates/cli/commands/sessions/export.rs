//! `postern sessions export`: a whole conversation, oldest message first.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use postern_gateway::private;
use postern_protocol::chat::{
    ChatHistory, ChatHistoryPage, ChatHistoryParams, ChatHistoryResult, ChatMessage, ChatMessageGet,
    ChatMessageGetParams, ChatMessageGetResult, ContentBlock, MessageContent, MessageRole,
};
use postern_protocol::ids::SessionKey;
use serde_json::{Value, json};

use super::no_session;
use crate::args::{ExportFormat, SessionExportArgs};
use crate::commands::{Context, read, session_key};
use crate::connection::Connection;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{count, escaped, harmless, printable};

/// Messages of one page, and the longest text of a message that comes with it.
const PAGE: u32 = 200;
const LONGEST_TEXT: u32 = 500_000;

pub(super) async fn run(cx: &Context, args: &SessionExportArgs) -> Outcome {
    let key = session_key(&args.session.key)?;
    let gateway = cx.connect().await?;
    let exported = whole(&gateway, &key, args.session.agent.as_deref()).await?;
    gateway.close().await;
    if exported.session_id.is_none() {
        return Err(no_session(&args.session.key));
    }
    let text = match args.format {
        ExportFormat::Jsonl => lines(&exported.messages),
        ExportFormat::Markdown => markdown(&args.session.key, &exported.messages)?,
    };
    let Some(path) = &args.out else {
        let document = json!({
            "sessionKey": args.session.key, "sessionId": exported.session_id, "messages": exported.messages,
        });
        return cx.output.content(&document, || Ok(text));
    };
    write_new(path, &text)?;
    let messages = exported.messages.len();
    let document = json!({"sessionKey": args.session.key, "messages": messages, "path": path});
    cx.output.content(&document, || {
        Ok(format!("{} written to {}", count(messages, "message"), printable(&path.display().to_string())))
    })
}

/// A conversation as it is kept.
struct Exported {
    session_id: Option<String>,
    /// Oldest first.
    messages: Vec<Value>,
}

/// Reads page by page from the newest to the oldest. What is said meanwhile moves
/// the pages, so a message is taken once, by its position.
async fn whole(gateway: &Connection, key: &SessionKey, agent: Option<&str>) -> Outcome<Exported> {
    let mut exported = Exported { session_id: None, messages: Vec::new() };
    let mut offset = 0_u32;
    loop {
        let page = page(gateway, key, agent, offset).await?;
        if exported.session_id.is_some() && exported.session_id != page.session_id {
            return Err(Failure::new(Exit::Failed, "the conversation was begun anew while it was exported: try again"));
        }
        exported.session_id.clone_from(&page.session_id);
        let mut older: Vec<Value> = serde_json::from_str(page.messages.json()).map_err(unreadable)?;
        let oldest = exported.messages.first().and_then(position);
        older.retain(|message| {
            let stands_for_others = id(message).is_some_and(|id| id.starts_with("omitted-"));
            !stands_for_others && oldest.is_none_or(|oldest| position(message).is_none_or(|seq| seq < oldest))
        });
        older.append(&mut exported.messages);
        exported.messages = older;
        match page.more.and_then(|more| more.next_offset).and_then(|next| u32::try_from(next).ok()) {
            Some(next) if next > offset => offset = next,
            _ => break,
        }
    }
    complete(gateway, key, agent, &mut exported.messages).await?;
    Ok(exported)
}

async fn page(gateway: &Connection, key: &SessionKey, agent: Option<&str>, offset: u32) -> Outcome<ChatHistoryPage> {
    let params = ChatHistoryParams {
        session_key: key.clone(),
        agent_id: agent.map(str::to_owned),
        limit: Some(PAGE),
        offset: Some(offset),
        message_id: None,
        session_id: None,
        cursor: None,
        max_chars: Some(LONGEST_TEXT),
        max_bytes: None,
    };
    match read(&gateway.ask::<ChatHistory>(&params).await?)? {
        ChatHistoryResult::Page(page) => Ok(*page),
        ChatHistoryResult::Delta(_) | ChatHistoryResult::Reset(_) => {
            Err(Failure::new(Exit::Failed, "the gateway answered with another page than was asked for"))
        }
    }
}

/// What a page says in place of what it leaves out.
const CUT_MARKS: [&str; 4] = ["more characters)", "bytes are left out here]", "\"leftOut\":", "\"omitted\":true"];

/// Fetches the messages of which the page may hold only a part.
async fn complete(gateway: &Connection, key: &SessionKey, agent: Option<&str>, messages: &mut [Value]) -> Outcome {
    for message in messages {
        let text = message.to_string();
        let Some(id) = id(message).filter(|_| CUT_MARKS.iter().any(|mark| text.contains(mark))) else { continue };
        let params = ChatMessageGetParams {
            session_key: key.clone(),
            agent_id: agent.map(str::to_owned),
            message_id: id.to_owned(),
            max_chars: Some(2_000_000),
        };
        let answer: ChatMessageGetResult = read(&gateway.ask::<ChatMessageGet>(&params).await?)?;
        if let Some(full) = answer.message {
            *message = serde_json::from_str(full.json()).map_err(unreadable)?;
        }
    }
    Ok(())
}

fn id(message: &Value) -> Option<&str> {
    message["__openclaw"]["id"].as_str()
}

fn position(message: &Value) -> Option<i64> {
    message["__openclaw"]["seq"].as_i64()
}

fn unreadable(error: impl std::fmt::Display) -> Failure {
    Failure::new(Exit::Failed, format!("the messages cannot be read: {error}"))
}

fn lines(messages: &[Value]) -> String {
    messages.iter().map(|message| escaped(message.to_string()) + "\n").collect()
}

fn markdown(key: &str, messages: &[Value]) -> Outcome<String> {
    let mut text = format!("# {}\n", printable(key));
    for message in messages {
        let message: ChatMessage = serde_json::from_value(message.clone()).map_err(unreadable)?;
        let who = match message.role {
            MessageRole::User => "User".to_owned(),
            MessageRole::Assistant => match (&message.provider, &message.model) {
                (Some(provider), Some(model)) => format!("Assistant ({}/{})", printable(provider), printable(model)),
                _ => "Assistant".to_owned(),
            },
            MessageRole::ToolResult => format!("Tool {}", printable(message.tool_name.as_deref().unwrap_or("result"))),
            MessageRole::System => "Gateway".to_owned(),
        };
        // Writing to a String cannot fail.
        let _ = write!(text, "\n## {who}\n\n{}\n", body(&message));
    }
    Ok(text)
}

fn body(message: &ChatMessage) -> String {
    let words = harmless(message.words().trim_end());
    // A fence longer than any in the text.
    let fence = |text: &str| {
        let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
        "`".repeat(longest.max(2) + 1)
    };
    let fenced = |text: &str| format!("{0}\n{text}\n{0}", fence(text));
    let mut parts = match (message.role, words.is_empty()) {
        (_, true) => Vec::new(),
        (MessageRole::ToolResult, false) => vec![fenced(&words)],
        (_, false) => vec![words],
    };
    let MessageContent::Blocks(blocks) = &message.content else { return parts.join("\n\n") };
    for block in blocks {
        match block {
            ContentBlock::ToolCall { name, arguments, .. } => {
                parts.push(format!("Calls `{}`:\n\n{}", printable(name), fenced(&harmless(&format!("{arguments:#}")))));
            }
            ContentBlock::Image { mime_type, .. } => parts.push(format!("(a picture, {})", printable(mime_type))),
            ContentBlock::Text { .. } | ContentBlock::Thinking { .. } => {}
        }
    }
    parts.join("\n\n")
}

/// Writes a file that only this user can read and that was not there before.
fn write_new(path: &Path, text: &str) -> Outcome {
    let shown = printable(&path.display().to_string());
    let new = private::options().write(true).create_new(true).open(path);
    let written = new.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::usage(format!("{shown} exists already: name another file")),
        _ => Failure::new(Exit::Failed, format!("{shown}: {error}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_keeps_what_was_said_and_fences_what_tools_said() {
        let messages = [
            json!({"role": "user", "content": "hi", "timestamp": 1}),
            json!({"role": "assistant", "timestamp": 2, "provider": "p", "model": "m", "content": [
                {"type": "text", "text": "I look\u{1b}[2J"},
                {"type": "toolCall", "id": "c", "name": "exec", "arguments": {"command": "ls"}},
            ]}),
            json!({"role": "toolResult", "toolName": "exec", "timestamp": 3, "content": [{"type": "text", "text": "a ``` b"}]}),
        ];
        assert_eq!(
            markdown("main", &messages).unwrap(),
            "# main\n\n## User\n\nhi\n\n## Assistant (p/m)\n\nI look\u{fffd}[2J\n\nCalls `exec`:\n\n```\n{\n  \"command\": \
             \"ls\"\n}\n```\n\n## Tool exec\n\n````\na ``` b\n````\n"
        );
        assert_eq!(lines(&messages[..1]), "{\"role\":\"user\",\"content\":\"hi\",\"timestamp\":1}\n");
    }
}
