//! `desktop.update`: the app says what its settings are now.

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::Acknowledged;
use postern_protocol::desktop::{DesktopUpdate, DesktopUpdateParams};

use crate::rpc::{Cx, Method, RpcError, RpcResult};

impl Method for DesktopUpdate {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: DesktopUpdateParams) -> RpcResult<Acknowledged> {
        if cx.desktop.update(&cx.principal().conn_id, params.settings, params.unasked) {
            Ok(Acknowledged::YES)
        } else {
            Err(RpcError::invalid("this connection is not attached: call desktop.attach first"))
        }
    }
}
