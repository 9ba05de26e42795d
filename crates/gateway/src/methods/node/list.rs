//! `node.list`: every node that is connected or known (`methods.md §6`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::NoParams;
use postern_protocol::nodes::{NodeList, NodeListResult};

use crate::nodes::in_dialect;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for NodeList {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, _: NoParams) -> RpcResult<NodeListResult> {
        let dialect = cx.principal().dialect;
        let rows = cx.nodes.list(&cx.devices.list().paired);
        Ok(NodeListResult {
            ts: cx.clock.now_ms(),
            nodes: rows.into_iter().map(|row| in_dialect(row, dialect)).collect(),
        })
    }
}
