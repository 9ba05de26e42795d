//! `chat.message.get`: one message, also one that `chat.history` cut
//! (`methods.md §2`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::chat::{ChatMessageGet, ChatMessageGetParams, ChatMessageGetResult, MessageUnavailable};

use crate::methods::chat::largest_answer;
use crate::methods::sessions::follow;
use crate::rpc::{Cx, Method, RpcResult};
use crate::sessions::Budget;

impl Method for ChatMessageGet {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: ChatMessageGetParams) -> RpcResult<ChatMessageGetResult> {
        let key = follow(&cx, params.session_key.as_str(), params.agent_id.as_deref())?;
        let Some(session) = cx.sessions.get(key.as_str()) else { return Ok(missing(MessageUnavailable::NotFound)) };
        let stored = cx.store.transcript_message(&session.record.session_id, &params.message_id).await?;
        let Some(row) = stored else { return Ok(missing(MessageUnavailable::NotFound)) };
        if row.seq <= session.record.hidden_to {
            return Ok(missing(MessageUnavailable::NotVisible));
        }
        let (most, max_chars) = (largest_answer(&cx), params.max_chars.map(|chars| chars as usize));
        if max_chars.is_none() && row.body.len() > most {
            return Ok(missing(MessageUnavailable::Oversized));
        }
        let message = cx.sessions.one(row, &Budget::one(most, max_chars)).await?;
        Ok(ChatMessageGetResult { ok: true, message: Some(message), unavailable_reason: None })
    }
}

fn missing(reason: MessageUnavailable) -> ChatMessageGetResult {
    ChatMessageGetResult { ok: false, message: None, unavailable_reason: Some(reason) }
}
