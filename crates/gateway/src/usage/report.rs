//! Sums of the store by day. Sums are whole millionths; only what leaves is a fraction.

use std::collections::BTreeMap;

use postern_models::{Cost, ModelRef};
use postern_protocol::usage::{CostTotals, UsageDay};

use super::{Day, UsageError};
use crate::store::{UsageFilter, UsageSum, UsageTotals};

/// Longest range of a report, days.
const MOST_DAYS: u32 = 366;

/// Looks up today's price of a model.
pub type PriceOf<'a> = &'a (dyn Fn(&ModelRef) -> Option<Cost> + Sync);

/// Days that a report is about, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First day.
    pub first: Day,
    /// Last day.
    pub last: Day,
}

impl Span {
    /// Reads a range as clients write it: both ends, or one, or only how many days. Never longer than a year: the
    /// first days go.
    ///
    /// # Errors
    /// When an end is no day, or the first lies behind the last.
    pub fn read(today: Day, start: Option<&str>, end: Option<&str>, days: u32) -> Result<Self, UsageError> {
        let day = |name: &str, text: Option<&str>| {
            let bad = || UsageError::Invalid(format!("{name} must be a day such as 2026-11-21"));
            text.map(|text| Day::parse(text).ok_or_else(bad)).transpose()
        };
        let last = day("endDate", end)?.unwrap_or(today);
        let days = days.clamp(1, MOST_DAYS);
        let first = day("startDate", start)?.unwrap_or_else(|| last.before(days - 1));
        if first > last {
            return Err(UsageError::Invalid("startDate lies behind endDate".to_owned()));
        }
        Ok(Self { first: first.max(last.before(MOST_DAYS - 1)), last })
    }

    /// How many days.
    #[must_use]
    pub fn days(&self) -> u32 {
        self.first.days_to(self.last)
    }

    pub(super) fn filter(&self, agent_id: Option<&str>, session_key: Option<&str>) -> UsageFilter {
        UsageFilter {
            from_day: Some(self.first.to_string()),
            to_day: Some(self.last.to_string()),
            agent_id: agent_id.map(str::to_owned),
            session_key: session_key.map(str::to_owned),
        }
    }
}

/// Tokens and money by day.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// The days on which something was taken, oldest first.
    pub daily: Vec<UsageDay>,
    /// All of them together.
    pub totals: CostTotals,
}

impl Report {
    pub(super) fn of(sums: &[UsageSum], price: PriceOf<'_>) -> Self {
        let (mut days, mut all) = (BTreeMap::<&str, Sum>::new(), Sum::default());
        for sum in sums {
            let one = Sum::of(sum, price);
            days.entry(&sum.day).or_default().add(&one);
            all.add(&one);
        }
        let daily = days.into_iter().map(|(date, sum)| UsageDay { date: date.to_owned(), totals: sum.totals() });
        Self { daily: daily.collect(), totals: all.totals() }
    }
}

/// A sum that is still exact.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    of: UsageTotals,
    /// USD for input, output, cache reads, cache writes.
    parts: [f64; 4],
}

impl Sum {
    pub(super) fn of(sum: &UsageSum, price: PriceOf<'_>) -> Self {
        let of = sum.totals;
        let price = price(&ModelRef::new(&sum.provider, &sum.model));
        Self { of, parts: parts(&of, price) }
    }

    pub(super) fn add(&mut self, other: &Self) {
        let (to, from) = (&mut self.of, &other.of);
        let fields = [
            (&mut to.answers, from.answers),
            (&mut to.input, from.input),
            (&mut to.output, from.output),
            (&mut to.cache_read, from.cache_read),
            (&mut to.cache_write, from.cache_write),
            (&mut to.cost_micro_usd, from.cost_micro_usd),
            (&mut to.unpriced, from.unpriced),
        ];
        for (sum, more) in fields {
            *sum = sum.saturating_add(more);
        }
        for (sum, more) in self.parts.iter_mut().zip(other.parts) {
            *sum += more;
        }
    }

