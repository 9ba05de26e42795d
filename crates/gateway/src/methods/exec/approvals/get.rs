//! `exec.approvals.get`: the rules for commands (`methods.md §8`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::approvals::{ExecApprovalsGet, ExecRulesResult};
use postern_protocol::call::NoParams;

use super::shown;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for ExecApprovalsGet {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, _params: NoParams) -> RpcResult<ExecRulesResult> {
        Ok(shown(&cx, cx.approvals.rules_view()))
    }
}
