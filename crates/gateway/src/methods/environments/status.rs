//! `environments.status`: one machine.

use postern_protocol::access::{Access, Scope};
use postern_protocol::environments::{Environment, EnvironmentsStatus, EnvironmentsStatusParams};

use super::{GATEWAY, NODE, gateway, node};
use crate::rpc::{Cx, Method, RpcError, RpcResult};

impl Method for EnvironmentsStatus {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: EnvironmentsStatusParams) -> RpcResult<Environment> {
        let id = params.environment_id.as_str();
        if id == GATEWAY {
            return Ok(gateway(&cx));
        }
        let row = id.strip_prefix(NODE).and_then(|id| cx.nodes.describe(id, &cx.devices.list().paired).ok());
        let unknown = || RpcError::invalid("unknown environmentId; environments.list has those there are");
        row.map(node).ok_or_else(unknown)
    }
}
