//! `postern usage`: what models took by day, and what is left of the limits.

use std::fmt::Write as _;

use postern_protocol::call::NoParams;
use postern_protocol::system::Nullable;
use postern_protocol::usage::{
    CostTotals, LimitUnit, SessionUsageTotals, SessionsUsage, SessionsUsageParams, SessionsUsageResult, UsageCost,
    UsageCostParams, UsageCostResult, UsageLimit, UsageOverride, UsageOverrideParams, UsageOverrideResult, UsageStatus,
    UsageStatusResult,
};
use serde_json::json;

use super::{Context, read, session_key};
use crate::args::{UsageArgs, UsageCommand, UsageOverrideArgs};
use crate::env::now_ms;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{printable, span};
use crate::table::Table;

pub(crate) async fn run(cx: &Context, args: &UsageArgs) -> Outcome {
    match (&args.command, &args.session) {
        (Some(UsageCommand::Override(args)), _) => lift(cx, args).await,
        (None, Some(session)) => of_session(cx, args, session).await,
        (None, None) => by_day(cx, args).await,
    }
}

async fn by_day(cx: &Context, args: &UsageArgs) -> Outcome {
    let gateway = cx.connect().await?;
    let params = UsageCostParams { days: Some(args.days), agent_id: args.agent.clone(), ..UsageCostParams::default() };
    let cost = gateway.ask::<UsageCost>(&params).await?;
    let status = gateway.ask::<UsageStatus>(&NoParams::default()).await?;
    gateway.close().await;
    let document = json!({"cost": cost, "status": status});
    cx.output.answer(&document, || {
        let (cost, status): (UsageCostResult, UsageStatusResult) = (read(&cost)?, read(&status)?);
        Ok(format!("{}\n{}", day_table(&cost), limits(&status, args.agent.as_deref(), now_ms())))
    })
}

async fn of_session(cx: &Context, args: &UsageArgs, session: &str) -> Outcome {
    let gateway = cx.connect().await?;
    // The range of days is told by its first day; the gateway knows today.
    let days = UsageCostParams { days: Some(args.days), ..UsageCostParams::default() };
    let range: UsageCostResult = read(&gateway.ask::<UsageCost>(&days).await?)?;
    let params = SessionsUsageParams {
        key: Some(session_key(session)?),
        agent_id: args.agent.clone(),
        start_date: Some(range.start_date),
        end_date: Some(range.end_date),
        ..SessionsUsageParams::default()
    };
    let answer = gateway.ask::<SessionsUsage>(&params).await?;
    gateway.close().await;
    cx.output.answer(&answer, || {
        let usage: SessionsUsageResult = read(&answer)?;
        let row = usage.sessions.first().ok_or_else(|| {
            Failure::new(Exit::Failed, format!("{} took nothing in these days", printable(session)))
                .hint("postern sessions lists the keys there are; --days N looks further back")
        })?;
        Ok(match &row.usage {
            Nullable::Value(totals) => format!("{}\n{}", printable(&row.key), session_table(totals)),
            Nullable::Null => format!("{} took nothing in these days", printable(&row.key)),
        })
    })
}

fn day_table(cost: &UsageCostResult) -> String {
    if cost.daily.is_empty() {
        return format!("Nothing was taken from {} to {}.", cost.start_date, cost.end_date);
    }
    let mut table = Table::new(["DAY", "READ", "CACHED", "WRITTEN", "TOKENS", "USD"]);
    let mut row = |name: &str, totals: &CostTotals| {
        table.row([
            name.to_owned(),
            totals.input.to_string(),
            totals.cache_read.to_string(),
            totals.output.to_string(),
            totals.total_tokens.to_string(),
            usd(totals.total_cost),
        ]);
    };
    for day in &cost.daily {
        row(&day.date, &day.totals);
    }
    row("total", &cost.totals);
    let mut text = table.render();
    if cost.totals.missing_cost_entries > 0 {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n  {} answers of models without a known price", cost.totals.missing_cost_entries);
    }
    text
}

fn session_table(totals: &SessionUsageTotals) -> String {
    let mut table = Table::new(["DAY", "TOKENS", "USD"]);
    for day in &totals.daily_breakdown {
        table.row([day.date.clone(), day.tokens.to_string(), usd(day.cost)]);
    }
    table.row(["total".to_owned(), totals.totals.total_tokens.to_string(), usd(totals.totals.total_cost)]);
    for model in &totals.model_usage {
        let name = format!("{}/{}", model.provider, model.model.as_deref().unwrap_or("*"));
        table.row([name, model.totals.total_tokens.to_string(), usd(model.totals.total_cost)]);
    }
    table.render()
}

