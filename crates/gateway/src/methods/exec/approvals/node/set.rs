//! `exec.approvals.node.set`: replaces the rules that a node keeps
//! (`methods.md §8`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::approvals::{ExecApprovalsNodeSet, ExecApprovalsNodeSetParams, NodeExecRules};
use serde_json::json;

use super::rules;
use crate::methods::node::on_behalf;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for ExecApprovalsNodeSet {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: ExecApprovalsNodeSetParams) -> RpcResult<NodeExecRules> {
        let mut given = json!({"file": params.file});
        if let Some(base) = params.base_hash {
            given["baseHash"] = base.into();
        }
        let target = (params.node_id.as_str(), "system.execApprovals.set");
        rules(on_behalf(&cx, target, Some(given)).await?)
    }
}
