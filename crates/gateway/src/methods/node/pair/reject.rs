//! `node.pair.reject`: drops a request (`methods.md §6`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::nodes::{NodePairDecisionParams, NodePairReject, NodePairRejectResult};

use crate::methods::node::refused;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for NodePairReject {
    const ACCESS: Access = Access::Operator(Scope::Pairing);

    async fn call(cx: Cx, params: NodePairDecisionParams) -> RpcResult<NodePairRejectResult> {
        let request_id = params.request_id.as_str();
        let shown = params.node_id.as_ref().map(postern_protocol::ids::NodeRef::as_str);
        let rejected = cx.nodes.reject(cx.principal(), request_id, shown).await;
        let node_id = rejected.map_err(|error| refused(cx.principal(), error))?;
        Ok(NodePairRejectResult { request_id: request_id.to_owned(), node_id })
    }
}
