//! `tools.effective`: the tools that one conversation gets (`methods.md §12`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::tools::{ToolsCatalogResult, ToolsEffective, ToolsEffectiveParams};

use super::place;
use crate::rpc::{Cx, Method, RpcResult};
use crate::tools::ToolRegistry;

impl Method for ToolsEffective {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: ToolsEffectiveParams) -> RpcResult<ToolsCatalogResult> {
        let place = place(&cx, Some(params.session_key.as_str()), params.agent_id.as_deref())?;
        let tools = cx.tools.effective(&place.agent, &place.record).await;
        Ok(ToolRegistry::catalog(&place.agent.id, &tools))
    }
}
