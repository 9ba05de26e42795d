//! `node.pending.enqueue`: leaves an item for a node, connected or not
//! (`methods.md §6`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::nodes::{NodePendingEnqueue, NodePendingEnqueueParams, NodePendingEnqueueResult};

use crate::methods::node::refused;
use crate::nodes::NewItem;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for NodePendingEnqueue {
    const ACCESS: Access = Access::Operator(Scope::Write);

    async fn call(cx: Cx, params: NodePendingEnqueueParams) -> RpcResult<NodePendingEnqueueResult> {
        let node_id = params.node_id.as_str();
        let refuse = |error| refused(cx.principal(), error);
        cx.nodes.describe(node_id, &cx.devices.list().paired).map_err(refuse)?;
        let new = NewItem {
            kind: params.kind.as_str().to_owned(),
            priority: params.priority.unwrap_or_default(),
            expires_in_ms: params.expires_in_ms,
            payload: params.payload,
        };
        let (revision, queued) = cx.nodes.enqueue(node_id, new).await.map_err(refuse)?;
        Ok(NodePendingEnqueueResult { node_id: node_id.to_owned(), revision, queued, wake_triggered: false })
    }
}
