//! `node.pair.request` of protocol 3: asks on behalf of a node (`methods.md §6`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::nodes::{NodePairRequest, NodePairRequestParams, NodePairRequestResult};

use crate::methods::node::refused;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for NodePairRequest {
    const ACCESS: Access = Access::Operator(Scope::Pairing);

    async fn call(cx: Cx, params: NodePairRequestParams) -> RpcResult<NodePairRequestResult> {
        let asked = cx.nodes.request(cx.principal(), &params).await;
        let (request, created) = asked.map_err(|error| refused(cx.principal(), error))?;
        Ok(NodePairRequestResult { status: "pending".to_owned(), request, created })
    }
}
