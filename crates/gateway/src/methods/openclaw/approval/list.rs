//! `openclaw.approval.list`: what vendor features want approved (`methods.md §8`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::approvals::OpenclawApprovalList;
use postern_protocol::call::NoParams;
use serde_json::Value;

use crate::rpc::{Cx, Method, RpcResult};

impl Method for OpenclawApprovalList {
    const ACCESS: Access = Access::Operator(Scope::Approvals);

    /// There are none of those features here.
    async fn call(_cx: Cx, _params: NoParams) -> RpcResult<Vec<Value>> {
        Ok(Vec::new())
    }
}
