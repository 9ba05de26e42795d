//! `plugin.approval.list`: what plugins want approved (`methods.md §8`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::approvals::PluginApprovalList;
use postern_protocol::call::NoParams;
use serde_json::Value;

use crate::rpc::{Cx, Method, RpcResult};

impl Method for PluginApprovalList {
    const ACCESS: Access = Access::Operator(Scope::Approvals);

    /// Plugins of this gateway ask for nothing.
    async fn call(_cx: Cx, _params: NoParams) -> RpcResult<Vec<Value>> {
        Ok(Vec::new())
    }
}
