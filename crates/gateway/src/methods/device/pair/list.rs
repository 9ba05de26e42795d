//! `device.pair.list`: who is paired and who asks (`methods.md §7`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::NoParams;
use postern_protocol::pairing::{DevicePairList, DevicePairListResult};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for DevicePairList {
    const ACCESS: Access = Access::Operator(Scope::Pairing);

    async fn call(cx: Cx, _params: NoParams) -> RpcResult<DevicePairListResult> {
        Ok(cx.devices.list())
    }
}
