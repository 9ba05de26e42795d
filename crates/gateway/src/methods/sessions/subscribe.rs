//! `sessions.subscribe`: be told of every change of the list (`methods.md §3`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::NoParams;
use postern_protocol::sessions::{SessionsSubscribe, Subscribed};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for SessionsSubscribe {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, _params: NoParams) -> RpcResult<Subscribed> {
        cx.hub.subscribe_list(&cx.principal().conn_id, true);
        Ok(Subscribed { subscribed: true })
    }
}
