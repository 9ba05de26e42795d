//! `device.pair.list`: who is paired and who asks (`methods.md §7`).

use postern_protocol::Dialect;
use postern_protocol::access::{Access, Scope};
use postern_protocol::call::NoParams;
use postern_protocol::pairing::{DevicePairList, DevicePairListResult};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for DevicePairList {
    const ACCESS: Access = Access::Operator(Scope::Pairing);

    async fn call(cx: Cx, _params: NoParams) -> RpcResult<DevicePairListResult> {
        let mut list = cx.devices.list();
        if cx.principal().dialect == Dialect::V3 {
            list.pending.iter_mut().for_each(|request| request.expires_at_ms = None);
        }
        Ok(list)
    }
}
