//! `node.rename`: gives a node a name (`methods.md §6`).

use postern_protocol::access::{Access, Role, Scope};
use postern_protocol::nodes::{NodeRename, NodeRenameParams, NodeRenameResult};

use super::refused;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for NodeRename {
    const ACCESS: Access = Access::Operator(Scope::Pairing);

    async fn call(cx: Cx, params: NodeRenameParams) -> RpcResult<NodeRenameResult> {
        let node_id = params.node_id.as_str();
        let paired = cx.devices.list().paired;
        let is_device = paired.iter().any(|device| device.device_id == node_id && device.roles.contains(&Role::Node));
        let renamed = cx.nodes.rename(cx.principal(), (node_id, is_device), params.display_name.as_str()).await;
        let display_name = renamed.map_err(|error| refused(cx.principal(), error))?;
        Ok(NodeRenameResult { node_id: node_id.to_owned(), display_name })
    }
}
