//! `update.hold`: stops updates, or lets them happen again.

use postern_protocol::access::{Access, Scope};
use postern_protocol::update::{UpdateHold, UpdateHoldParams, UpdateHoldResult};

use crate::rpc::{Cx, Method, RpcError, RpcResult};

impl Method for UpdateHold {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: UpdateHoldParams) -> RpcResult<UpdateHoldResult> {
        let config = cx.config();
        let settings = &config.update;
        if !params.hold && settings.hold {
            return Err(RpcError::invalid("update.hold is true in the configuration; change it there"));
        }
        if params.until.is_some_and(|until| until <= cx.clock.now_ms()) {
            return Err(RpcError::invalid("until must be a time to come, in epoch milliseconds"));
        }
        cx.updates.hold(settings, params)?;
        Ok(UpdateHoldResult { ok: true, status: cx.updates.status(settings)? })
    }
}
