//! `node.pending.drain`: what waits for the calling node, gone with the answer
//! (`methods.md §6`).

use postern_protocol::access::Access;
use postern_protocol::nodes::{NodePendingDrain, NodePendingPullParams, NodePendingPullResult};

use super::told;
use crate::methods::node::{own_node, refused};
use crate::rpc::{Cx, Method, RpcResult};

impl Method for NodePendingDrain {
    const ACCESS: Access = Access::Node;

    async fn call(cx: Cx, params: NodePendingPullParams) -> RpcResult<NodePendingPullResult> {
        let node_id = own_node(&cx)?;
        let drained = cx.nodes.drain(node_id, params.max_items).await;
        Ok(told(node_id, drained.map_err(|error| refused(cx.principal(), error))?))
    }
}
