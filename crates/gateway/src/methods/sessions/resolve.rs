//! `sessions.resolve`: which session is meant (`methods.md §3`).

use postern_protocol::Dialect;
use postern_protocol::access::{Access, Scope};
use postern_protocol::sessions::{SessionCandidate, SessionsResolve, SessionsResolveParams, SessionsResolveResult};

use crate::rpc::{Cx, Method, RpcError, RpcResult};
use crate::sessions::{Session, SessionError, SessionRecord};

/// Sessions that are named when several may be meant.
const CANDIDATES: usize = 10;

impl Method for SessionsResolve {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: SessionsResolveParams) -> RpcResult<SessionsResolveResult> {
        let (wanted, named) = Wanted::of(&cx, &params)?;
        let fits = |record: &SessionRecord| wanted.fits(record) && allowed(&cx, &params, record);
        let mut found: Vec<Session> = cx.sessions.all().into_iter().filter(|session| fits(&session.record)).collect();
        match (found.pop(), found.is_empty()) {
            (Some(session), true) => Ok(the_one(&cx, &session.record)),
            (last, _) if params.allow_missing == Some(true) => {
                found.extend(last);
                let candidates = found.iter().take(CANDIDATES).map(|session| candidate(&session.record)).collect();
                Ok(SessionsResolveResult {
                    ok: false,
                    key: None,
                    agent_id: None,
                    display_name: None,
                    candidates: Some(candidates),
                })
            }
            (None, _) => Err(SessionError::NotFound(named).into()),
            (Some(_), false) => Err(RpcError::invalid(format!(
                "No session found: {named} names {} sessions; name one by its key",
                found.len() + 1
            ))),
        }
    }
}

/// By what a session is looked for.
enum Wanted {
    Key(String),
    Id(String),
    Label(String),
}

impl Wanted {
    fn of(cx: &Cx, params: &SessionsResolveParams) -> RpcResult<(Self, String)> {
        match (&params.key, &params.session_id, &params.label) {
            (Some(key), None, None) => {
                let read = cx.sessions.resolve(key.as_str(), params.agent_id.as_deref());
                let missing = |_| SessionError::NotFound(key.as_str().to_owned());
                // What cannot be a key is not there; only `allowMissing` hears of it otherwise.
                let read = read.map(|key| key.as_str().to_owned());
                let found =
                    if params.allow_missing == Some(true) { read.unwrap_or_default() } else { read.map_err(missing)? };
                Ok((Self::Key(found), key.as_str().to_owned()))
            }
            (None, Some(id), None) => Ok((Self::Id(id.trim().to_owned()), id.clone())),
            (None, None, Some(label)) => Ok((Self::Label(label.trim().to_owned()), label.clone())),
            _ => Err(RpcError::invalid("exactly one of key, sessionId, label is required")),
        }
    }

    fn fits(&self, record: &SessionRecord) -> bool {
        match self {
            Self::Key(key) => record.key == *key,
            Self::Id(id) => record.session_id == *id || record.key == *id,
            Self::Label(label) => record.label.as_ref() == Some(label),
        }
    }
}

fn allowed(cx: &Cx, params: &SessionsResolveParams, record: &SessionRecord) -> bool {
    let by_key = params.key.is_some();
    let special = match record.key.as_str() {
        "global" => by_key || params.include_global == Some(true),
        "unknown" => by_key || params.include_unknown == Some(true),
        _ => true,
    };
    let agent = params.agent_id.as_deref().map(|agent| agent.trim().to_lowercase());
    let parent = params.spawned_by.as_deref();
    let made_by = |parent: &str| {
        let key = cx.sessions.resolve(parent, None);
        key.is_ok_and(|key| record.spawned_by.as_deref() == Some(key.as_str()))
    };
    special && agent.is_none_or(|agent| record.agent_id == agent) && parent.is_none_or(made_by)
}

fn the_one(cx: &Cx, record: &SessionRecord) -> SessionsResolveResult {
    let v4 = cx.principal().dialect == Dialect::V4;
    SessionsResolveResult {
        ok: true,
        key: Some(record.key.clone()),
        agent_id: v4.then(|| record.agent_id.clone()),
        display_name: if v4 { record.shown_name() } else { None },
        candidates: None,
    }
}

fn candidate(record: &SessionRecord) -> SessionCandidate {
    SessionCandidate { key: record.key.clone(), agent_id: record.agent_id.clone(), display_name: record.shown_name() }
}
