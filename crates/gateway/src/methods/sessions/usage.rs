//! `sessions.usage`: what conversations took (`methods.md §3`).

mod logs;
mod timeseries;

use postern_protocol::access::{Access, Scope};
use postern_protocol::usage::{
    SessionUsage, SessionUsageParams, SessionsUsage, SessionsUsageParams, SessionsUsageResult, UsageRange,
};

use crate::rpc::{Cx, Method, RpcResult};
use crate::store::UsageRow;
use crate::usage::{ReportedSession, Span};

/// Conversations that are listed when nobody says how many.
const LISTED: u32 = 50;
/// Conversations that are listed at most.
const MOST_LISTED: u32 = 1_000;
/// Answers that are listed when nobody says how many.
const ANSWERS: u32 = 200;

impl Method for SessionsUsage {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: SessionsUsageParams) -> RpcResult<SessionsUsageResult> {
        let (start, end) = (params.start_date.as_deref(), params.end_date.as_deref());
        let span = Span::read(cx.usage.today(), start, end, days(params.range))?;
        let agent_id = params.agent_id.as_deref();
        let key = match &params.key {
            Some(key) => Some(cx.sessions.resolve(key.as_str(), agent_id)?),
            None => None,
        };
        let price = |model: &postern_models::ModelRef| cx.models.price(model);
        let filter = (agent_id, key.as_ref().map(crate::sessions::Key::as_str));
        let report = cx.usage.session_report(&span, filter, &price).await?;
        let listed = params.limit.unwrap_or(LISTED).clamp(1, MOST_LISTED);
        let sessions = report.sessions.into_iter().take(usize::try_from(listed).unwrap_or(usize::MAX));
        Ok(SessionsUsageResult {
            updated_at: cx.clock.now_ms(),
            start_date: span.first.to_string(),
            end_date: span.last.to_string(),
            sessions: sessions.map(|session| row(&cx, session)).collect(),
            totals: report.totals,
            aggregates: report.aggregates,
        })
    }
}

fn row(cx: &Cx, of: ReportedSession) -> SessionUsage {
    let session = cx.sessions.get(&of.key);
    let record = session.as_ref().map(|session| &session.record);
    let (provider, model) = of.model;
    SessionUsage {
        label: record.and_then(|record| record.label.clone()),
        session_id: record.map(|record| record.session_id.clone()),
        key: of.key,
        agent_id: of.agent_id,
        updated_at: of.last_ts_ms,
        model_provider: Some(provider),
        model: Some(model),
        usage: Some(of.usage).into(),
    }
}

const fn days(range: Option<UsageRange>) -> u32 {
    match range {
        Some(UsageRange::Week) => 7,
        Some(UsageRange::Month) | None => 30,
        Some(UsageRange::Quarter) => 90,
        Some(UsageRange::Year) => 365,
        Some(UsageRange::All) => 366,
    }
}

/// Single answers of one conversation, oldest first.
async fn answers(cx: &Cx, params: &SessionUsageParams) -> RpcResult<Vec<UsageRow>> {
    let key = cx.sessions.resolve(params.key.as_str(), None)?;
    Ok(cx.usage.rows(key.as_str(), params.limit.unwrap_or(ANSWERS)).await?)
}

/// A count of the store, which is never below 0.
fn count(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// Tokens of every kind.
fn tokens(row: &UsageRow) -> u64 {
    [row.input, row.output, row.cache_read, row.cache_write].map(count).into_iter().fold(0, u64::saturating_add)
}

/// Millionths as USD.
#[expect(clippy::cast_precision_loss, reason = "exact up to nine billion USD")]
fn usd(micro: i64) -> f64 {
    micro as f64 / 1_000_000.0
}
