//! `chat.abort`: stops a run, or all runs of a session (`methods.md §2`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::chat::{ChatAbort, ChatAbortParams, ChatAbortResult};

use crate::methods::sessions::follow;
use crate::rpc::{Cx, Method, RpcResult};
use crate::runs::StopWhy;

impl Method for ChatAbort {
    const ACCESS: Access = Access::Operator(Scope::Write);

    async fn call(cx: Cx, params: ChatAbortParams) -> RpcResult<ChatAbortResult> {
        let key = follow(&cx, params.session_key.as_str(), params.agent_id.as_deref())?;
        Ok(super::send::stopped(cx.runs.abort(&key, params.run_id.as_deref(), StopWhy::Rpc)?))
    }
}
