//! `usage.status`: how far the daily limits are (`methods.md §12`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::NoParams;
use postern_protocol::usage::{
    LimitUnit, UsageLimit, UsageProvider, UsageStatus, UsageStatusResult, UsageToday, UsageWindow,
};

use crate::rpc::{Cx, Method, RpcResult};
use crate::usage::{LimitStanding, Span};

impl Method for UsageStatus {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, _params: NoParams) -> RpcResult<UsageStatusResult> {
        status(&cx).await
    }
}

pub(super) async fn status(cx: &Cx) -> RpcResult<UsageStatusResult> {
    let today = cx.usage.today();
    let price = |model: &postern_models::ModelRef| cx.models.price(model);
    let report = cx.usage.report(&Span { first: today, last: today }, None, &price).await?;
    let agents: Vec<_> = cx.agents.list().iter().map(|agent| (agent.id.clone(), agent.limits)).collect();
    let standing = cx.usage.standing(&agents);
    let overrides = cx.usage.overrides();
    let mut notes: Vec<String> = standing.iter().filter(|of| of.blocked).map(reached).collect();
    let unpriced = report.totals.missing_cost_entries;
    if unpriced > 0 {
        notes.push(format!("{unpriced} answers of today have no known price: their tokens count, money does not."));
    }
    Ok(UsageStatusResult {
        updated_at: cx.clock.now_ms(),
        providers: bars(&standing),
        today: UsageToday { date: today.to_string(), totals: report.totals },
        limits: standing.iter().map(row).collect(),
        overrides,
        notes,
    })
}

/// The limits as one provider, which is the form that clients draw.
fn bars(standing: &[LimitStanding]) -> Vec<UsageProvider> {
    if standing.is_empty() {
        return Vec::new();
    }
    let window = |of: &LimitStanding| UsageWindow {
        label: label(of),
        used_percent: percent(of),
        reset_at: Some(of.resets_at_ms),
    };
    vec![UsageProvider {
        provider: "postern".to_owned(),
        display_name: "Daily limits".to_owned(),
        windows: standing.iter().map(window).collect(),
        plan: None,
        error: None,
    }]
}

fn row(of: &LimitStanding) -> UsageLimit {
    let amount = |value: u64| amount(of.unit, value);
    UsageLimit {
        agent_id: of.agent_id.clone(),
        unit: of.unit,
        spent: amount(of.spent),
        reserved: amount(of.reserved),
        limit: amount(of.limit),
        used_percent: percent(of),
        reset_at: of.resets_at_ms,
        blocked: of.blocked,
        unpriced_answers: (of.unit == LimitUnit::Usd).then_some(of.unpriced),
    }
}

fn reached(of: &LimitStanding) -> String {
    let lift = "usage.override lifts it for a while";
    format!("The limit \"{}\" is reached: agents ask no model until it starts again; {lift}.", label(of))
}

fn label(of: &LimitStanding) -> String {
    let unit = match of.unit {
        LimitUnit::Usd => "USD a day",
        LimitUnit::Tokens => "tokens a day",
    };
    of.agent_id.as_deref().map_or_else(|| unit.to_owned(), |agent| format!("{agent}: {unit}"))
}

#[expect(clippy::cast_precision_loss, reason = "exact up to nine billion USD")]
fn amount(unit: LimitUnit, value: u64) -> f64 {
    match unit {
        LimitUnit::Usd => value as f64 / 1_000_000.0,
        LimitUnit::Tokens => value as f64,
    }
}

/// 0 to 100; a limit of nothing is used up.
#[expect(clippy::cast_precision_loss, reason = "a share to show")]
fn percent(of: &LimitStanding) -> f64 {
    if of.spent >= of.limit { 100.0 } else { of.spent as f64 * 100.0 / of.limit as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_drawn_as_bars() {
        let limit = |agent: Option<&str>, unit, spent, limit| LimitStanding {
            agent_id: agent.map(str::to_owned),
            unit,
            spent,
            reserved: 0,
            limit,
            resets_at_ms: 9,
            blocked: spent >= limit,
            unpriced: 0,
        };
        let standing = [
            limit(None, LimitUnit::Usd, 250_000, 1_000_000),
            limit(Some("ada"), LimitUnit::Tokens, 30, 20),
            limit(Some("bob"), LimitUnit::Usd, 0, 0),
        ];
        let windows = bars(&standing).remove(0).windows;
        let got: Vec<_> = windows.iter().map(|of| (of.label.as_str(), of.used_percent, of.reset_at)).collect();
        let want =
            [("USD a day", 25.0, Some(9)), ("ada: tokens a day", 100.0, Some(9)), ("bob: USD a day", 100.0, Some(9))];
        assert_eq!(got, want);
        let rows: Vec<_> = standing.iter().map(row).map(|of| (of.spent, of.limit, of.unpriced_answers)).collect();
        assert_eq!(rows, [(0.25, 1.0, Some(0)), (30.0, 20.0, None), (0.0, 0.0, Some(0))]);
        assert!(bars(&[]).is_empty());
    }
}
