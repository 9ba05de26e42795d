//! `node.pending.pull`: what waits for the calling node (`methods.md §6`).

use postern_protocol::access::Access;
use postern_protocol::nodes::{NodePendingPull, NodePendingPullParams, NodePendingPullResult};

use super::told;
use crate::methods::node::own_node;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for NodePendingPull {
    const ACCESS: Access = Access::Node;

    async fn call(cx: Cx, params: NodePendingPullParams) -> RpcResult<NodePendingPullResult> {
        let node_id = own_node(&cx)?;
        Ok(told(node_id, cx.nodes.pull(node_id, params.max_items)))
    }
}
