//! `sessions.reset`: begins anew and keeps what is set (`methods.md §3`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::sessions::{SessionsReset, SessionsResetParams, SessionsResetResult};

use super::{entry, follow, when_quiet};
use crate::rpc::{Cx, Method, RpcResult};

impl Method for SessionsReset {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: SessionsResetParams) -> RpcResult<SessionsResetResult> {
        let key = follow(&cx, params.key.as_str(), params.agent_id.as_deref())?;
        let (record, commit) = when_quiet(&cx, &key, || cx.sessions.reset(&key)).await?;
        cx.sessions.settle(&key, commit).await?;
        cx.sessions.announce(&key, "reset");
        Ok(SessionsResetResult { ok: true, key: key.as_str().to_owned(), entry: entry(&record) })
    }
}
