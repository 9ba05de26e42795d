//! `update.run`: fetches, verifies and stages a release, then restarts into it.

use std::time::Duration;

use postern_protocol::access::{Access, Scope};
use postern_protocol::system::Nullable;
use postern_protocol::update::{UpdateOutcome, UpdateRun, UpdateRunOutcome, UpdateRunParams, UpdateRunResult};

use super::{refuse_agents, restart};
use crate::rpc::{Cx, Method, RpcError, RpcResult};
use crate::update::{Started, USUAL_PATIENCE, Wish, outcome};

impl Method for UpdateRun {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: UpdateRunParams) -> RpcResult<UpdateRunResult> {
        refuse_agents(params.session_key.as_deref())?;
        let wish = Wish { version: params.version, note: params.note };
        let patience = params.timeout_ms.map_or(USUAL_PATIENCE, Duration::from_millis);
        let Started::Done(report) = cx.updates.run(&cx.config().update, wish, patience).await? else {
            return Err(RpcError::unavailable("an update is under way already").retry_after(5_000));
        };
        let status = cx.updates.status(&cx.config().update)?;
        let result = UpdateRunOutcome {
            status: outcome(&report.result),
            mode: status.mode,
            reason: report.result.as_ref().err().map(ToString::to_string),
            steps: report.steps,
            duration_ms: u64::try_from(report.duration.as_millis()).unwrap_or(u64::MAX),
        };
        let staged = result.status == UpdateOutcome::Ok;
        Ok(UpdateRunResult {
            ok: true,
            restart: staged.then(|| restart(&cx, params.restart_delay_ms)).into(),
            sentinel: if staged { status.sentinel } else { Nullable::Null },
            result,
        })
    }
}
