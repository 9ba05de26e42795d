//! `chat.history`: what was said (`methods.md §2`).

use std::sync::Arc;

use postern_protocol::Dialect;
use postern_protocol::access::{Access, Scope};
use postern_protocol::call::Rendered;
use postern_protocol::chat::{
    ChatDefaults, ChatHistory, ChatHistoryDelta, ChatHistoryMore, ChatHistoryPage, ChatHistoryParams, ChatHistoryReset,
    ChatHistoryResult, DeltaWord, InFlightRun, PendingInputs, ResetWord,
};

use super::{MESSAGES, largest_answer};
use crate::methods::sessions::follow;
use crate::rpc::{Cx, Internal as _, Method, RpcResult};
use crate::sessions::{Budget, Key, RowLook, Session, SessionRecord, thinking_option};
use crate::store::Page;

/// Smallest answer that a client can ask for, bytes.
const SMALLEST: u64 = 4 * 1024;
/// Messages after a cursor at most; a client that missed more begins anew.
const MOST_MISSED: u32 = 1_000;

impl Method for ChatHistory {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: ChatHistoryParams) -> RpcResult<ChatHistoryResult> {
        read(&cx, &params).await
    }
}

/// The answer without what `chat.startup` adds.
pub(super) async fn read(cx: &Cx, params: &ChatHistoryParams) -> RpcResult<ChatHistoryResult> {
    let key = follow(cx, params.session_key.as_str(), params.agent_id.as_deref())?;
    let most = largest_answer(cx);
    let wanted = params.max_bytes.map_or(most, |bytes| usize::try_from(bytes.max(SMALLEST)).unwrap_or(most));
    let budget = Budget::page(wanted.min(most), params.max_chars.map(|chars| chars as usize));
    let session = cx.sessions.get(key.as_str());
    match &params.cursor {
        Some(cursor) => since(cx, &key, (session, cursor), params.limit, &budget).await,
        None => page(cx, &key, session, (params, &budget)).await,
    }
}

/// What came after a cursor.
async fn since(
    cx: &Cx,
    key: &Key,
    (session, cursor): (Option<Session>, &str),
    limit: Option<u32>,
    budget: &Budget,
) -> RpcResult<ChatHistoryResult> {
    let reset = || Ok(ChatHistoryResult::Reset(ChatHistoryReset { kind: ResetWord::Reset }));
    let Some(session) = session else { return reset() };
    let record = &session.record;
    let Some(seen) = Cursor::read(cursor).filter(|cursor| cursor.fits(record)) else { return reset() };
    let limit = limit.unwrap_or(MOST_MISSED).min(MOST_MISSED);
    let missed = Page { after: seen.seq, before: i64::MAX, limit: limit.saturating_add(1) };
    let excerpt = cx.sessions.excerpt(record, missed, budget).await?;
    let last = excerpt.last.unwrap_or(seen.seq);
    if excerpt.omitted || last - seen.seq > i64::from(limit) {
        return reset();
    }
    Ok(ChatHistoryResult::Delta(Box::new(ChatHistoryDelta {
        kind: DeltaWord::Delta,
        messages: excerpt.messages,
        delta_cursor: Cursor { session_id: &record.session_id, seq: last }.to_string(),
        session_info: Box::new(cx.sessions.row(&session, RowLook::default())),
        pending_inputs: pending(cx, key),
        in_flight_run: in_flight(cx, key),
        metadata: None,
        agents_list: None,
    })))
}

async fn page(
    cx: &Cx,
    key: &Key,
    session: Option<Session>,
    (params, budget): (&ChatHistoryParams, &Budget),
) -> RpcResult<ChatHistoryResult> {
    let record = match &session {
        Some(session) => transcript(cx, &session.record, params.session_id.as_deref()).await?,
        None => None,
    };
    let excerpt = match &record {
        Some(record) => match window(cx, record, params).await? {
            Some(window) => Some(cx.sessions.excerpt(record, window, budget).await?),
            None => None,
        },
        None => None,
    };
    let messages = match &excerpt {
        Some(excerpt) => excerpt.messages.clone(),
        None => Rendered::render(&Vec::new()).internal()?,
    };
    let ends = excerpt.map_or((None, None), |excerpt| (excerpt.first, excerpt.last));
    let more = match cx.principal().dialect {
        Dialect::V3 => None,
        Dialect::V4 => Some(more(cx, key, (session.as_ref(), record.as_deref()), ends)),
    };
    Ok(ChatHistoryResult::Page(Box::new(ChatHistoryPage {
        session_key: params.session_key.as_str().to_owned(),
        session_id: record.as_ref().map(|record| record.session_id.clone()),
        messages,
        thinking_level: session.as_ref().and_then(|session| session.record.thinking_level),
        more,
        metadata: None,
        agents_list: None,
    })))
}

