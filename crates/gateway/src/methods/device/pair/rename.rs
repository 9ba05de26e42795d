//! `device.pair.rename`: gives a device a person's name for it
//! (`methods.md §7`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::pairing::{DevicePairRename, DevicePairRenameParams, DevicePairRenameResult};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for DevicePairRename {
    const ACCESS: Access = Access::Operator(Scope::Pairing);

    async fn call(cx: Cx, params: DevicePairRenameParams) -> RpcResult<DevicePairRenameResult> {
        let device_id = params.device_id.as_str();
        let label = cx.devices.rename(cx.principal(), device_id, params.label.as_str()).await?;
        Ok(DevicePairRenameResult { device_id: device_id.to_owned(), label })
    }
}
