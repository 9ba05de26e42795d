//! Is a limit reached? Pure, so that the rule is a table in the tests.

use postern_protocol::usage::LimitUnit;

use super::Day;
use super::day::written;
use super::ledger::Spent;
use crate::config::SpendLimits;

/// What a request to a model is expected to take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Estimate {
    /// Tokens of every kind.
    pub tokens: u64,
    /// Millionths of a USD; 0 when the model has no known price.
    pub micro_usd: u64,
}

/// Tokens alone, where no price is known.
impl From<u64> for Estimate {
    fn from(tokens: u64) -> Self {
        Self { tokens, micro_usd: 0 }
    }
}

/// USD as whole millionths. What is no amount of money is none.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates; never below 0")]
pub fn micro_usd(usd: f64) -> u64 {
    (usd * 1_000_000.0).round().max(0.0) as u64
}

impl Estimate {
    pub(super) const fn plus(self, other: Self) -> Self {
        Self {
            tokens: self.tokens.saturating_add(other.tokens),
            micro_usd: self.micro_usd.saturating_add(other.micro_usd),
        }
    }

    pub(super) const fn minus(self, other: Self) -> Self {
        Self {
            tokens: self.tokens.saturating_sub(other.tokens),
            micro_usd: self.micro_usd.saturating_sub(other.micro_usd),
        }
    }
}

/// The limits of one agent, or those that all share, and what counts against them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Side<'a> {
    /// Whose; `None` for all.
    pub(super) agent_id: Option<&'a str>,
    pub(super) limits: SpendLimits,
    pub(super) spent: Spent,
    pub(super) reserved: Estimate,
}

/// One limit with its numbers: millionths of a USD, or tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitStanding {
    /// Whose; `None` for the one that all agents share.
    pub agent_id: Option<String>,
    /// What it counts.
    pub unit: LimitUnit,
    /// Spent today.
    pub spent: u64,
    /// Set aside for answers that are under way.
    pub reserved: u64,
    /// The limit.
    pub limit: u64,
    /// Epoch milliseconds of the moment at which it starts again.
    pub resets_at_ms: i64,
    /// Whether it keeps agents from asking models.
    pub blocked: bool,
    /// Answers of today without a known price.
    pub unpriced: u64,
}

/// A limit that is reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Blocked {
    /// The limit.
    pub limit: LimitStanding,
    /// What people are told: which limit, how much, until when, and what lifts it.
    pub message: String,
}

impl Side<'_> {
    /// Every limit of this side, money first.
    fn limits(&self, now_ms: i64) -> impl Iterator<Item = LimitStanding> + '_ {
        let resets_at_ms = Day::of_ms(now_ms).next().start_ms();
        let row = move |unit, spent: u64, reserved: u64, limit: Option<u64>| {
            limit.map(|limit| LimitStanding {
                agent_id: self.agent_id.map(str::to_owned),
                unit,
                spent,
                reserved,
                limit,
                resets_at_ms,
                // A limit of nothing is reached before anything is spent.
                blocked: spent.saturating_add(reserved) >= limit,
                unpriced: self.spent.unpriced,
            })
        };
        let money = row(LimitUnit::Usd, self.spent.micro_usd, self.reserved.micro_usd, self.limits.daily_micro_usd);
        let tokens = row(LimitUnit::Tokens, self.spent.tokens, self.reserved.tokens, self.limits.daily_tokens);
        money.into_iter().chain(tokens)
    }

    /// The limits as people are shown them; what is under way does not make a limit reached.
    pub(super) fn standing(&self, now_ms: i64, lifted: bool) -> Vec<LimitStanding> {
        let show = |row: LimitStanding| LimitStanding { blocked: !lifted && row.spent >= row.limit, ..row };
        self.limits(now_ms).map(show).collect()
    }
}

/// Whether what was spent and set aside leaves room below every limit.
pub(super) fn decide(shared: &Side<'_>, own: &Side<'_>, now_ms: i64) -> Result<(), Box<Blocked>> {
    let reached = shared.limits(now_ms).chain(own.limits(now_ms)).find(|limit| limit.blocked);
    reached.map_or(Ok(()), |limit| {
        let message = message(&limit);
        Err(Box::new(Blocked { limit, message }))
    })
}

fn message(of: &LimitStanding) -> String {
    let (whose, setting) = match &of.agent_id {
        Some(id) => (format!("The daily limit of agent {id}"), "agents.list[].limits"),
        None => ("The daily limit of all agents together".to_owned(), "usage.limits"),
    };
    let (key, amount): (&str, fn(u64) -> String) = match of.unit {
        LimitUnit::Usd => ("dailyUsd", usd),
        LimitUnit::Tokens => ("dailyTokens", |tokens| format!("{tokens} tokens")),
    };
    let under_way = match of.reserved {
        0 => String::new(),
        reserved => format!(", {} set aside for answers under way", amount(reserved)),
    };
    let unpriced = match (of.unit, of.unpriced) {
        (LimitUnit::Usd, 1..) => {
            format!(" {} answers of models without a known price are not in this sum.", of.unpriced)
        }
        _ => String::new(),
    };
    format!(
        "{whose} is reached: {} of {} spent{under_way}.{unpriced} It starts again at {}. An admin can lift it for a \
         while (usage.override) or raise {setting}.{key}.",
        amount(of.spent),
        amount(of.limit),
        written(of.resets_at_ms),
    )
}

