//! What nodes say to agents, and what they want to hear of sessions.

use std::sync::Arc;

use postern_protocol::chat::ThinkingLevel;
use serde::Deserialize;

use super::{Effect, MAX_TEXT};
use crate::hub::Following;
use crate::methods::chat::thinking;
use crate::methods::node::own_node;
use crate::rpc::{Cx, RpcError, RpcResult};
use crate::runs::{Input, Submission};
use crate::sessions::Key;

/// `voice.transcript`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Transcript {
    text: String,
    session_key: Option<String>,
}

/// `agent.request`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request {
    message: String,
    session_key: Option<String>,
    thinking: Option<String>,
    timeout_seconds: Option<u64>,
}

/// `chat.subscribe` and `chat.unsubscribe`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Session {
    session_key: String,
}

/// Somebody spoke to a node.
pub(super) async fn voice(cx: &Cx, said: Transcript) -> RpcResult<Effect> {
    let text = worded(said.text, "text")?;
    let key = match given(said.session_key) {
        Some(written) => cx.sessions.resolve(&written, None)?,
        None => cx.sessions.main(&cx.agents.default_id()),
    };
    // An answer that is spoken has to come soon.
    let input = Input { text, thinking: Some(ThinkingLevel::Low), ..Input::default() };
    submit(cx, "voice", key, input).await
}

/// A node asks an agent, for example because somebody pressed a button on its
/// canvas.
pub(super) async fn request(cx: &Cx, asked: Request) -> RpcResult<Effect> {
    let text = worded(asked.message, "message")?;
    let own = format!("node-{}", own_node(cx)?);
    let key = cx.sessions.resolve(&given(asked.session_key).unwrap_or(own), None)?;
    let input = Input {
        text,
        thinking: thinking(given(asked.thinking).as_deref())?,
        timeout_ms: asked.timeout_seconds.map(|seconds| seconds.saturating_mul(1_000)),
        ..Input::default()
    };
    submit(cx, "node", key, input).await
}

async fn submit(cx: &Cx, kind: &str, key: Key, input: Input) -> RpcResult<Effect> {
    let submission = Submission {
        run_id: format!("{kind}-{}", uuid::Uuid::new_v4()),
        caller: own_node(cx)?.to_owned(),
        conn_id: Some(Arc::clone(&cx.principal().conn_id)),
        key,
        input,
        attachments: Vec::new(),
        answered: Some(cx.answered()),
    };
    cx.runs.submit(submission).await?;
    Ok(Effect::DONE)
}

pub(super) fn subscribe(cx: &Cx, session: &Session) -> RpcResult<Effect> {
    let key = cx.sessions.resolve(&session.session_key, None)?;
    cx.hub.follow(&cx.principal().conn_id, key.as_str(), &session.session_key, Following::Named);
    Ok(Effect::DONE)
}

pub(super) fn unsubscribe(cx: &Cx, session: &Session) -> RpcResult<Effect> {
    let key = cx.sessions.resolve(&session.session_key, None)?;
    cx.hub.unfollow(&cx.principal().conn_id, key.as_str());
    Ok(Effect::DONE)
}

fn worded(text: String, field: &str) -> RpcResult<String> {
    match text.trim().chars().count() {
        0 => Err(RpcError::invalid(format!("payload.{field} required"))),
        count if count > MAX_TEXT => {
            Err(RpcError::invalid(format!("payload.{field} must be at most {MAX_TEXT} characters")))
        }
        _ => Ok(text),
    }
}

fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}
