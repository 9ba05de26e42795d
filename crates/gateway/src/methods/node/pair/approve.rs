//! `node.pair.approve`: what the node declared may be invoked (`methods.md §6`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::nodes::{NodePairApprove, NodePairApproveResult, NodePairDecisionParams};

use crate::methods::node::refused;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for NodePairApprove {
    const ACCESS: Access = Access::Operator(Scope::Pairing);

    async fn call(cx: Cx, params: NodePairDecisionParams) -> RpcResult<NodePairApproveResult> {
        let request_id = params.request_id.as_str();
        let shown = params.node_id.as_ref().map(postern_protocol::ids::NodeRef::as_str);
        let approved = cx.nodes.approve(cx.principal(), request_id, shown).await;
        let node = approved.map_err(|error| refused(cx.principal(), error))?;
        Ok(NodePairApproveResult { request_id: request_id.to_owned(), node })
    }
}
