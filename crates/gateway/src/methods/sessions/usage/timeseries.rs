//! `sessions.usage.timeseries`: one conversation answer by answer
//! (`methods.md §3`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::usage::{SessionUsageParams, SessionsUsageTimeseries, SessionsUsageTimeseriesResult, UsagePoint};

use super::{answers, count, tokens, usd};
use crate::rpc::{Cx, Method, RpcResult};
use crate::store::UsageRow;

impl Method for SessionsUsageTimeseries {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: SessionUsageParams) -> RpcResult<SessionsUsageTimeseriesResult> {
        let rows = answers(&cx, &params).await?;
        let session_id = rows.last().map(|row| row.session_id.clone());
        Ok(SessionsUsageTimeseriesResult { session_id, points: points(&rows) })
    }
}

fn points(rows: &[UsageRow]) -> Vec<UsagePoint> {
    let (mut cumulative_tokens, mut cumulative_micro) = (0_u64, 0_i64);
    let point = |row: &UsageRow| {
        let cost = row.cost_micro_usd.unwrap_or(0);
        cumulative_tokens = cumulative_tokens.saturating_add(tokens(row));
        cumulative_micro = cumulative_micro.saturating_add(cost);
        UsagePoint {
            timestamp: row.ts_ms,
            input: count(row.input),
            output: count(row.output),
            cache_read: count(row.cache_read),
            cache_write: count(row.cache_write),
            total_tokens: tokens(row),
            cost: usd(cost),
            cumulative_tokens,
            cumulative_cost: usd(cumulative_micro),
        }
    };
    rows.iter().map(point).collect()
}
