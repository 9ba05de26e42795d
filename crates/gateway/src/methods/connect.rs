//! `connect`: only ever the handshake (`wire/conn`). Here it stands for a second
//! one on an open connection, which is refused (`methods.md §1`).

use postern_protocol::access::Access;
use postern_protocol::call::{Acknowledged, Call, NoParams};

use crate::rpc::{Cx, Method, RpcError, RpcResult};

/// A `connect` after the handshake.
pub(super) struct Connect;

impl Call for Connect {
    const NAME: &'static str = "connect";
    type Params = NoParams;
    type Output = Acknowledged;
}

impl Method for Connect {
    const ACCESS: Access = Access::Any;

    async fn call(_cx: Cx, _params: NoParams) -> RpcResult<Acknowledged> {
        Err(RpcError::invalid("connect is only valid as the first request"))
    }
}
