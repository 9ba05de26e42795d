//! `sessions.messages.subscribe`: be told of every message of a session
//! (`methods.md §3`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::sessions::{
    ApprovalReplay, SessionsMessagesParams, SessionsMessagesSubscribe, SessionsMessagesSubscribed,
};

use crate::hub::Following;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for SessionsMessagesSubscribe {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: SessionsMessagesParams) -> RpcResult<SessionsMessagesSubscribed> {
        let key = cx.sessions.resolve(params.key.as_str(), params.agent_id.as_deref())?;
        let who = cx.principal();
        cx.hub.follow(&who.conn_id, key.as_str(), params.key.as_str(), Following::Messages);
        let wants = params.include_approvals == Some(true) && who.scopes.allows(Scope::Approvals);
        // What waits for a decision is in exec.approval.list, for every session at once.
        let approval_replay = wants.then(|| ApprovalReplay {
            session_key: key.as_str().to_owned(),
            updated_at_ms: cx.clock.now_ms(),
            approvals: Vec::new(),
            truncated: false,
        });
        Ok(SessionsMessagesSubscribed { subscribed: true, key: key.as_str().to_owned(), approval_replay })
    }
}
