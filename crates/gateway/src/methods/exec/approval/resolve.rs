//! `exec.approval.resolve`: answers a request (`methods.md §8`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::approvals::{ApprovalDecision, ExecApprovalResolve, ExecApprovalResolveParams};
use postern_protocol::call::Acknowledged;

use crate::methods::exec::refused;
use crate::rpc::{Cx, Method, RpcError, RpcResult};

impl Method for ExecApprovalResolve {
    const ACCESS: Access = Access::Operator(Scope::Approvals);

    async fn call(cx: Cx, params: ExecApprovalResolveParams) -> RpcResult<Acknowledged> {
        let decision =
            ApprovalDecision::parse(&params.decision).ok_or_else(|| RpcError::invalid("invalid decision"))?;
        let (id, seen) = (params.id.as_str(), params.plan_hash.as_deref());
        let answered = cx.approvals.resolve(cx.principal(), id, decision, seen).await;
        answered.map_err(|error| refused(&cx, error))?;
        Ok(Acknowledged::YES)
    }
}
