//! `sessions.list`: which conversations there are (`methods.md §3`).

use postern_protocol::Dialect;
use postern_protocol::access::{Access, Scope};
use postern_protocol::sessions::{
    ArchivedFilter, SessionListDefaults, SessionsList, SessionsListParams, SessionsListResult,
};

use crate::rpc::{Cx, Method, RpcResult};
use crate::sessions::{RowLook, Session, SessionRecord};

/// Rows when nobody says how many.
const LISTED: usize = 100;
/// Rows at most; also what protocol 3, which knows no pages, gets.
const MOST: usize = 1_000;

impl Method for SessionsList {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: SessionsListParams) -> RpcResult<SessionsListResult> {
        let v4 = cx.principal().dialect == Dialect::V4;
        let filter = Filter::new(&cx, &params);
        let fitting: Vec<Session> = cx.sessions.all().into_iter().filter(|one| filter.fits(&one.record)).collect();
        let total = fitting.len();
        let limit = params.limit.map_or(if v4 { LISTED } else { MOST }, |limit| limit as usize).min(MOST);
        let offset = params.offset.unwrap_or(0) as usize;
        let look = RowLook {
            derived_title: params.include_derived_titles == Some(true),
            last_message: params.include_last_message == Some(true),
        };
        let page = fitting.iter().skip(offset).take(limit);
        let sessions: Vec<_> = page.map(|session| cx.sessions.row(session, look)).collect();
        let next = offset.saturating_add(sessions.len());
        let has_more = next < total;
        let facts = cx.sessions.model_facts(params.agent_id.as_deref().unwrap_or(&cx.agents.default_id()), None);
        Ok(SessionsListResult {
            ts: cx.clock.now_ms(),
            path: cx.paths.database().display().to_string(),
            count: sessions.len(),
            defaults: SessionListDefaults {
                model_provider: facts.provider.into(),
                model: facts.model.into(),
                context_tokens: facts.context_tokens.into(),
            },
            sessions,
            total_count: v4.then_some(total),
            limit_applied: v4.then_some(limit),
            next_offset: (v4 && has_more).then_some(next),
            has_more: v4.then_some(has_more),
            owners: v4.then(Vec::new),
        })
    }
}

/// What a row must be like.
struct Filter<'a> {
    params: &'a SessionsListParams,
    agent: Option<String>,
    spawned_by: Option<String>,
    search: Option<String>,
    since: Option<i64>,
    is_agent: Box<dyn Fn(&str) -> bool + Send + 'a>,
}

impl<'a> Filter<'a> {
    fn new(cx: &'a Cx, params: &'a SessionsListParams) -> Self {
        let lower = |text: &Option<String>| text.as_deref().map(|text| text.trim().to_lowercase());
        let minutes = params.active_minutes.map(i64::from);
        // A key in any form; what cannot be one has made nothing.
        let parent = |written: &String| {
            let key = cx.sessions.resolve(written, None);
            key.map_or_else(|_| written.clone(), |key| key.as_str().to_owned())
        };
        Self {
            params,
            agent: lower(&params.agent_id),
            spawned_by: params.spawned_by.as_ref().map(parent),
            search: lower(&params.search).filter(|words| !words.is_empty()),
            since: minutes.map(|minutes| cx.clock.now_ms() - minutes * 60_000),
            is_agent: Box::new(|id| cx.agents.get(id).is_some()),
        }
    }

    fn fits(&self, record: &SessionRecord) -> bool {
        let params = self.params;
        let special = match record.key.as_str() {
            "global" => params.include_global == Some(true),
            "unknown" => params.include_unknown == Some(true),
            _ => true,
        };
        let archived = match params.archived {
            None => !record.archived,
            Some(ArchivedFilter::Only(archived)) => record.archived == archived,
            Some(ArchivedFilter::Both(_)) => true,
        };
        special
            && archived
            && self.since.is_none_or(|since| record.updated_at >= since)
            && self.agent.as_ref().is_none_or(|agent| record.agent_id == *agent)
            && params.label.as_ref().is_none_or(|label| record.label.as_deref() == Some(label.trim()))
            && self.spawned_by.as_ref().is_none_or(|parent| record.spawned_by.as_ref() == Some(parent))
            && (params.configured_agents_only != Some(true) || (self.is_agent)(&record.agent_id))
            && self.search.as_deref().is_none_or(|words| holds(record, words))
    }
}

fn holds(record: &SessionRecord, words: &str) -> bool {
    let places = [&record.label, &record.display_name, &record.first_words];
    let mut texts = places.into_iter().flatten().map(String::as_str).chain([&*record.key, &*record.session_id]);
    texts.any(|text| text.to_lowercase().contains(words))
}
