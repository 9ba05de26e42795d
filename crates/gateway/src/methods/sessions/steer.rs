//! `sessions.steer`: tells the running answer something (`methods.md §3`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::chat::{QueueMode, SessionsSendParams, SessionsSendResult, SessionsSteer};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for SessionsSteer {
    const ACCESS: Access = Access::Operator(Scope::Write);
    const IDEMPOTENT: bool = true;

    async fn call(cx: Cx, params: SessionsSendParams) -> RpcResult<SessionsSendResult> {
        super::send::speak(&cx, params, Some(QueueMode::Steer)).await
    }
}