/// The limits, what is left of them, and what was lifted.
fn limits(status: &UsageStatusResult, agent: Option<&str>, now_ms: i64) -> String {
    let mut text = String::new();
    let concerns =
        |limit: &&UsageLimit| agent.is_none_or(|agent| limit.agent_id.as_deref().is_none_or(|id| id == agent));
    for limit in status.limits.iter().filter(concerns) {
        let whose =
            limit.agent_id.as_ref().map_or_else(|| "all agents".to_owned(), |id| format!("agent {}", printable(id)));
        let left = (limit.limit - limit.spent - limit.reserved).max(0.0);
        let resets = span(u64::try_from(limit.reset_at.saturating_sub(now_ms)).unwrap_or_default());
        let blocked = if limit.blocked { ", REACHED" } else { "" };
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "limit of a day, {whose}: {} of {} left{blocked}; begins anew in {resets}",
            amount(limit.unit, left),
            amount(limit.unit, limit.limit),
        );
    }
    if status.limits.is_empty() {
        text.push_str("no limits: set usage.limits.dailyUsd or dailyTokens in the configuration\n");
    }
    text.push_str(&lifted(&status.overrides, now_ms));
    for note in &status.notes {
        let _ = writeln!(text, "{}", printable(note));
    }
    text
}

fn lifted(overrides: &[postern_protocol::usage::LimitOverride], now_ms: i64) -> String {
    let mut text = String::new();
    for one in overrides {
        let whose =
            one.agent_id.as_ref().map_or_else(|| "every agent".to_owned(), |id| format!("agent {}", printable(id)));
        let left = span(u64::try_from(one.until_ms.saturating_sub(now_ms)).unwrap_or_default());
        let (by, reason) = (printable(&one.by), printable(&one.reason));
        // Writing to a String cannot fail.
        let _ = writeln!(text, "limits are lifted for {whose}, for another {left}, by {by}: {reason}");
    }
    text
}

fn amount(unit: LimitUnit, number: f64) -> String {
    match unit {
        LimitUnit::Usd => format!("{} USD", usd(number)),
        LimitUnit::Tokens => format!("{number:.0} tokens"),
    }
}

/// Cents, and more digits where cents would show nothing.
fn usd(dollars: f64) -> String {
    if dollars != 0.0 && dollars.abs() < 0.01 { format!("{dollars:.6}") } else { format!("{dollars:.2}") }
}

async fn lift(cx: &Context, args: &UsageOverrideArgs) -> Outcome {
    let params = UsageOverrideParams {
        agent_id: args.agent.clone(),
        until_ms: None,
        for_ms: args.duration,
        reason: args.reason.clone(),
        clear: args.clear.then_some(true),
    };
    cx.ask::<UsageOverride>(params, |done: &UsageOverrideResult| match done.overrides.as_slice() {
        [] => "the limits hold".to_owned(),
        lifted_now => lifted(lifted_now, now_ms()),
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_limit_leaves_out_what_is_set_aside() {
        let status: UsageStatusResult = serde_json::from_value(json!({
            "updatedAt": 0, "providers": [], "today": {"date": "2026-11-21", "totals": CostTotals::default()},
            "limits": [
                {"unit": "usd", "spent": 1.5, "reserved": 0.25, "limit": 2.0, "usedPercent": 87.5, "resetAt": 3_600_000,
                    "blocked": false},
                {"agentId": "work", "unit": "tokens", "spent": 12.0, "reserved": 0.0, "limit": 10.0,
                    "usedPercent": 100.0, "resetAt": 3_600_000, "blocked": true},
            ],
            "overrides": [{"agentId": "work", "sinceMs": 0, "untilMs": 60_000, "reason": "dead\u{1b}line", "by": "desk"}],
            "notes": [],
        }))
        .unwrap();
        assert_eq!(
            limits(&status, None, 0),
            "limit of a day, all agents: 0.25 USD of 2.00 USD left; begins anew in 1 h\n\
             limit of a day, agent work: 0 tokens of 10 tokens left, REACHED; begins anew in 1 h\n\
             limits are lifted for agent work, for another 1 min, by desk: dead\u{fffd}line\n"
        );
        assert!(!limits(&status, Some("main"), 0).contains("agent work:"));
    }

    #[test]
    fn small_sums_are_not_nothing() {
        assert_eq!([usd(0.0), usd(1.005), usd(0.000_12)], ["0.00", "1.00", "0.000120"]);
    }
}
