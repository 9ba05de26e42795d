//! `update.check`: asks for the newest release now.

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::NoParams;
use postern_protocol::update::{UpdateCheck, UpdateStatusResult};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for UpdateCheck {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, _params: NoParams) -> RpcResult<UpdateStatusResult> {
        cx.updates.check(&cx.config().update).await?;
        Ok(cx.updates.status(&cx.config().update)?)
    }
}
