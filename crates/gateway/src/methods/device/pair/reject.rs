//! `device.pair.reject`: drops a request (`methods.md §7`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::ids::DeviceRef;
use postern_protocol::pairing::{DevicePairReject, DevicePairRejectResult, PairingDecisionParams};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for DevicePairReject {
    const ACCESS: Access = Access::Operator(Scope::Pairing);

    async fn call(cx: Cx, params: PairingDecisionParams) -> RpcResult<DevicePairRejectResult> {
        let request_id = params.request_id.as_str();
        let expected = params.device_id.as_ref().map(DeviceRef::as_str);
        let device_id = cx.devices.reject(cx.principal(), request_id, expected).await?;
        Ok(DevicePairRejectResult { request_id: request_id.to_owned(), device_id })
    }
}
