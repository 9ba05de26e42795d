//! `system.info`: the machine (`methods.md §1`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::NoParams;
use postern_protocol::system::{SystemInfo, SystemInfoResult};

use crate::rpc::{Cx, Internal as _, Method, RpcResult};
use crate::system::Own;

impl Method for SystemInfo {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, _params: NoParams) -> RpcResult<SystemInfoResult> {
        let own = Own {
            version: cx.version.clone(),
            port: cx.port,
            uptime_ms: cx.uptime_ms(),
            state_dir: cx.paths.state_dir.clone(),
            addresses: cx.own_addresses.clone(),
        };
        cx.machine.facts(own).await.internal()
    }
}
