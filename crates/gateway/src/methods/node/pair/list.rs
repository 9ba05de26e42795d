//! `node.pair.list`: which nodes wait and which are approved (`methods.md §6`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::NoParams;
use postern_protocol::nodes::{NodePairList, NodePairListResult};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for NodePairList {
    const ACCESS: Access = Access::Operator(Scope::Pairing);

    async fn call(cx: Cx, _: NoParams) -> RpcResult<NodePairListResult> {
        Ok(cx.nodes.pairing_list())
    }
}
