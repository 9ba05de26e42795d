//! `exec.approval.list`: the requests that wait (`methods.md §8`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::approvals::{ApprovalRequested, ExecApprovalList};
use postern_protocol::call::NoParams;

use crate::rpc::{Cx, Method, RpcResult};

impl Method for ExecApprovalList {
    const ACCESS: Access = Access::Operator(Scope::Approvals);

    async fn call(cx: Cx, _params: NoParams) -> RpcResult<Vec<ApprovalRequested>> {
        Ok(cx.approvals.list())
    }
}
