//! `node.describe`: one node (`methods.md §6`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::nodes::{NodeDescribe, NodeDescribeResult, NodeIdParams};

use super::refused;
use crate::nodes::in_dialect;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for NodeDescribe {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: NodeIdParams) -> RpcResult<NodeDescribeResult> {
        let found = cx.nodes.describe(params.node_id.as_str(), &cx.devices.list().paired);
        let node = found.map_err(|error| refused(cx.principal(), error))?;
        Ok(NodeDescribeResult { ts: cx.clock.now_ms(), node: in_dialect(node, cx.principal().dialect) })
    }
}