    pub(super) fn answers(&self) -> u64 {
        count(self.of.answers)
    }

    pub(super) fn tokens(&self) -> u64 {
        [self.of.input, self.of.output, self.of.cache_read, self.of.cache_write]
            .map(count)
            .into_iter()
            .fold(0, u64::saturating_add)
    }

    pub(super) fn cost_micro_usd(&self) -> i64 {
        self.of.cost_micro_usd
    }

    pub(super) fn totals(&self) -> CostTotals {
        let [input_cost, output_cost, cache_read_cost, cache_write_cost] = self.parts;
        CostTotals {
            input: count(self.of.input),
            output: count(self.of.output),
            cache_read: count(self.of.cache_read),
            cache_write: count(self.of.cache_write),
            total_tokens: self.tokens(),
            total_cost: usd(self.of.cost_micro_usd),
            input_cost,
            output_cost,
            cache_read_cost,
            cache_write_cost,
            missing_cost_entries: count(self.of.unpriced),
        }
    }
}

fn count(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// Millionths as USD.
#[expect(clippy::cast_precision_loss, reason = "exact up to nine billion USD")]
pub(super) fn usd(micro: i64) -> f64 {
    micro as f64 / 1_000_000.0
}

/// Divides what was paid by what the kinds of tokens cost today. Nothing is divided without a price.
#[expect(clippy::cast_precision_loss, reason = "shares of a sum; token counts stay far below 2^52")]
fn parts(of: &UsageTotals, price: Option<Cost>) -> [f64; 4] {
    let Some(price) = price else { return [0.0; 4] };
    let weights = [
        of.input as f64 * price.input,
        of.output as f64 * price.output,
        of.cache_read as f64 * price.cache_read,
        of.cache_write as f64 * price.cache_write,
    ];
    let sum: f64 = weights.iter().sum();
    if sum <= 0.0 { [0.0; 4] } else { weights.map(|weight| usd(of.cost_micro_usd) * weight / sum) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn a_range_is_read_from_what_there_is_of_it() {
        let today = day("2026-11-21");
        let read = |start, end, days| Span::read(today, start, end, days).map(|of| (of.first.to_string(), of.days()));
        let some = |first: &str, days| Ok((first.to_owned(), days));
        assert_eq!(read(None, None, 30), some("2026-10-23", 30));
        assert_eq!(read(None, None, 0), some("2026-11-21", 1));
        assert_eq!(read(None, None, u32::MAX), some("2025-11-21", 366));
        assert_eq!(read(Some("2026-11-01"), None, 30), some("2026-11-01", 21));
        assert_eq!(read(None, Some("2026-11-10"), 10), some("2026-11-01", 10));
        assert_eq!(read(Some("1999-01-01"), Some("2026-11-21"), 1), some("2025-11-21", 366));
        for (start, end) in [(Some("2026-11-22"), None), (Some("2026-02-30"), None), (None, Some("x"))] {
            assert!(matches!(read(start, end, 1), Err(UsageError::Invalid(_))), "{start:?} {end:?}");
        }
    }

    #[test]
    fn what_was_paid_is_divided_by_prices_and_adds_up() {
        let of = UsageTotals { input: 1000, output: 500, cache_read: 100, cost_micro_usd: 2_010, ..Default::default() };
        let price = Cost { input: 1.0, output: 2.0, cache_read: 0.1, cache_write: 1.25 };
        let parts = parts(&of, Some(price));
        assert!((parts[0] - 0.001).abs() < 1e-9 && (parts[1] - 0.001).abs() < 1e-9, "{parts:?}");
        assert!((parts.iter().sum::<f64>() - usd(2_010)).abs() < 1e-12, "{parts:?}");
        assert_eq!(super::parts(&of, None), [0.0; 4]);
        assert_eq!(super::parts(&of, Some(Cost::default())), [0.0; 4]);
    }
}
