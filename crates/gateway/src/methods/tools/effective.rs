//! `tools.effective`: the tools that one conversation gets (`methods.md §12`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::tools::{ToolsEffective, ToolsEffectiveParams, ToolsEffectiveResult};

use super::place;
use crate::rpc::{Cx, Method, RpcResult};
use crate::tools::ToolRegistry;

impl Method for ToolsEffective {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: ToolsEffectiveParams) -> RpcResult<ToolsEffectiveResult> {
        let place = place(&cx, Some(params.session_key.as_str()), params.agent_id.as_deref())?;
        let tools = cx.tools.effective(&place.agent, &place.record).await;
        Ok(ToolRegistry::effective_catalog(&place.agent.id, &tools))
    }
}
