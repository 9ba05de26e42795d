//! `sessions.unsubscribe`: no longer be told of changes of the list (`methods.md §3`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::NoParams;
use postern_protocol::sessions::{SessionsUnsubscribe, Subscribed};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for SessionsUnsubscribe {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, _params: NoParams) -> RpcResult<Subscribed> {
        cx.hub.subscribe_list(&cx.principal().conn_id, false);
        Ok(Subscribed { subscribed: false })
    }
}
