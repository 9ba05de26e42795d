//! `system-presence`: everybody who is there, the gateway first (`methods.md §1`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::{NoParams, Rendered};
use postern_protocol::system::{PresenceEntry, SystemPresence};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for SystemPresence {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, _params: NoParams) -> RpcResult<Rendered<Vec<PresenceEntry>>> {
        Ok(cx.presence.snapshot())
    }
}
