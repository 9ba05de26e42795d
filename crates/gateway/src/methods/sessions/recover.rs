//! `sessions.recover`: answers what an interruption left without an answer
//! (`methods.md §3`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::chat::{Continuation, SessionsRecover, SessionsRecoverParams, SessionsRecoverResult};

use super::follow;
use crate::methods::chat::caller;
use crate::rpc::{Cx, Method, RpcResult};
use crate::runs::Submitted;

impl Method for SessionsRecover {
    const ACCESS: Access = Access::Operator(Scope::Write);

    async fn call(cx: Cx, params: SessionsRecoverParams) -> RpcResult<SessionsRecoverResult> {
        let key = follow(&cx, params.key.as_str(), params.agent_id.as_deref())?;
        let fresh = || uuid::Uuid::new_v4().to_string();
        let run_id = params.idempotency_key.map_or_else(fresh, |key| key.as_str().to_owned());
        let (Submitted::Accepted(run) | Submitted::Known(run)) =
            cx.runs.resume((run_id, caller(&cx)), key.clone(), Some(cx.answered())).await?;
        let session = cx.sessions.get(key.as_str());
        Ok(SessionsRecoverResult {
            ok: true,
            key: key.as_str().to_owned(),
            session_id: session.map(|session| session.record.session_id.clone()).unwrap_or_default(),
            continuation: Continuation { status: "started".to_owned(), run_id: run.run_id.to_string() },
        })
    }
}
