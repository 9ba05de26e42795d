//! `last-heartbeat`: the last heartbeat run, or `null` (`methods.md §1`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::NoParams;
use postern_protocol::system::{Heartbeat, LastHeartbeat, Nullable};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for LastHeartbeat {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, _params: NoParams) -> RpcResult<Nullable<Heartbeat>> {
        Ok(cx.heartbeats.last().into())
    }
}
