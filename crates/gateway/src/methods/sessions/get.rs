//! `sessions.get`: the last messages of a session (`methods.md §3`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::Rendered;
use postern_protocol::sessions::{SessionsGet, SessionsGetParams, SessionsGetResult};

use super::follow;
use crate::methods::chat::{largest_answer, latest};
use crate::rpc::{Cx, Internal as _, Method, RpcResult};
use crate::sessions::Budget;

impl Method for SessionsGet {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: SessionsGetParams) -> RpcResult<SessionsGetResult> {
        let key = follow(&cx, params.key.as_str(), params.agent_id.as_deref())?;
        let session = cx.sessions.get(key.as_str());
        let messages = match &session {
            Some(session) => {
                let budget = Budget::page(largest_answer(&cx), None);
                cx.sessions.excerpt(&session.record, latest(params.limit), &budget).await?.messages
            }
            None => Rendered::render(&Vec::new()).internal()?,
        };
        Ok(SessionsGetResult {
            key: key.as_str().to_owned(),
            session_id: session.map(|session| session.record.session_id.clone()),
            messages,
        })
    }
}
