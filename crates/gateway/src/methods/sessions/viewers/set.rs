//! `sessions.viewers.set`: which sessions a page shows (`methods.md §3`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::sessions::{SessionsViewersSet, SessionsViewersSetParams, SessionsViewersSetResult};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for SessionsViewersSet {
    const ACCESS: Access = Access::Operator(Scope::Read);

    /// A gateway has one owner: nobody else needs to know what is looked at.
    async fn call(_cx: Cx, params: SessionsViewersSetParams) -> RpcResult<SessionsViewersSetResult> {
        let keys = params.session_keys.iter().map(|key| key.as_str().to_owned());
        Ok(SessionsViewersSetResult { session_keys: keys.collect() })
    }
}
