//! `device.scopes.requestUpgrade`: asks for more scopes without reconnecting
//! (`methods.md §7`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::pairing::{DeviceScopesRequestUpgrade, ScopesUpgradeParams, ScopesUpgradeRequested};

use crate::methods::device::read_scopes;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for DeviceScopesRequestUpgrade {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: ScopesUpgradeParams) -> RpcResult<ScopesUpgradeRequested> {
        let scopes = read_scopes(&params.scopes)?;
        let request = cx.devices.request_scope_upgrade(cx.principal(), scopes).await?;
        Ok(ScopesUpgradeRequested { request_id: request.request_id })
    }
}
