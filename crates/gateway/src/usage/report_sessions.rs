//! Sums of the store by conversation, and the same sums by model, provider, agent and day.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use postern_protocol::usage::{
    AgentUsage, AggregateDay, CostTotals, ModelUsage, SessionUsageTotals, UsageAggregates, UsageDayCost, UsageMessages,
};

use super::report::{PriceOf, Sum, usd};
use crate::store::UsageSum;

/// What conversations took.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SessionReport {
    /// The last used first.
    pub sessions: Vec<ReportedSession>,
    /// All of them together.
    pub totals: CostTotals,
    /// The same in other groups.
    pub aggregates: UsageAggregates,
}

/// One conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportedSession {
    /// Its canonical key.
    pub key: String,
    /// Its agent.
    pub agent_id: String,
    /// Epoch milliseconds of its last answer.
    pub last_ts_ms: i64,
    /// Provider and model that answered last.
    pub model: (String, String),
    /// What it took.
    pub usage: SessionUsageTotals,
}

type ByModel<'a> = BTreeMap<(&'a str, Option<&'a str>), Sum>;

#[derive(Default)]
struct OneSession<'a> {
    sum: Sum,
    days: BTreeMap<&'a str, Sum>,
    models: ByModel<'a>,
    /// The group with the last answer.
    last: Option<&'a UsageSum>,
}

#[derive(Default)]
struct Groups<'a> {
    all: Sum,
    sessions: BTreeMap<&'a str, OneSession<'a>>,
    days: BTreeMap<&'a str, Sum>,
    models: ByModel<'a>,
    providers: ByModel<'a>,
    agents: BTreeMap<&'a str, Sum>,
}

impl SessionReport {
    pub(super) fn of(sums: &[UsageSum], price: PriceOf<'_>) -> Self {
        let mut groups = Groups::default();
        for sum in sums {
            groups.add(sum, &Sum::of(sum, price));
        }
        let aggregates = groups.aggregates();
        let totals = groups.all.totals();
        let mut sessions: Vec<_> = groups.sessions.into_iter().filter_map(|(key, of)| of.reported(key)).collect();
        sessions.sort_by_key(|session| Reverse(session.last_ts_ms));
        Self { sessions, totals, aggregates }
    }
}

impl<'a> Groups<'a> {
    fn add(&mut self, row: &'a UsageSum, sum: &Sum) {
        let (provider, model) = (row.provider.as_str(), row.model.as_str());
        self.all.add(sum);
        self.days.entry(&row.day).or_default().add(sum);
        self.models.entry((provider, Some(model))).or_default().add(sum);
        self.providers.entry((provider, None)).or_default().add(sum);
        self.agents.entry(&row.agent_id).or_default().add(sum);
        let session = self.sessions.entry(&row.session_key).or_default();
        session.sum.add(sum);
        session.days.entry(&row.day).or_default().add(sum);
        session.models.entry((provider, Some(model))).or_default().add(sum);
        if session.last.is_none_or(|last| last.last_ts_ms <= row.last_ts_ms) {
            session.last = Some(row);
        }
    }

    fn aggregates(&self) -> UsageAggregates {
        let agent = |(id, sum): (&&str, &Sum)| AgentUsage { agent_id: (*id).to_owned(), totals: sum.totals() };
        let day = |(date, sum): (&&str, &Sum)| AggregateDay {
            date: (*date).to_owned(),
            tokens: sum.tokens(),
            cost: usd(sum.cost_micro_usd()),
            messages: sum.answers(),
            tool_calls: 0,
            errors: 0,
        };
        let answers = self.all.answers();
        UsageAggregates {
            messages: UsageMessages { total: answers, assistant: answers, ..UsageMessages::default() },
            by_model: by_model(&self.models),
            by_provider: by_model(&self.providers),
            by_agent: self.agents.iter().map(agent).collect(),
            daily: self.days.iter().map(day).collect(),
            ..UsageAggregates::default()
        }
    }
}

impl OneSession<'_> {
    fn reported(self, key: &str) -> Option<ReportedSession> {
        let last = self.last?;
        let day = |(date, sum): (&&str, &Sum)| UsageDayCost {
            date: (*date).to_owned(),
            tokens: sum.tokens(),
            cost: usd(sum.cost_micro_usd()),
        };
        Some(ReportedSession {
            key: key.to_owned(),
            agent_id: last.agent_id.clone(),
            last_ts_ms: last.last_ts_ms,
            model: (last.provider.clone(), last.model.clone()),
            usage: SessionUsageTotals {
                totals: self.sum.totals(),
                last_activity: last.last_ts_ms,
                activity_dates: self.days.keys().map(|date| (*date).to_owned()).collect(),
                daily_breakdown: self.days.iter().map(day).collect(),
                model_usage: by_model(&self.models),
            },
        })
    }
}

