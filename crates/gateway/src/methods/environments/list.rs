//! `environments.list`: the gateway's machine and its nodes.

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::NoParams;
use postern_protocol::environments::{EnvironmentsList, EnvironmentsListResult};

use super::{gateway, node};
use crate::rpc::{Cx, Method, RpcResult};

impl Method for EnvironmentsList {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, _: NoParams) -> RpcResult<EnvironmentsListResult> {
        let nodes = cx.nodes.list(&cx.devices.list().paired);
        Ok(EnvironmentsListResult {
            environments: std::iter::once(gateway(&cx)).chain(nodes.into_iter().map(node)).collect(),
        })
    }
}
