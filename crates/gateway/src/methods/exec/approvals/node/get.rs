//! `exec.approvals.node.get`: the rules that a node keeps (`methods.md §8`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::approvals::{ExecApprovalsNodeGet, NodeExecRules};
use postern_protocol::nodes::NodeIdParams;

use super::rules;
use crate::methods::node::on_behalf;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for ExecApprovalsNodeGet {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: NodeIdParams) -> RpcResult<NodeExecRules> {
        let answer = on_behalf(&cx, (params.node_id.as_str(), "system.execApprovals.get"), None).await?;
        rules(answer)
    }
}
