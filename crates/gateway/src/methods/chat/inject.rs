//! `chat.inject`: a note in a conversation, without asking a model
//! (`methods.md §2`).

use postern_protocol::Dialect;
use postern_protocol::access::{Access, Scope};
use postern_protocol::call::OnSlow;
use postern_protocol::chat::{
    ChatEvent, ChatInject, ChatInjectParams, ChatInjectResult, ChatMessage, ChatState, MessageRole,
};

use crate::hub::{event_head, event_head_v3};
use crate::methods::sessions::follow;
use crate::rpc::{Cx, Method, RpcError, RpcResult};
use crate::sessions::{Key, NewMessage};

/// What stands in the place of a model's name.
const NO_MODEL: &str = "gateway-injected";

impl Method for ChatInject {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: ChatInjectParams) -> RpcResult<ChatInjectResult> {
        let key = follow(&cx, params.session_key.as_str(), params.agent_id.as_deref())?;
        let label = params.label.as_deref().map(str::trim).filter(|label| !label.is_empty());
        let text = match label {
            Some(label) => format!("[{label}]\n\n{}", params.message),
            None => params.message,
        };
        let message = ChatMessage {
            provider: Some("postern".to_owned()),
            model: Some(NO_MODEL.to_owned()),
            stop_reason: Some("stop".to_owned()),
            ..ChatMessage::text(MessageRole::Assistant, text, cx.clock.now_ms())
        };
        let new = NewMessage { message, run_id: None, role: None };
        let appended = cx.sessions.append_if(&key, |_| true, vec![new], |_| ());
        let appended = appended.ok_or_else(|| RpcError::invalid("session not found"))?;
        cx.sessions.settle(&key, appended.commit).await?;
        let mut message_id = String::new();
        for message in appended.messages {
            message_id = message.place.as_ref().map(|place| place.id.clone()).unwrap_or_default();
            cx.sessions.announce_message_of(&key, &appended.record.session_id, &message);
            tell(&cx, &key, &message_id, message);
        }
        cx.sessions.announce(&key, "send");
        Ok(ChatInjectResult { ok: true, message_id })
    }
}

/// One `chat` event, as if a run had ended with the note.
fn tell(cx: &Cx, key: &Key, message_id: &str, message: ChatMessage) {
    let run_id = format!("inject-{message_id}");
    let mut event = ChatEvent::new(&run_id, key.as_str(), 0, ChatState::Final);
    event.agent_id = Some(key.agent_id().to_owned());
    event.message = Some(Box::new(message));
    let v4 = event_head(&event);
    cx.hub.publish_session(
        key.as_str(),
        |_| OnSlow::Close,
        |conn, written| match conn.principal.dialect {
            Dialect::V4 => v4.clone(),
            Dialect::V3 => {
                let session_key = written.unwrap_or(key.as_str()).to_owned();
                event_head_v3(&ChatEvent { session_key, ..event.clone() })
            }
        },
    );
}
