//! `sessions.messages.unsubscribe`: no longer be told of messages
//! (`methods.md §3`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::sessions::{SessionsMessagesParams, SessionsMessagesSubscribed, SessionsMessagesUnsubscribe};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for SessionsMessagesUnsubscribe {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: SessionsMessagesParams) -> RpcResult<SessionsMessagesSubscribed> {
        let key = cx.sessions.resolve(params.key.as_str(), params.agent_id.as_deref())?;
        cx.hub.unfollow_messages(&cx.principal().conn_id, key.as_str());
        Ok(SessionsMessagesSubscribed { subscribed: false, key: key.as_str().to_owned(), approval_replay: None })
    }
}
