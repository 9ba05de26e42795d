//! `agent.wait`: waits for the end of a run (`methods.md §4`).

use std::time::Duration;

use postern_protocol::access::{Access, Scope};
use postern_protocol::chat::{AgentWait, AgentWaitParams, AgentWaitResult, WaitStatus};

use crate::rpc::{Cx, Method, RpcResult};
use crate::runs::{RunRecord, RunState};

/// How long a wait takes when the caller does not say.
const DEFAULT_WAIT_MS: u64 = 30_000;

impl Method for AgentWait {
    const ACCESS: Access = Access::Operator(Scope::Write);

    async fn call(cx: Cx, params: AgentWaitParams) -> RpcResult<AgentWaitResult> {
        let patience = Duration::from_millis(params.timeout_ms.unwrap_or(DEFAULT_WAIT_MS));
        let nothing = |record: Option<RunRecord>| AgentWaitResult {
            run_id: params.run_id.clone(),
            status: WaitStatus::Timeout,
            started_at: record.and_then(|record| record.started_at),
            ended_at: None,
            error: None,
        };
        // A run that nobody knows may still be on its way here.
        let Some(run) = cx.runs.find(&params.run_id).await? else { return Ok(nothing(None)) };
        match tokio::time::timeout(patience, run.ended()).await {
            Ok(record) => Ok(ended(record)),
            Err(_) => Ok(nothing(Some(run.record()))),
        }
    }
}

fn ended(record: RunRecord) -> AgentWaitResult {
    let status = if record.state == RunState::Ok { WaitStatus::Ok } else { WaitStatus::Error };
    let outcome = record.outcome.unwrap_or_default();
    let error = outcome.error.or_else(|| (status == WaitStatus::Error).then_some(outcome.stop_reason));
    AgentWaitResult { run_id: record.run_id, status, started_at: record.started_at, ended_at: record.ended_at, error }
}
