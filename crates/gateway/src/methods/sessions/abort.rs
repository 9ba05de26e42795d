//! `sessions.abort`: stops the run of a session (`methods.md §3`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::chat::{AbortStatus, SessionsAbort, SessionsAbortParams, SessionsAbortResult};

use super::follow;
use crate::rpc::{Cx, Method, RpcError, RpcResult};
use crate::runs::StopWhy;
use crate::sessions::Key;

impl Method for SessionsAbort {
    const ACCESS: Access = Access::Operator(Scope::Write);

    async fn call(cx: Cx, params: SessionsAbortParams) -> RpcResult<SessionsAbortResult> {
        let key = session(&cx, &params).await?;
        let one = match (&params.run_id, params.clear_queued) {
            (Some(run_id), _) => Some(run_id.clone()),
            (None, Some(true)) => None,
            (None, _) => match cx.runs.in_flight(key.as_str()) {
                Some(run) => Some(run.run_id),
                None => return Ok(result(None)),
            },
        };
        let stopped = cx.runs.abort(&key, one.as_deref(), StopWhy::Rpc)?;
        Ok(result(stopped.into_iter().next()))
    }
}

async fn session(cx: &Cx, params: &SessionsAbortParams) -> RpcResult<Key> {
    if let Some(written) = &params.key {
        return follow(cx, written.as_str(), params.agent_id.as_deref());
    }
    let Some(run_id) = &params.run_id else { return Err(RpcError::invalid("key or runId required")) };
    let run = cx.runs.find(run_id).await?;
    run.map(|run| run.key.clone()).ok_or_else(|| RpcError::invalid(format!("unknown runId: {run_id}")))
}

fn result(run: Option<String>) -> SessionsAbortResult {
    let status = if run.is_some() { AbortStatus::Aborted } else { AbortStatus::NoActiveRun };
    SessionsAbortResult { ok: true, aborted_run_id: run.into(), status }
}