/// Money with the digits that matter.
fn usd(micro: u64) -> String {
    let (whole, rest) = (micro / 1_000_000, micro % 1_000_000);
    let cents = rest / 10_000;
    if rest % 10_000 == 0 { format!("{whole}.{cents:02} USD") } else { format!("{whole}.{rest:06} USD") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-21 12:00 UTC.
    const NOON: i64 = 1_795_262_400_000;

    fn side(
        agent_id: Option<&str>,
        limits: (Option<u64>, Option<u64>),
        spent: (u64, u64),
        held: (u64, u64),
    ) -> Side<'_> {
        Side {
            agent_id,
            limits: SpendLimits { daily_micro_usd: limits.0, daily_tokens: limits.1 },
            spent: Spent { micro_usd: spent.0, tokens: spent.1, unpriced: 0 },
            reserved: Estimate { micro_usd: held.0, tokens: held.1 },
        }
    }

    #[test]
    fn a_limit_is_reached_when_nothing_is_left_below_it() {
        use LimitUnit::{Tokens, Usd};
        let none = (None, None);
        #[rustfmt::skip]
        // (shared limits, spent by all, set aside by all), (own …) → whose limit is reached
        let expect = [
            ((none, (9, 9), (9, 9)), (none, (9, 9), (9, 9)), None),
            (((Some(10), None), (9, 99), (0, 99)), (none, (0, 0), (0, 0)), None),
            (((Some(10), None), (10, 0), (0, 0)), (none, (0, 0), (0, 0)), Some((false, Usd))),
            (((Some(10), None), (11, 0), (0, 0)), (none, (0, 0), (0, 0)), Some((false, Usd))),
            (((Some(10), None), (4, 0), (6, 0)), (none, (0, 0), (0, 0)), Some((false, Usd))),
            (((None, Some(10)), (99, 9), (0, 0)), (none, (0, 0), (0, 0)), None),
            (((None, Some(10)), (0, 9), (0, 1)), (none, (0, 0), (0, 0)), Some((false, Tokens))),
            ((none, (50, 50), (0, 0)), ((Some(10), Some(10)), (9, 9), (0, 0)), None),
            ((none, (50, 50), (0, 0)), ((Some(10), Some(10)), (9, 10), (0, 0)), Some((true, Tokens))),
            ((none, (50, 50), (0, 0)), ((Some(10), Some(10)), (10, 10), (0, 0)), Some((true, Usd))),
            (((Some(5), None), (5, 0), (0, 0)), ((Some(5), None), (5, 0), (0, 0)), Some((false, Usd))),
            (((Some(0), None), (0, 0), (0, 0)), (none, (0, 0), (0, 0)), Some((false, Usd))),
            ((none, (0, 0), (0, 0)), ((None, Some(0)), (0, 0), (0, 0)), Some((true, Tokens))),
            (((Some(u64::MAX), None), (u64::MAX - 1, 0), (u64::MAX, 0)), (none, (0, 0), (0, 0)), Some((false, Usd))),
        ];
        for (index, (all, own, want)) in expect.into_iter().enumerate() {
            let outcome = decide(&side(None, all.0, all.1, all.2), &side(Some("a"), own.0, own.1, own.2), NOON);
            let got = outcome.err().map(|blocked| (blocked.limit.agent_id.is_some(), blocked.limit.unit));
            assert_eq!(got, want, "row {index}");
        }
    }

    #[test]
    fn the_message_says_which_how_much_until_when_and_what_helps() {
        let free = side(None, (None, None), (0, 0), (0, 0));
        let mut own = side(Some("ada"), (Some(1_500_000), None), (1_620_001, 0), (250_000, 0));
        own.spent.unpriced = 2;
        let blocked = decide(&free, &own, NOON).unwrap_err();
        assert_eq!(
            blocked.message,
            "The daily limit of agent ada is reached: 1.620001 USD of 1.50 USD spent, 0.25 USD set aside for answers \
             under way. 2 answers of models without a known price are not in this sum. It starts again at 2026-11-22 \
             00:00 UTC. An admin can lift it for a while (usage.override) or raise agents.list[].limits.dailyUsd."
        );
        assert_eq!(blocked.limit.resets_at_ms, NOON + 12 * 3_600_000);
        let shared = side(None, (None, Some(1000)), (0, 1000), (0, 0));
        let blocked = decide(&shared, &own, NOON).unwrap_err();
        assert_eq!(
            blocked.to_string(),
            "The daily limit of all agents together is reached: 1000 tokens of 1000 tokens spent. It starts again at \
             2026-11-22 00:00 UTC. An admin can lift it for a while (usage.override) or raise usage.limits.dailyTokens."
        );
    }

    #[test]
    fn what_is_under_way_is_shown_but_does_not_count_as_reached() {
        let own = side(Some("a"), (Some(10), Some(5)), (8, 5), (7, 0));
        let rows = own.standing(NOON, false);
        assert_eq!(rows.iter().map(|row| (row.reserved, row.blocked)).collect::<Vec<_>>(), [(7, false), (0, true)]);
        assert!(own.standing(NOON, true).iter().all(|row| !row.blocked));
    }
}
