//! Days in UTC, as numbers that can be compared and as the store writes them.

use std::fmt;

use jiff::civil::{Date, date};
use jiff::{Span, Timestamp};

pub(super) const DAY_MS: i64 = 86_400_000;

/// A day in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

impl Day {
    /// The first and the last day that can be written with four digits.
    const RANGE: (i64, i64) = (-719_162, 2_932_896);

    /// The day of a moment in epoch milliseconds.
    #[must_use]
    pub fn of_ms(ms: i64) -> Self {
        Self::of_number(ms.div_euclid(DAY_MS))
    }

    fn of_number(days: i64) -> Self {
        let days = days.clamp(Self::RANGE.0, Self::RANGE.1);
        Self(i32::try_from(days).unwrap_or_default())
    }

    /// Reads `2026-11-21`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let well_formed = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let date: Date = well_formed.then(|| text.parse().ok())??;
        Some(Self(EPOCH.until(date).ok()?.get_days()))
    }

    /// Epoch milliseconds of its first moment.
    #[must_use]
    pub fn start_ms(self) -> i64 {
        i64::from(self.0) * DAY_MS
    }

    /// The day after.
    #[must_use]
    pub fn next(self) -> Self {
        Self::of_number(i64::from(self.0) + 1)
    }

    /// So many days before.
    #[must_use]
    pub fn before(self, days: u32) -> Self {
        Self::of_number(i64::from(self.0) - i64::from(days))
    }

    /// How many days from this one to `last`, both included; 0 when `last` is earlier.
    #[must_use]
    pub fn days_to(self, last: Self) -> u32 {
        u32::try_from(i64::from(last.0) - i64::from(self.0) + 1).unwrap_or(0)
    }
}

const EPOCH: Date = date(1970, 1, 1);

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = EPOCH.checked_add(Span::new().days(self.0)).unwrap_or(Date::MAX);
        write!(f, "{day}")
    }
}

/// A moment as people read it.
pub(super) fn written(ms: i64) -> String {
    Timestamp::from_millisecond(ms)
        .map_or_else(|_| format!("{ms} ms"), |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_a_day_in_utc() {
        for (ms, want) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (DAY_MS - 1, "1970-01-01"),
            (DAY_MS, "1970-01-02"),
            (1_795_262_400_000, "2026-11-21"),
            (951_782_400_000, "2000-02-29"),
            (i64::MAX, "9999-12-31"),
            (i64::MIN, "0001-01-01"),
        ] {
            assert_eq!(Day::of_ms(ms).to_string(), want, "{ms}");
            assert_eq!(Day::parse(want), Some(Day::of_ms(ms)), "{want}");
        }
    }

    #[test]
    fn only_days_that_exist_are_read() {
        for bad in ["", "2026-02-31", "2026-13-01", "21-11-2026", "2026-11-21T00:00", "2026-1-1", "２026-11-2"] {
            assert_eq!(Day::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn days_are_counted_with_both_ends() {
        let day = Day::parse("2026-03-01").unwrap();
        assert_eq!(day.before(1).to_string(), "2026-02-28");
        assert_eq!(day.before(29).days_to(day), 30);
        assert_eq!(day.next().days_to(day), 0);
        assert_eq!(Day::of_ms(day.next().start_ms() - 1), day);
        assert_eq!(written(day.start_ms()), "2026-03-01 00:00 UTC");
    }
}
