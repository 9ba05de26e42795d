//! `node.invoke.input`: more for a command under way
//! (`frames-and-events.md §7`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::Acknowledged;
use postern_protocol::nodes::{NodeInvokeSend, NodeInvokeSendParams};

use crate::methods::node::refused;
use crate::nodes::Caller;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for NodeInvokeSend {
    const ACCESS: Access = Access::Operator(Scope::Write);

    async fn call(cx: Cx, params: NodeInvokeSendParams) -> RpcResult<Acknowledged> {
        let key = params.idempotency_key.as_str().to_owned();
        let caller = Caller { conn_id: cx.conn().principal.conn_id.clone(), key };
        let sent = cx.nodes.input(&caller, params.payload_json.as_str());
        sent.map_err(|error| refused(cx.principal(), error))?;
        Ok(Acknowledged::YES)
    }
}
