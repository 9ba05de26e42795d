//! `exec.approval.waitDecision`: waits until a request is decided
//! (`methods.md §8`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::approvals::{ApprovalIdParams, ExecApprovalDecided, ExecApprovalWaitDecision};

use super::decided;
use crate::methods::exec::refused;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for ExecApprovalWaitDecision {
    const ACCESS: Access = Access::Operator(Scope::Approvals);

    async fn call(cx: Cx, params: ApprovalIdParams) -> RpcResult<ExecApprovalDecided> {
        let waiting = cx.approvals.wait(params.id.as_str()).map_err(|error| refused(&cx, error))?;
        Ok(decided(waiting).await)
    }
}
