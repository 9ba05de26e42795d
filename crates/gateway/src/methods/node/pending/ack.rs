//! `node.pending.ack`: the calling node has these items (`methods.md §6`).

use postern_protocol::access::Access;
use postern_protocol::nodes::{NodePendingAck, NodePendingAckParams, NodePendingAckResult};

use crate::methods::node::{own_node, refused};
use crate::rpc::{Cx, Method, RpcResult};

impl Method for NodePendingAck {
    const ACCESS: Access = Access::Node;

    async fn call(cx: Cx, params: NodePendingAckParams) -> RpcResult<NodePendingAckResult> {
        let node_id = own_node(&cx)?;
        let ids: Vec<String> = params.ids.iter().map(|id| id.as_str().to_owned()).collect();
        let done = cx.nodes.acknowledge(node_id, &ids).await;
        let (revision, acked) = done.map_err(|error| refused(cx.principal(), error))?;
        Ok(NodePendingAckResult { node_id: node_id.to_owned(), revision, acked })
    }
}
