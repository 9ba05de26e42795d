//! Sums per day and agent, and what is set aside for answers that are under way.

use std::collections::{BTreeMap, HashMap};

use super::{Day, Estimate};
use crate::store::UsageSum;

/// Days that are kept in memory. More than two are only there after the clock was moved.
const DAYS: usize = 40;

/// What was spent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Spent {
    /// Tokens of every kind.
    pub(super) tokens: u64,
    /// Millionths of a USD.
    pub(super) micro_usd: u64,
    /// Answers without a known price.
    pub(super) unpriced: u64,
}

impl Spent {
    fn add(&mut self, other: Self) {
        self.tokens = self.tokens.saturating_add(other.tokens);
        self.micro_usd = self.micro_usd.saturating_add(other.micro_usd);
        self.unpriced = self.unpriced.saturating_add(other.unpriced);
    }
}

/// One day.
#[derive(Debug, Default)]
struct OneDay {
    all: Spent,
    by_agent: HashMap<String, Spent>,
}

impl OneDay {
    fn add(&mut self, agent_id: &str, spent: Spent) {
        self.all.add(spent);
        match self.by_agent.get_mut(agent_id) {
            Some(sum) => sum.add(spent),
            None => drop(self.by_agent.insert(agent_id.to_owned(), spent)),
        }
    }
}

/// The sums.
#[derive(Debug)]
pub(super) struct Ledger {
    days: BTreeMap<Day, OneDay>,
    /// From here on every day is complete.
    known_from: Day,
    reserved: HashMap<String, Estimate>,
    reserved_by_all: Estimate,
}

impl Ledger {
    pub(super) fn starting_at(known_from: Day) -> Self {
        let (days, reserved) = (BTreeMap::new(), HashMap::new());
        Self { days, known_from, reserved, reserved_by_all: Estimate::default() }
    }

    /// Adds what the store knows.
    pub(super) fn load(&mut self, sums: &[UsageSum]) {
        let count = |value: i64| u64::try_from(value).unwrap_or(0);
        for sum in sums {
            let Some(day) = Day::parse(&sum.day) else { continue };
            let of = &sum.totals;
            let tokens = [of.input, of.output, of.cache_read, of.cache_write].map(count);
            let spent = Spent {
                tokens: tokens.into_iter().fold(0, u64::saturating_add),
                micro_usd: count(of.cost_micro_usd),
                unpriced: count(of.unpriced),
            };
            self.days.entry(day).or_default().add(&sum.agent_id, spent);
        }
        self.forget_old();
    }

    /// Counts one answer.
    pub(super) fn add(&mut self, day: Day, agent_id: &str, tokens: u64, micro_usd: Option<u64>) {
        let unpriced = u64::from(micro_usd.is_none());
        let spent = Spent { tokens, micro_usd: micro_usd.unwrap_or(0), unpriced };
        self.days.entry(day).or_default().add(agent_id, spent);
        self.forget_old();
    }

    fn forget_old(&mut self) {
        while self.days.len() > DAYS
            && let Some((oldest, _)) = self.days.pop_first()
        {
            self.known_from = self.known_from.max(oldest.next());
        }
    }

    /// The last of the days from `day` on that must be read from the store first; `None` when all are known.
    /// From now on they count as known. An answer that is counted while they are read may count twice, never less.
    pub(super) fn reach_back_to(&mut self, day: Day) -> Option<Day> {
        if day >= self.known_from {
            return None;
        }
        let last = self.known_from.before(1);
        self.known_from = day;
        Some(last)
    }

    pub(super) fn spent_by_all(&self, day: Day) -> Spent {
        self.days.get(&day).map(|of| of.all).unwrap_or_default()
    }

    pub(super) fn spent_by(&self, day: Day, agent_id: &str) -> Spent {
        self.days.get(&day).and_then(|of| of.by_agent.get(agent_id)).copied().unwrap_or_default()
    }

    pub(super) const fn reserved_by_all(&self) -> Estimate {
        self.reserved_by_all
    }

    pub(super) fn reserved_by(&self, agent_id: &str) -> Estimate {
        self.reserved.get(agent_id).copied().unwrap_or_default()
    }

    pub(super) fn set_aside(&mut self, agent_id: &str, estimate: Estimate) {
        let of = self.reserved.entry(agent_id.to_owned()).or_default();
        *of = of.plus(estimate);
        self.reserved_by_all = self.reserved_by_all.plus(estimate);
    }

    pub(super) fn give_back(&mut self, agent_id: &str, estimate: Estimate) {
        if let Some(of) = self.reserved.get_mut(agent_id) {
            *of = of.minus(estimate);
            if *of == Estimate::default() {
                self.reserved.remove(agent_id);
            }
        }
        self.reserved_by_all = self.reserved_by_all.minus(estimate);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn days_and_agents_are_counted_apart() {
        let mut ledger = Ledger::starting_at(day("2026-11-20"));
        ledger.add(day("2026-11-20"), "a", 10, Some(5));
        ledger.add(day("2026-11-21"), "a", 1, None);
        ledger.add(day("2026-11-21"), "b", 2, Some(7));
        assert_eq!(ledger.spent_by_all(day("2026-11-20")), Spent { tokens: 10, micro_usd: 5, unpriced: 0 });
        assert_eq!(ledger.spent_by_all(day("2026-11-21")), Spent { tokens: 3, micro_usd: 7, unpriced: 1 });
        assert_eq!(ledger.spent_by(day("2026-11-21"), "a"), Spent { tokens: 1, micro_usd: 0, unpriced: 1 });
        assert_eq!(ledger.spent_by(day("2026-11-22"), "a"), Spent::default());
    }

    #[test]
    fn what_is_set_aside_comes_back_whole() {
        let mut ledger = Ledger::starting_at(day("2026-11-20"));
        let (one, two) = (Estimate { tokens: 3, micro_usd: 1 }, Estimate { tokens: 4, micro_usd: 0 });
        ledger.set_aside("a", one);
        ledger.set_aside("a", two);
        ledger.set_aside("b", two);
        assert_eq!(ledger.reserved_by("a"), Estimate { tokens: 7, micro_usd: 1 });
        assert_eq!(ledger.reserved_by_all(), Estimate { tokens: 11, micro_usd: 1 });
        ledger.give_back("a", one);
        ledger.give_back("a", two);
        ledger.give_back("b", two);
        assert_eq!(ledger.reserved_by_all(), Estimate::default());
        assert!(ledger.reserved.is_empty());
    }

    #[test]
    fn earlier_days_are_asked_for_once_and_memory_is_bounded() {
        let mut ledger = Ledger::starting_at(day("2026-11-20"));
        assert_eq!(ledger.reach_back_to(day("2026-11-21")), None);
        assert_eq!(ledger.reach_back_to(day("2026-11-18")), Some(day("2026-11-19")));
        assert_eq!(ledger.reach_back_to(day("2026-11-18")), None);
        let mut next = day("2026-11-20");
        for _ in 0..3 * DAYS {
            ledger.add(next, "a", 1, None);
            next = next.next();
        }
        assert_eq!(ledger.days.len(), DAYS);
        assert_eq!(ledger.known_from, *ledger.days.keys().next().unwrap());
    }
}
