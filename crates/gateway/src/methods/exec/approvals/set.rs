//! `exec.approvals.set`: replaces the rules for commands (`methods.md §8`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::approvals::{ExecApprovalsSet, ExecApprovalsSetParams, ExecRulesResult};

use super::shown;
use crate::methods::exec::refused;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for ExecApprovalsSet {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: ExecApprovalsSetParams) -> RpcResult<ExecRulesResult> {
        let base = params.base_hash.as_deref();
        let set = cx.approvals.set_rules(cx.principal(), params.file, base).await;
        Ok(shown(&cx, set.map_err(|error| refused(&cx, error))?))
    }
}
