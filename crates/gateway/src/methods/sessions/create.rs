//! `sessions.create`: a session, and perhaps the first thing said in it
//! (`methods.md §3`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::ids::IdempotencyKey;
use postern_protocol::sessions::{
    Patched, SessionPatch, SessionProblem, SessionsCreate, SessionsCreateParams, SessionsCreateResult,
};

use super::patch::in_full;
use super::patch_many::problem;
use super::{entry, follow};
use crate::methods::chat::{Said, say};
use crate::rpc::{Cx, Method, RpcError, RpcResult};
use crate::runs::Input;
use crate::sessions::{Key, PatchedSession};

impl Method for SessionsCreate {
    const ACCESS: Access = Access::Operator(Scope::Write);

    fn access_for(params: &SessionsCreateParams) -> Access {
        Access::Operator(if params.exec_node.is_some() { Scope::Admin } else { Scope::Write })
    }

    fn idempotency_key(params: &SessionsCreateParams) -> Option<&IdempotencyKey> {
        params.idempotency_key.as_ref()
    }

    async fn call(cx: Cx, params: SessionsCreateParams) -> RpcResult<SessionsCreateResult> {
        if params.cwd.is_some() || params.worktree == Some(true) {
            let fix = "a session works in its agent's workspace: create an agent with another one (agents.create)";
            return Err(RpcError::invalid(format!("cwd and worktree are not supported; {fix}")));
        }
        let written = params.key.as_ref().map_or_else(|| fresh_key(&cx, &params), |key| Ok(key.as_str().to_owned()))?;
        let key = follow(&cx, &written, params.agent_id.as_deref())?;
        let PatchedSession { record, created, commit } = cx.sessions.patch(&key, settings(&cx, &params)?, None)?;
        cx.sessions.settle(&key, commit).await?;
        cx.sessions.announce(&key, if created { "create" } else { "patch" });
        let (run_id, run_error) = match first_message(&cx, &key, params).await {
            Ok(run_id) => (run_id, None),
            Err(error) => (None, Some(error)),
        };
        Ok(SessionsCreateResult {
            ok: true,
            key: key.as_str().to_owned(),
            session_id: record.session_id.clone(),
            entry: entry(&record),
            run_started: run_id.is_some(),
            run_id,
            run_error,
        })
    }
}

/// A key that nobody has.
fn fresh_key(cx: &Cx, params: &SessionsCreateParams) -> RpcResult<String> {
    let agent = params.agent_id.as_deref().map_or_else(|| cx.agents.default_id(), str::to_lowercase);
    let written = format!("agent:{}:chat:{}", agent.trim(), uuid::Uuid::new_v4());
    // An unknown agent is told before anything is made.
    Ok(cx.sessions.resolve(&written, None)?.as_str().to_owned())
}

fn settings(cx: &Cx, params: &SessionsCreateParams) -> RpcResult<SessionPatch> {
    let given = |value: &Option<String>| value.clone().map_or(Patched::Keep, Patched::Set);
    let patch = SessionPatch {
        label: given(&params.label),
        display_name: given(&params.display_name),
        category: given(&params.category),
        model: given(&params.model),
        thinking_level: given(&params.thinking_level),
        exec_node: given(&params.exec_node),
        spawned_by: given(&params.parent_session_key.as_ref().map(|key| key.as_str().to_owned())),
        ..SessionPatch::default()
    };
    in_full(cx, patch)
}

/// Says the first thing, if there is one; gives the run.
async fn first_message(cx: &Cx, key: &Key, params: SessionsCreateParams) -> Result<Option<String>, SessionProblem> {
    let text = params.message.or(params.task).unwrap_or_default();
    let attachments = params.attachments.unwrap_or_default();
    if text.trim().is_empty() && attachments.is_empty() {
        return Ok(None);
    }
    let fresh = || uuid::Uuid::new_v4().to_string();
    let said = Said {
        written: key.as_str().to_owned(),
        agent: None,
        run_id: params.idempotency_key.map_or_else(fresh, |key| key.as_str().to_owned()),
        input: Input { text, ..Input::default() },
        attachments,
    };
    match say(cx, said).await {
        Ok(Ok(run)) => Ok(Some(run.run_id)),
        Ok(Err(_)) => Ok(None),
        Err(error) => Err(problem(&error)),
    }
}
