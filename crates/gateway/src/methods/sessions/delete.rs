//! `sessions.delete`: forgets a session (`methods.md §3`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::sessions::{SessionsDelete, SessionsDeleteParams, SessionsDeleteResult};

use super::{admin_in_v3, when_quiet};
use crate::rpc::{Cx, Method, RpcResult};
use crate::sessions::{SessionError, SessionRecord};

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
        let judge = |record: &SessionRecord| judge(record, &params);
        let mut removed = None;
        if let Some(session) = cx.sessions.get(key.as_str()) {
            // Before anything is stopped, and again when it is: it may have been reset.
            judge(&session.record)?;
            let with_transcript = params.delete_transcript != Some(false);
            removed = when_quiet(&cx, &key, || cx.sessions.remove(&key, judge, with_transcript)).await??;
        }
        let deleted = removed.is_some();
        if let Some((record, commit)) = removed {
            cx.sessions.settle(&key, commit).await?;
            cx.sessions.announce_removed(&record);
        }
        Ok(SessionsDeleteResult { ok: true, key: key.as_str().to_owned(), deleted, archived: Vec::new() })
    }
}

/// Whether it is the session that the caller means.
fn judge(record: &SessionRecord, params: &SessionsDeleteParams) -> Result<(), SessionError> {
    if params.expected_session_id.as_ref().is_some_and(|expected| *expected != record.session_id) {
        return Err(SessionError::Replaced(record.key.clone()));
    }
    if params.archived_only == Some(true) && !record.archived {
        return Err(SessionError::NotArchived(record.key.clone()));
    }
    Ok(())
}
