//! `device.token.revoke`: a token stops working and its sockets close
//! (`methods.md §7`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::pairing::{DeviceTokenRevoke, DeviceTokenRevokeParams, DeviceTokenRevokeResult};

use crate::methods::device::close_own;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for DeviceTokenRevoke {
    const ACCESS: Access = Access::Operator(Scope::Pairing);

    async fn call(cx: Cx, params: DeviceTokenRevokeParams) -> RpcResult<DeviceTokenRevokeResult> {
        let device_id = params.device_id.as_str();
        let revoked_at_ms = cx.devices.revoke_token(cx.principal(), device_id, params.role).await?;
        close_own(&cx, device_id, Some(params.role), "token revoked");
        Ok(DeviceTokenRevokeResult { device_id: device_id.to_owned(), role: params.role, revoked_at_ms })
    }
}
