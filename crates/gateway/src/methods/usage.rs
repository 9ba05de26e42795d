//! `usage`, the other name of `usage.status`, the methods under `usage.`, and
//! what their refusals say (`methods.md §12`).

mod cost;
mod r#override;
mod status;

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::NoParams;
use postern_protocol::usage::{Usage, UsageStatusResult};

use crate::rpc::{Cx, Method, RpcError, RpcResult};
use crate::usage::UsageError;

impl Method for Usage {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, _params: NoParams) -> RpcResult<UsageStatusResult> {
        status::status(&cx).await
    }
}

impl From<UsageError> for RpcError {
    fn from(error: UsageError) -> Self {
        match error {
            UsageError::Invalid(message) => Self::invalid(message),
            UsageError::Store(error) => error.into(),
        }
    }
}
