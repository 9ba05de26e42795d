//! `tailscale.status`: whether and how the tailnet reaches this gateway.

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::NoParams;
use postern_protocol::tailscale::{TailscaleStatus, TailscaleStatusResult};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for TailscaleStatus {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, _params: NoParams) -> RpcResult<TailscaleStatusResult> {
        Ok(cx.tailscale.status(cx.config().auth.allow_tailscale).await)
    }
}
