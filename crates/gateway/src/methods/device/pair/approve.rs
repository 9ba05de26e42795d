//! `device.pair.approve`: lets a device in with what its request shows
//! (`methods.md §7`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::ids::DeviceRef;
use postern_protocol::pairing::{DevicePairApprove, DevicePairApproveResult, PairingDecisionParams};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for DevicePairApprove {
    const ACCESS: Access = Access::Operator(Scope::Pairing);

    async fn call(cx: Cx, params: PairingDecisionParams) -> RpcResult<DevicePairApproveResult> {
        let request_id = params.request_id.as_str();
        let expected = params.device_id.as_ref().map(DeviceRef::as_str);
        let device = cx.devices.approve(cx.principal(), request_id, expected).await?;
        Ok(DevicePairApproveResult { request_id: request_id.to_owned(), device })
    }
}
