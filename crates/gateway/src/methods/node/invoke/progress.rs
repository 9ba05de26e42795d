//! `node.invoke.progress`: a part of what comes of a call (`methods.md §6`).

use postern_protocol::access::Access;
use postern_protocol::call::Acknowledged;
use postern_protocol::nodes::{NodeInvokeProgress, NodeInvokeProgressParams};

use crate::methods::node::must_be_own;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for NodeInvokeProgress {
    const ACCESS: Access = Access::Node;

    async fn call(cx: Cx, params: NodeInvokeProgressParams) -> RpcResult<Acknowledged> {
        must_be_own(&cx, params.node_id.as_str())?;
        cx.nodes.progress(cx.conn(), params.invoke_id.as_str(), (params.seq, params.chunk.as_str()));
        Ok(Acknowledged::YES)
    }
}
