//! `sessions.patchMany`: the same patch for several sessions (`methods.md §3`).

use postern_protocol::access::Access;
use postern_protocol::sessions::{
    PatchOutcome, PatchTarget, SessionProblem, SessionsPatchMany, SessionsPatchManyParams, SessionsPatchManyResult,
};

use super::admin_in_v3;
use super::patch::{access, patch};
use crate::rpc::{Cx, Method, RpcError, RpcResult};
use postern_protocol::access::Scope;

impl Method for SessionsPatchMany {
    const ACCESS: Access = Access::Operator(Scope::Write);

    fn access_for(params: &SessionsPatchManyParams) -> Access {
        access(&params.patch)
    }

    async fn call(cx: Cx, params: SessionsPatchManyParams) -> RpcResult<SessionsPatchManyResult> {
        admin_in_v3(&cx)?;
        let mut outcomes = Vec::with_capacity(params.targets.len());
        for target in &params.targets {
            let outcome = match patch(&cx, target, params.patch.clone()).await {
                Ok((key, _)) => PatchOutcome {
                    ok: true,
                    key: key.as_str().to_owned(),
                    agent_id: Some(key.agent_id().to_owned()),
                    error: None,
                },
                Err(error) => refused(&cx, target, &error),
            };
            outcomes.push(outcome);
        }
        Ok(SessionsPatchManyResult { outcomes })
    }
}

fn refused(cx: &Cx, target: &PatchTarget, error: &RpcError) -> PatchOutcome {
    let key = cx.sessions.resolve(target.key.as_str(), target.agent_id.as_deref()).ok();
    PatchOutcome {
        ok: false,
        key: key.as_ref().map_or_else(|| target.key.as_str().to_owned(), |key| key.as_str().to_owned()),
        agent_id: key.map(|key| key.agent_id().to_owned()),
        error: Some(problem(error)),
    }
}

/// An error as part of an answer. What only the log may know goes there.
pub(super) fn problem(error: &RpcError) -> SessionProblem {
    if let Some(source) = error.source_chain() {
        tracing::error!(error = %source, "A part of a call failed inside.");
    }
    SessionProblem { code: error.shape.code.as_str().to_owned(), message: error.shape.message.clone() }
}