/// The transcript that is meant: the current one, or a former one of the same
/// session. `None` when the id belongs to neither.
async fn transcript(
    cx: &Cx,
    record: &Arc<SessionRecord>,
    session_id: Option<&str>,
) -> RpcResult<Option<Arc<SessionRecord>>> {
    let Some(wanted) = session_id.filter(|wanted| *wanted != record.session_id) else {
        return Ok(Some(Arc::clone(record)));
    };
    if !record.former_ids.iter().any(|former| former == wanted) {
        return Ok(None);
    }
    let mut former = SessionRecord { session_id: wanted.to_owned(), hidden_to: 0, ..SessionRecord::clone(record) };
    let last = cx.sessions.tail(&former, 1).await?;
    former.last_seq = last.first().map_or(0, |row| row.0.seq);
    Ok(Some(Arc::new(former)))
}

/// Which rows are meant; `None` when the message that is named is not there.
async fn window(cx: &Cx, record: &SessionRecord, params: &ChatHistoryParams) -> RpcResult<Option<Page>> {
    let limit = params.limit.unwrap_or(MESSAGES);
    if let Some(id) = &params.message_id {
        let Some(anchor) = cx.sessions.message(record, id).await? else { return Ok(None) };
        // As many before it as after it.
        return Ok(Some(Page { after: 0, before: anchor.0.seq + 1 + i64::from(limit / 2), limit }));
    }
    let before = match params.offset {
        None | Some(0) => i64::MAX,
        Some(offset) => record.last_seq + 1 - i64::from(offset),
    };
    Ok(Some(Page { after: 0, before, limit }))
}

fn more(
    cx: &Cx,
    key: &Key,
    (session, record): (Option<&Session>, Option<&SessionRecord>),
    (first, last): (Option<i64>, Option<i64>),
) -> ChatHistoryMore {
    let hidden_to = record.map_or(0, |record| record.hidden_to);
    let older = first.filter(|first| *first > hidden_to + 1);
    let choice = session.and_then(|session| session.record.model_override.as_deref());
    let facts = cx.sessions.model_facts(key.agent_id(), choice);
    let cursor = |record: &SessionRecord| {
        let seq = last.unwrap_or(hidden_to);
        Cursor { session_id: &record.session_id, seq }.to_string()
    };
    ChatHistoryMore {
        has_more: older.is_some(),
        next_offset: older.zip(record).map(|(first, record)| record.last_seq + 1 - first),
        total_messages: record.map_or(0, SessionRecord::visible_messages),
        delta_cursor: record.map(cursor),
        pending_inputs: pending(cx, key),
        defaults: ChatDefaults {
            model_provider: facts.provider,
            model: facts.model,
            context_tokens: facts.context_tokens,
            thinking_levels: facts.levels.iter().map(|level| thinking_option(*level)).collect(),
            thinking_options: facts.levels.iter().map(|level| level.as_str().to_owned()).collect(),
            thinking_default: facts.thinking,
        },
        session_info: session.map(|session| Box::new(cx.sessions.row(session, RowLook::default()))),
        in_flight_run: in_flight(cx, key),
    }
}

fn pending(cx: &Cx, key: &Key) -> PendingInputs {
    let items = cx.runs.pending(key.as_str());
    PendingInputs { total: items.len(), items }
}

fn in_flight(cx: &Cx, key: &Key) -> Option<InFlightRun> {
    let run = cx.runs.in_flight(key.as_str())?;
    let text = Some(run.text).filter(|text| !text.is_empty());
    Some(InFlightRun { run_id: run.run_id, text, started_at: run.started_at })
}

/// How far a client has read, as it travels: opaque to clients.
#[derive(Debug, PartialEq, Eq)]
struct Cursor<'a> {
    session_id: &'a str,
    seq: i64,
}

impl<'a> Cursor<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let (session_id, seq) = text.rsplit_once(':')?;
        let seq = seq.parse().ok().filter(|seq| *seq >= 0)?;
        Some(Self { session_id, seq })
    }

    /// Whether what came after it can be told.
    fn fits(&self, record: &SessionRecord) -> bool {
        self.session_id == record.session_id && self.seq >= record.hidden_to && self.seq <= record.last_seq
    }
}

impl std::fmt::Display for Cursor<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.session_id, self.seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_good_until_a_reset_or_until_its_place_is_hidden() {
        let record = SessionRecord { session_id: "a-b".into(), last_seq: 9, hidden_to: 4, ..SessionRecord::default() };
        let cursor = Cursor { session_id: "a-b", seq: 7 }.to_string();
        assert_eq!(Cursor::read(&cursor), Some(Cursor { session_id: "a-b", seq: 7 }));
        for (text, good) in [
            (cursor.as_str(), true),
            ("a-b:4", true),
            ("a-b:9", true),
            ("a-b:3", false),
            ("a-b:10", false),
            ("other:7", false),
            ("a-b:-1", false),
            ("a-b:99999999999999999999", false),
            ("a-b", false),
            ("", false),
        ] {
            assert_eq!(Cursor::read(text).is_some_and(|cursor| cursor.fits(&record)), good, "{text}");
        }
    }
}
