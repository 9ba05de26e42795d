//! `tools.catalog`: every tool there is (`methods.md §12`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::tools::{ToolsCatalog, ToolsCatalogParams, ToolsCatalogResult};

use super::agent;
use crate::rpc::{Cx, Method, RpcResult};
use crate::tools::ToolRegistry;

impl Method for ToolsCatalog {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: ToolsCatalogParams) -> RpcResult<ToolsCatalogResult> {
        let agent = agent(&cx, params.agent_id.as_deref())?;
        Ok(ToolRegistry::catalog(&agent.id, &cx.tools.all().await))
    }
}
