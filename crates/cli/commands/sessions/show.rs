//! `postern sessions show`: one conversation and its last messages.

use std::fmt::Write as _;

use postern_protocol::chat::{ChatHistory, ChatHistoryPage, ChatHistoryParams, ChatHistoryResult, ChatMessage};
use postern_protocol::sessions::{SessionRow, SessionsDescribe, SessionsDescribeParams, SessionsDescribeResult};
use postern_protocol::system::Nullable;
use serde_json::json;

use super::list::{model, state};
use super::no_session;
use crate::args::SessionShowArgs;
use crate::commands::{Context, read, session_key};
use crate::env::now_ms;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{ago, harmless, printable};

pub(super) async fn run(cx: &Context, args: &SessionShowArgs) -> Outcome {
    let key = session_key(&args.session.key)?;
    let gateway = cx.connect().await?;
    let described = gateway
        .ask::<SessionsDescribe>(&SessionsDescribeParams {
            key: key.clone(),
            agent_id: args.session.agent.clone(),
            include_derived_titles: Some(true),
            include_last_message: None,
        })
        .await?;
    let Nullable::Value(row) = read::<SessionsDescribeResult>(&described)?.session else {
        return Err(no_session(&args.session.key));
    };
    let history = gateway.ask::<ChatHistory>(&history(key, args.session.agent.clone(), args.messages)).await?;
    gateway.close().await;
    let document = json!({"session": described["session"], "messages": history["messages"]});
    cx.output.content(&document, || {
        let ChatHistoryResult::Page(page) = read(&history)? else {
            return Err(Failure::new(Exit::Failed, "the gateway answered with another page than was asked for"));
        };
        text(&row, &page, now_ms())
    })
}

fn history(session_key: postern_protocol::ids::SessionKey, agent_id: Option<String>, limit: u32) -> ChatHistoryParams {
    ChatHistoryParams {
        session_key,
        agent_id,
        limit: Some(limit),
        offset: None,
        message_id: None,
        session_id: None,
        cursor: None,
        max_chars: None,
        max_bytes: None,
    }
}

fn text(row: &SessionRow, page: &ChatHistoryPage, now_ms: i64) -> Outcome<String> {
    let messages: Vec<ChatMessage> = page.messages.read().map_err(|error| {
        Failure::new(Exit::Failed, format!("the messages cannot be read: {error}"))
            .hint("--json shows them as they came")
    })?;
    let mut text = format!("{}\n", printable(&row.key));
    let mut fact = |name: &str, fact: String| {
        if !fact.is_empty() {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "  {name:<9}  {}", printable(&fact));
        }
    };
    fact("title", row.label.clone().or_else(|| row.derived_title.clone()).unwrap_or_default());
    fact("agent", row.agent_id.clone());
    fact("model", model(row));
    fact("thinking", row.thinking_level.map(|level| level.as_str().to_owned()).unwrap_or_default());
    fact("state", state(row).to_owned());
    fact("error", row.last_run_error.clone().unwrap_or_default());
    if let Nullable::Value(then) = row.updated_at {
        fact("used", ago(then, now_ms));
    }
    let total = page.more.as_ref().map_or(messages.len().try_into().unwrap_or_default(), |more| more.total_messages);
    fact("messages", total.to_string());
    for message in &messages {
        let words = message.words();
        let words = if words.trim().is_empty() { "(no text)" } else { words.trim_end() };
        let _ = write!(text, "\n{}  {}\n{}\n", message.role.as_str(), ago(message.timestamp, now_ms), harmless(words));
    }
    Ok(text)
}
