//! `device.pair.remove`: forgets a device and closes its sockets
//! (`methods.md §7`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::pairing::{DevicePairRemove, DevicePairRemoveResult, DeviceParams};

use crate::methods::device::close_own;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for DevicePairRemove {
    const ACCESS: Access = Access::Operator(Scope::Pairing);

    async fn call(cx: Cx, params: DeviceParams) -> RpcResult<DevicePairRemoveResult> {
        let device_id = params.device_id.as_str();
        cx.devices.remove(cx.principal(), device_id).await?;
        cx.nodes.forget(device_id).await.map_err(|error| crate::methods::node::refused(cx.principal(), error))?;
        close_own(&cx, device_id, None, "device removed");
        Ok(DevicePairRemoveResult { device_id: device_id.to_owned() })
    }
}
