//! `device.token.rotate`: a new token for a role; the old one stops working
//! (`methods.md §7`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::pairing::{DeviceTokenRotate, DeviceTokenRotateParams, DeviceTokenRotateResult, TokenDelivery};

use crate::methods::device::read_scopes;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for DeviceTokenRotate {
    const ACCESS: Access = Access::Operator(Scope::Pairing);

    async fn call(cx: Cx, params: DeviceTokenRotateParams) -> RpcResult<DeviceTokenRotateResult> {
        let scopes = params.scopes.as_deref().map(read_scopes).transpose()?;
        let device_id = params.device_id.as_str();
        let rotated = cx.devices.rotate_token(cx.principal(), device_id, params.role, scopes).await?;
        let token = rotated.token.map(|token| token.expose().to_owned());
        Ok(DeviceTokenRotateResult {
            device_id: device_id.to_owned(),
            role: params.role,
            scopes: rotated.scopes,
            rotated_at_ms: rotated.rotated_at_ms,
            token_delivery: if token.is_some() { TokenDelivery::InBand } else { TokenDelivery::WithheldCrossDevice },
            token,
        })
    }
}
