//! `node.invoke.result`: what came of a call (`methods.md §6`).

use postern_protocol::access::Access;
use postern_protocol::nodes::{NodeInvokeReport, NodeInvokeReportParams, NodeInvokeReportResult};

use crate::methods::node::must_be_own;
use crate::nodes::Answer;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for NodeInvokeReport {
    const ACCESS: Access = Access::Node;

    async fn call(cx: Cx, params: NodeInvokeReportParams) -> RpcResult<NodeInvokeReportResult> {
        must_be_own(&cx, params.node_id.as_str())?;
        let outcome = if params.ok {
            Ok(Answer { payload: params.payload, payload_json: params.payload_json })
        } else {
            Err(params.error.unwrap_or_default())
        };
        let counted = cx.nodes.answer(cx.conn(), params.id.as_str(), outcome);
        Ok(NodeInvokeReportResult { ok: true, ignored: (!counted).then_some(true) })
    }
}
