//! `sessions.compact`: shortens what the model is told of a conversation
//! (`methods.md §3`).

use postern_protocol::Dialect;
use postern_protocol::access::{Access, Scope};
use postern_protocol::sessions::{SessionsCompact, SessionsCompactParams, SessionsCompactResult};

use super::follow;
use crate::rpc::{Cx, Method, RpcError, RpcResult};
use crate::runs::Compaction;
use crate::sessions::{Key, SessionError};

/// Messages that protocol 3 keeps.
const KEPT: u32 = 400;

impl Method for SessionsCompact {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: SessionsCompactParams) -> RpcResult<SessionsCompactResult> {
        let key = follow(&cx, params.key.as_str(), params.agent_id.as_deref())?;
        let Some(session) = cx.sessions.get(key.as_str()) else {
            return Ok(nothing(&key, "there is no such session"));
        };
        if !session.active.is_empty() {
            return Err(SessionError::StillActive(key.as_str().to_owned()).into());
        }
        let lines = params.max_lines.or_else(|| (cx.principal().dialect == Dialect::V3).then_some(KEPT));
        // Before anybody is told: the end of this must not look like the end of that.
        let alone = match cx.runs.alone(&key) {
            Ok(alone) => alone,
            Err(error) => return Ok(nothing(&key, &error.to_string())),
        };
        let operation = cx.sessions.announce_compaction(&key);
        let outcome = match lines {
            Some(lines) => cut(&cx, &key, i64::from(lines)).await,
            None => cx.runs.compact(&alone, &key, 0).await.map_err(RpcError::from),
        };
        let told = match &outcome {
            Ok(Compaction::Short) => Err("nothing to shorten"),
            Ok(done) => done.problem().map_or(Ok(()), Err),
            Err(_) => Err("failed"),
        };
        cx.sessions.announce_compacted(&key, &operation, told);
        let done = outcome?;
        Ok(match (done, done.problem()) {
            (_, Some(problem)) => nothing(&key, problem),
            (done, None) => SessionsCompactResult {
                ok: true,
                key: key.as_str().to_owned(),
                compacted: true,
                kept: if let Compaction::Left(kept) = done { Some(kept) } else { None },
                reason: None,
            },
        })
    }
}

/// Keeps the last messages.
async fn cut(cx: &Cx, key: &Key, keep: i64) -> RpcResult<Compaction> {
    let Some((record, commit)) = cx.sessions.cut(key, keep) else { return Ok(Compaction::Short) };
    cx.sessions.settle(key, commit).await?;
    cx.sessions.announce(key, "compact");
    Ok(Compaction::Left(record.visible_messages()))
}

fn nothing(key: &Key, reason: &str) -> SessionsCompactResult {
    SessionsCompactResult {
        ok: true,
        key: key.as_str().to_owned(),
        compacted: false,
        kept: None,
        reason: Some(reason.to_owned()),
    }
}
