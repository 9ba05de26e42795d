//! `sessions.preview`: the last words of several sessions (`methods.md §3`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::sessions::{
    PreviewItem, PreviewRole, PreviewStatus, SessionPreview, SessionsPreview, SessionsPreviewParams,
    SessionsPreviewResult,
};

use crate::rpc::{Cx, Method, RpcResult};
use crate::sessions::StoredMessage;

/// Messages of each session when nobody says how many, and at most.
const MESSAGES: (u32, u32) = (12, 50);
/// Characters of each message when nobody says how many, and at most.
const CHARS: (u32, u32) = (240, 2_000);

impl Method for SessionsPreview {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: SessionsPreviewParams) -> RpcResult<SessionsPreviewResult> {
        let limit = params.limit.unwrap_or(MESSAGES.0).min(MESSAGES.1);
        let chars = params.max_chars.unwrap_or(CHARS.0).min(CHARS.1) as usize;
        let mut previews = Vec::with_capacity(params.keys.len());
        for key in &params.keys {
            let (status, items) = preview(&cx, key.as_str(), limit, chars).await;
            previews.push(SessionPreview { key: key.as_str().to_owned(), status, items });
        }
        Ok(SessionsPreviewResult { ts: cx.clock.now_ms(), previews })
    }
}

async fn preview(cx: &Cx, written: &str, limit: u32, chars: usize) -> (PreviewStatus, Vec<PreviewItem>) {
    let Ok(key) = cx.sessions.resolve(written, None) else { return (PreviewStatus::Error, Vec::new()) };
    let Some(session) = cx.sessions.get(key.as_str()) else { return (PreviewStatus::Missing, Vec::new()) };
    match cx.sessions.tail(&session.record, limit).await {
        Ok(rows) => {
            let items: Vec<_> = rows.iter().filter_map(|row| item(row, chars)).collect();
            (if items.is_empty() { PreviewStatus::Empty } else { PreviewStatus::Ok }, items)
        }
        Err(error) => {
            tracing::warn!(%key, %error, "A session could not be read for a preview.");
            (PreviewStatus::Error, Vec::new())
        }
    }
}

fn item(row: &StoredMessage, chars: usize) -> Option<PreviewItem> {
    let words = row.0.text.trim();
    if words.is_empty() {
        return None;
    }
    let role = match row.0.role.as_str() {
        "user" => PreviewRole::User,
        "assistant" => PreviewRole::Assistant,
        "toolResult" => PreviewRole::Tool,
        _ => PreviewRole::System,
    };
    let text = match words.char_indices().nth(chars) {
        Some(_) => words.chars().take(chars - 1).chain(['…']).collect(),
        None => words.to_owned(),
    };
    Some(PreviewItem { role, text })
}
