//! `usage.cost`: tokens and money by day (`methods.md §12`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::usage::{UsageCost, UsageCostParams, UsageCostResult};

use crate::rpc::{Cx, Method, RpcResult};
use crate::usage::Span;

/// Days of a report that names none.
const DAYS: u32 = 30;

impl Method for UsageCost {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: UsageCostParams) -> RpcResult<UsageCostResult> {
        let (start, end) = (params.start_date.as_deref(), params.end_date.as_deref());
        let span = Span::read(cx.usage.today(), start, end, params.days.unwrap_or(DAYS))?;
        let price = |model: &postern_models::ModelRef| cx.models.price(model);
        let report = cx.usage.report(&span, params.agent_id.as_deref(), &price).await?;
        Ok(UsageCostResult {
            updated_at: cx.clock.now_ms(),
            days: span.days(),
            start_date: span.first.to_string(),
            end_date: span.last.to_string(),
            daily: report.daily,
            totals: report.totals,
        })
    }
}
