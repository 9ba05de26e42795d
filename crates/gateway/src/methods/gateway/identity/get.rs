//! `gateway.identity.get`: the gateway's own device identity (`methods.md §1`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::NoParams;
use postern_protocol::system::{GatewayIdentity, GatewayIdentityGet};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for GatewayIdentityGet {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, _params: NoParams) -> RpcResult<GatewayIdentity> {
        Ok(GatewayIdentity {
            device_id: cx.identity.device_id().to_string(),
            public_key: cx.identity.public_key().to_base64url(),
        })
    }
}
