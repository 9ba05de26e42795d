//! `sessions.search`: where something was said (`methods.md §3`).

use std::collections::HashMap;

use postern_protocol::access::{Access, Scope};
use postern_protocol::sessions::{
    HitRole, SessionsSearch, SessionsSearchHit, SessionsSearchParams, SessionsSearchResult,
};

use crate::rpc::{Cx, Method, RpcError, RpcResult};
use crate::sessions::{Session, SessionRecord};
use crate::store::Found;

/// Hits when nobody says how many.
const HITS: u32 = 10;
/// Hits that are looked at for each that is wanted: some were compacted away.
const SPARE: u32 = 4;

impl Method for SessionsSearch {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: SessionsSearchParams) -> RpcResult<SessionsSearchResult> {
        let sessions = searched(&cx, &params)?;
        let by_id: HashMap<&str, &SessionRecord> =
            sessions.iter().map(|session| (session.record.session_id.as_str(), &*session.record)).collect();
        let ids: Vec<String> = by_id.keys().map(|id| (*id).to_owned()).collect();
        let limit = params.limit.unwrap_or(HITS);
        // Nobody says control characters, and one of them ends the index's language.
        let words = params.query.replace(char::is_control, " ");
        let found = cx.store.transcript_search(&words, &ids, limit * SPARE).await?;
        let mut results: Vec<_> = found.iter().filter_map(|found| hit(&by_id, found)).collect();
        let truncated = results.len() > limit as usize;
        results.truncate(limit as usize);
        Ok(SessionsSearchResult { results, truncated: truncated.then_some(true) })
    }
}

/// The sessions that the caller may search at once.
fn searched(cx: &Cx, params: &SessionsSearchParams) -> RpcResult<Vec<Session>> {
    let admin = cx.principal().scopes.allows(Scope::Admin);
    let Some(keys) = &params.session_keys else {
        let named = params.agent_id.as_deref().map(|agent| agent.trim().to_lowercase());
        if named.as_deref().is_some_and(|agent| cx.agents.get(agent).is_none()) {
            return Err(RpcError::invalid("unknown agent id: agents.list names every agent"));
        }
        let agent = if admin { named } else { Some(named.unwrap_or_else(|| cx.agents.default_id())) };
        let mut all = cx.sessions.all();
        all.retain(|session| agent.as_ref().is_none_or(|agent| session.record.agent_id == *agent));
        return Ok(all);
    };
    let mut sessions = Vec::with_capacity(keys.len());
    let mut owner: Option<String> = None;
    for written in keys {
        let key = cx.sessions.resolve(written.as_str(), params.agent_id.as_deref())?;
        if owner.as_deref().is_some_and(|owner| owner != key.agent_id()) && !admin {
            return Err(RpcError::missing_scope(Scope::Admin));
        }
        owner = Some(key.agent_id().to_owned());
        sessions.extend(cx.sessions.get(key.as_str()));
    }
    Ok(sessions)
}

fn hit(by_id: &HashMap<&str, &SessionRecord>, found: &Found) -> Option<SessionsSearchHit> {
    let record = by_id.get(found.row.session_id.as_str())?;
    let role = match found.row.role.as_str() {
        "user" => HitRole::User,
        "assistant" => HitRole::Assistant,
        _ => return None,
    };
    (found.row.seq > record.hidden_to).then(|| SessionsSearchHit {
        session_key: record.key.clone(),
        session_id: record.session_id.clone(),
        message_id: found.row.message_id.clone(),
        role,
        timestamp: found.row.ts_ms,
        snippet: found.snippet.clone(),
        score: found.score,
    })
}
