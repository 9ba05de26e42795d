//! `update.status`: what runs, what is offered, what came of the last update.

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::NoParams;
use postern_protocol::update::{UpdateStatus, UpdateStatusResult};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for UpdateStatus {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, _params: NoParams) -> RpcResult<UpdateStatusResult> {
        Ok(cx.updates.status(&cx.config().update)?)
    }
}
