//! `device.pair.setupStatus`: whether a setup code was used (`methods.md §7`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::pairing::{DevicePairSetupStatus, SetupStatusParams, SetupStatusResult};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for DevicePairSetupStatus {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: SetupStatusParams) -> RpcResult<SetupStatusResult> {
        Ok(SetupStatusResult { completion: cx.devices.setup_status(params.setup_id.as_str()) })
    }
}
