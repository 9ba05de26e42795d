//! `node.pair.verify` of protocol 3: whether a token is that of the node
//! (`methods.md §6`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::nodes::{NodePairVerify, NodePairVerifyParams, NodePairVerifyResult};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for NodePairVerify {
    const ACCESS: Access = Access::Operator(Scope::Pairing);

    async fn call(cx: Cx, params: NodePairVerifyParams) -> RpcResult<NodePairVerifyResult> {
        let node = cx.nodes.verify(params.node_id.as_str(), params.token.as_str());
        Ok(NodePairVerifyResult { ok: node.is_some(), node })
    }
}
