//! `logs.tail`: the gateway's own log, piece by piece (`methods.md §12`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::logs::{LogsTail, LogsTailParams, LogsTailResult};

use crate::rpc::{Cx, Method, RpcError, RpcResult};

impl Method for LogsTail {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: LogsTailParams) -> RpcResult<LogsTailResult> {
        let tailed = cx.logs.tail(params).await;
        tailed.map_err(|error| RpcError::unavailable(format!("the log cannot be read: {error}")))
    }
}
