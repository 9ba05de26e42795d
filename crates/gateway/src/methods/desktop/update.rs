//! `desktop.update`: the app says what its settings are now.

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::Acknowledged;
use postern_protocol::desktop::{DesktopUpdate, DesktopUpdateParams};

use crate::desktop::Answers;
use crate::rpc::{Cx, Method, RpcError, RpcResult};

impl Method for DesktopUpdate {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: DesktopUpdateParams) -> RpcResult<Acknowledged> {
        let answers = match &params.request_id {
            Some(id) => Answers::One(id),
            None if params.unasked => Answers::Nobody,
            None => Answers::All,
        };
        if cx.desktop.update(&cx.principal().conn_id, params.settings, answers) {
            Ok(Acknowledged::YES)
        } else {
            Err(RpcError::invalid("this connection is not attached: call desktop.attach first"))
        }
    }
}
