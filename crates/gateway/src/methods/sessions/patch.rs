//! `sessions.patch`: changes what is set for a session (`methods.md §3`).

use postern_protocol::Dialect;
use postern_protocol::access::{Access, Scope};
use postern_protocol::sessions::{
    PatchTarget, Patched, ResolvedModel, SessionPatch, SessionsPatch, SessionsPatchParams, SessionsPatchResult,
};

use super::{admin_in_v3, entry, follow, read_model};
use crate::rpc::{Cx, Method, RpcResult};
use crate::sessions::{Key, PatchedSession};

impl Method for SessionsPatch {
    const ACCESS: Access = Access::Operator(Scope::Write);

    fn access_for(params: &SessionsPatchParams) -> Access {
        access(&params.patch)
    }

    async fn call(cx: Cx, params: SessionsPatchParams) -> RpcResult<SessionsPatchResult> {
        admin_in_v3(&cx)?;
        let (key, patched) = patch(&cx, &params.target, params.patch).await?;
        let record = &patched.record;
        let facts = cx.sessions.model_facts(&record.agent_id, record.model_override.as_deref());
        let resolved = ResolvedModel { model_provider: facts.provider, model: facts.model };
        Ok(SessionsPatchResult {
            ok: true,
            path: cx.paths.database().display().to_string(),
            key: key.as_str().to_owned(),
            entry: entry(record),
            resolved: (cx.principal().dialect == Dialect::V4).then_some(resolved),
        })
    }
}

/// What decides over permissions is an admin's.
pub(super) const fn access(patch: &SessionPatch) -> Access {
    Access::Operator(if patch.needs_admin() { Scope::Admin } else { Scope::Write })
}

/// What became of a patch.
pub(super) struct Done {
    /// The session now.
    pub(super) record: std::sync::Arc<crate::sessions::SessionRecord>,
}

/// Changes one session and waits until that is durable.
pub(super) async fn patch(cx: &Cx, target: &PatchTarget, patch: SessionPatch) -> RpcResult<(Key, Done)> {
    let key = follow(cx, target.key.as_str(), target.agent_id.as_deref())?;
    let patch = in_full(cx, patch)?;
    let PatchedSession { record, created, commit } =
        cx.sessions.patch(&key, patch, target.expected_session_id.as_deref())?;
    cx.sessions.settle(&key, commit).await?;
    cx.sessions.announce(&key, if created { "create" } else { "patch" });
    Ok((key, Done { record }))
}

/// The same patch with models and keys in their full form.
pub(super) fn in_full(cx: &Cx, mut patch: SessionPatch) -> RpcResult<SessionPatch> {
    if let Patched::Set(model) = &mut patch.model {
        *model = read_model(cx, model)?;
    }
    if let Patched::Set(parent) = &mut patch.spawned_by {
        *parent = cx.sessions.resolve(parent, None)?.as_str().to_owned();
    }
    Ok(patch)
}
