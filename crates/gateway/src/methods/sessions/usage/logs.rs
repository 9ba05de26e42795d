//! `sessions.usage.logs`: which model answered when, for how much
//! (`methods.md §3`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::usage::{SessionUsageParams, SessionsUsageLogs, SessionsUsageLogsResult, UsageLogLine};

use super::{answers, tokens, usd};
use crate::rpc::{Cx, Method, RpcResult};
use crate::store::UsageRow;

impl Method for SessionsUsageLogs {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: SessionUsageParams) -> RpcResult<SessionsUsageLogsResult> {
        let rows = answers(&cx, &params).await?;
        Ok(SessionsUsageLogsResult { logs: rows.into_iter().map(line).collect() })
    }
}

fn line(row: UsageRow) -> UsageLogLine {
    let (read, written) = (row.input + row.cache_read + row.cache_write, row.output);
    UsageLogLine {
        timestamp: row.ts_ms,
        role: "assistant".to_owned(),
        content: format!("{}/{} read {read} tokens and wrote {written}", row.provider, row.model),
        tokens: tokens(&row),
        cost: row.cost_micro_usd.map(usd),
        run_id: row.run_id,
    }
}
