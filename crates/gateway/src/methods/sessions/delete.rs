//! `sessions.delete`: forgets a session (`methods.md §3`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::sessions::{SessionsDelete, SessionsDeleteParams, SessionsDeleteResult};

use super::{admin_in_v3, stop};
use crate::rpc::{Cx, Method, RpcError, RpcResult};
use crate::sessions::SessionError;

impl Method for SessionsDelete {
    const ACCESS: Access = Access::Operator(Scope::Write);

    fn access_for(params: &SessionsDeleteParams) -> Access {
        // Keeping what was said while forgetting where is for repairs.
        Access::Operator(if params.delete_transcript == Some(false) { Scope::Admin } else { Scope::Write })
    }

    async fn call(cx: Cx, params: SessionsDeleteParams) -> RpcResult<SessionsDeleteResult> {
        admin_in_v3(&cx)?;
        let key = cx.sessions.resolve(params.key.as_str(), params.agent_id.as_deref())?;
        if cx.sessions.is_main(key.as_str(), key.agent_id()) {
            return Err(SessionError::MainStays(key.as_str().to_owned()).into());
        }
        if let Some(session) = cx.sessions.get(key.as_str()) {
            if params.expected_session_id.as_ref().is_some_and(|expected| *expected != session.record.session_id) {
                return Err(SessionError::Replaced(key.as_str().to_owned()).into());
            }
            if params.archived_only == Some(true) && !session.record.archived {
                return Err(RpcError::invalid(format!("session {key} is not archived")));
            }
            stop(&cx, &key).await?;
        }
        let removed = cx.sessions.remove(&key, params.delete_transcript != Some(false)).await?;
        if let Some(record) = &removed {
            cx.sessions.announce_removed(record);
        }
        Ok(SessionsDeleteResult {
            ok: true,
            key: key.as_str().to_owned(),
            deleted: removed.is_some(),
            archived: Vec::new(),
        })
    }
}
