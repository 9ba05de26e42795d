//! `update.revert`: goes back to the program before, and restarts into it.

use postern_protocol::access::{Access, Scope};
use postern_protocol::update::{UpdateRevert, UpdateRevertParams, UpdateRevertResult};

use super::{refuse_agents, restart};
use crate::rpc::{Cx, Method, RpcResult};

impl Method for UpdateRevert {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: UpdateRevertParams) -> RpcResult<UpdateRevertResult> {
        refuse_agents(params.session_key.as_deref())?;
        let reverted_version = cx.updates.revert().await?;
        Ok(UpdateRevertResult { ok: true, reverted_version, restart: restart(&cx, params.restart_delay_ms) })
    }
}
