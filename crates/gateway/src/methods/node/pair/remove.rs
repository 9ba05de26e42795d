//! `node.pair.remove`: takes back what was approved of a node (`methods.md §6`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::nodes::{NodeIdParams, NodePairRemove, NodePairRemoveResult};

use crate::methods::node::refused;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for NodePairRemove {
    const ACCESS: Access = Access::Operator(Scope::Pairing);

    async fn call(cx: Cx, params: NodeIdParams) -> RpcResult<NodePairRemoveResult> {
        let node_id = params.node_id.as_str();
        cx.nodes.remove(cx.principal(), node_id).await.map_err(|error| refused(cx.principal(), error))?;
        Ok(NodePairRemoveResult { node_id: node_id.to_owned() })
    }
}