/// The most expensive first; among those that cost the same, the one with the most tokens.
fn by_model(models: &ByModel<'_>) -> Vec<ModelUsage> {
    let mut rows: Vec<_> = models.iter().collect();
    rows.sort_by_key(|(_, sum)| Reverse((sum.cost_micro_usd(), sum.tokens())));
    let row = |((provider, model), sum): (&(&str, Option<&str>), &Sum)| ModelUsage {
        provider: (*provider).to_owned(),
        model: model.map(str::to_owned),
        count: sum.answers(),
        totals: sum.totals(),
    };
    rows.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use crate::store::UsageTotals;

    use super::super::report::Report;
    use super::*;

    #[expect(clippy::too_many_arguments, reason = "a row of the table below in one line")]
    fn sum(day: &str, agent: &str, key: &str, model: &str, last_ts_ms: i64, totals: UsageTotals) -> UsageSum {
        UsageSum {
            day: day.into(),
            agent_id: agent.into(),
            session_key: key.into(),
            provider: model.split('/').next().unwrap().into(),
            model: model.split('/').nth(1).unwrap().into(),
            totals,
            last_ts_ms,
        }
    }

    fn took(answers: i64, input: i64, output: i64, cost_micro_usd: i64) -> UsageTotals {
        UsageTotals { answers, input, output, cost_micro_usd, ..UsageTotals::default() }
    }

    #[test]
    fn every_way_to_group_adds_up_to_the_same_sum() {
        let sums = [
            sum("2026-11-20", "a", "agent:a:x", "p/m", 5, took(1, 10, 1, 333_333)),
            sum("2026-11-21", "a", "agent:a:x", "q/n", 9, took(2, 20, 2, 333_333)),
            sum("2026-11-21", "b", "agent:b:y", "p/m", 7, took(3, 40, 4, 333_334)),
            sum("2026-11-21", "b", "agent:b:y", "p/o", 6, UsageTotals { unpriced: 1, ..took(1, 80, 8, 0) }),
        ];
        let price: PriceOf<'_> = &|_| None;
        let (by_day, by_session) = (Report::of(&sums, price), SessionReport::of(&sums, price));
        assert_eq!(by_day.totals, by_session.totals);
        assert_eq!((by_day.totals.total_tokens, by_day.totals.missing_cost_entries), (165, 1));
        assert!((by_day.totals.total_cost - 1.0).abs() < f64::EPSILON);
        let groups = &by_session.aggregates;
        let tokens = |totals: Vec<&CostTotals>| totals.into_iter().map(|totals| totals.total_tokens).sum::<u64>();
        assert_eq!(tokens(by_day.daily.iter().map(|day| &day.totals).collect()), 165);
        assert_eq!(tokens(by_session.sessions.iter().map(|session| &session.usage.totals).collect()), 165);
        assert_eq!(tokens(groups.by_model.iter().map(|model| &model.totals).collect()), 165);
        assert_eq!(tokens(groups.by_provider.iter().map(|provider| &provider.totals).collect()), 165);
        assert_eq!(tokens(groups.by_agent.iter().map(|agent| &agent.totals).collect()), 165);
        assert_eq!(groups.daily.iter().map(|day| day.tokens).sum::<u64>(), 165);
        assert_eq!(groups.messages.assistant, 7);
    }

    #[test]
    fn the_last_used_conversation_and_the_dearest_model_come_first() {
        let sums = [
            sum("2026-11-20", "a", "agent:a:x", "p/m", 5, took(1, 10, 1, 1)),
            sum("2026-11-21", "a", "agent:a:x", "q/n", 9, took(2, 20, 2, 2)),
            sum("2026-11-21", "b", "agent:b:y", "p/m", 12, took(3, 40, 4, 3)),
        ];
        let report = SessionReport::of(&sums, &|_| None);
        assert_eq!(report.sessions.iter().map(|of| of.key.as_str()).collect::<Vec<_>>(), ["agent:b:y", "agent:a:x"]);
        let session = &report.sessions[1];
        assert_eq!((session.model.1.as_str(), session.last_ts_ms), ("n", 9));
        assert_eq!(session.usage.activity_dates, ["2026-11-20", "2026-11-21"]);
        let models = session.usage.model_usage.iter().map(|of| of.model.clone().unwrap()).collect::<Vec<_>>();
        assert_eq!(models, ["n", "m"]);
    }
}
