//! `sessions.observer.visibility`: whether a page is in front
//! (`methods.md §3`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::Acknowledged;
use postern_protocol::sessions::{SessionsObserverVisibility, SessionsObserverVisibilityParams};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for SessionsObserverVisibility {
    const ACCESS: Access = Access::Operator(Scope::Read);

    /// Nothing here depends on it; pages ask only so that they may save work.
    async fn call(_cx: Cx, _params: SessionsObserverVisibilityParams) -> RpcResult<Acknowledged> {
        Ok(Acknowledged::YES)
    }
}
