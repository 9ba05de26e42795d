//! `device.scopes.requestUpgrade`: asks for more scopes without reconnecting
//! (`methods.md §7`).

use postern_protocol::access::{Access, Role};
use postern_protocol::pairing::{DeviceScopesRequestUpgrade, ScopesUpgradeParams, ScopesUpgradeRequested};

use crate::methods::device::read_scopes;
use crate::rpc::{Cx, Method, RpcError, RpcResult};

impl Method for DeviceScopesRequestUpgrade {
    /// Every operator: one without any scope has the most reason to ask.
    const ACCESS: Access = Access::Any;

    async fn call(cx: Cx, params: ScopesUpgradeParams) -> RpcResult<ScopesUpgradeRequested> {
        if cx.principal().role != Role::Operator {
            return Err(RpcError::invalid("unauthorized role: node"));
        }
        let scopes = read_scopes(&params.scopes)?;
        let request = cx.devices.request_scope_upgrade(cx.principal(), scopes).await?;
        Ok(ScopesUpgradeRequested { request_id: request.request_id })
    }
}
