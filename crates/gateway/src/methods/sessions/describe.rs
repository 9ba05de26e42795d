//! `sessions.describe`: one row (`methods.md §3`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::sessions::{SessionsDescribe, SessionsDescribeParams, SessionsDescribeResult};

use super::follow;
use crate::rpc::{Cx, Method, RpcResult};
use crate::sessions::RowLook;

impl Method for SessionsDescribe {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: SessionsDescribeParams) -> RpcResult<SessionsDescribeResult> {
        let key = follow(&cx, params.key.as_str(), params.agent_id.as_deref())?;
        let look = RowLook {
            derived_title: params.include_derived_titles == Some(true),
            last_message: params.include_last_message == Some(true),
        };
        let session = cx.sessions.get(key.as_str());
        Ok(SessionsDescribeResult { session: session.map(|session| cx.sessions.row(&session, look)).into() })
    }
}
