//! Numbers, times and foreign texts for people. Pure.

use super::host::UsageLine;

/// A text that came from somewhere else, as code on one line: nothing in it can
/// act as markup, as HTML or as a link.
pub(super) fn code(text: &str) -> String {
    const MOST: usize = 120;
    let is_kept = |c: &char| !c.is_control() && !"`<>&\u{2028}\u{2029}".contains(*c) && !is_direction_mark(*c);
    let spaced = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c });
    let mut shown: String = spaced.filter(is_kept).take(MOST + 1).collect();
    if shown.chars().count() > MOST {
        shown = shown.chars().take(MOST).chain(['\u{2026}']).collect();
    }
    let shown = shown.trim();
    if shown.is_empty() { "`(nothing)`".to_owned() } else { format!("`{shown}`") }
}

fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// `950`, `12.3k`, `4.0M`.
pub(super) fn tokens(count: u64) -> String {
    match count {
        0..1_000 => count.to_string(),
        1_000..999_950 => tenths(count, 1_000, "k"),
        _ => tenths(count, 1_000_000, "M"),
    }
}

fn tenths(count: u64, unit: u64, letter: &str) -> String {
    let tenths = count.saturating_add(unit / 20) / (unit / 10);
    format!("{}.{}{letter}", tenths / 10, tenths % 10)
}

/// `$0.0123` below ten cents, else `$1.23`.
pub(super) fn usd(micro: u64) -> String {
    if micro < 100_000 {
        let parts = micro.saturating_add(50) / 100;
        return format!("${}.{:04}", parts / 10_000, parts % 10_000);
    }
    let cents = micro.saturating_add(5_000) / 10_000;
    format!("${}.{:02}", cents / 100, cents % 100)
}

/// `1.2k in, 300 out, $0.0100`.
pub(super) fn usage(line: &UsageLine) -> String {
    let cost = line.micro_usd.map_or_else(|| "price unknown".to_owned(), usd);
    format!("{} tokens in, {} out, {cost}", tokens(line.input), tokens(line.output))
}

/// `3 days 4 h`, `5 min`, `12 s`.
pub(super) fn duration(ms: u64) -> String {
    let seconds = ms / 1_000;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (1, hours, _) => format!("1 day {hours} h"),
        (days, hours, _) => format!("{days} days {hours} h"),
    }
}

/// `1 message`, `2 messages`.
pub(super) fn count(number: u64, thing: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{ending}")
}

/// Groups of four, so that two people can compare them.
pub(super) fn fingerprint(id: &str) -> String {
    let plain: Vec<char> = id.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
    let groups: Vec<String> = plain.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_short() {
        let tokens_are =
            [(0, "0"), (999, "999"), (1_000, "1.0k"), (12_345, "12.3k"), (999_949, "999.9k"), (999_950, "1.0M")];
        for (count, want) in tokens_are {
            assert_eq!(tokens(count), want);
        }
        for (micro, want) in [(0, "$0.0000"), (12_345, "$0.0123"), (100_000, "$0.10"), (1_234_567, "$1.23")] {
            assert_eq!(usd(micro), want);
        }
        for (ms, want) in [(999, "0 s"), (61_000, "1 min"), (3_660_000, "1 h 1 min"), (90_000_000, "1 day 1 h")] {
            assert_eq!(duration(ms), want);
        }
        assert_eq!((count(1, "message"), count(0, "message")), ("1 message".to_owned(), "0 messages".to_owned()));
        assert_eq!(fingerprint("abcdef0123"), "abcd ef01 23");
        assert_eq!(tokens(u64::MAX).chars().last(), Some('M'));
        assert!(usd(u64::MAX).starts_with('$'));
    }

    proptest! {
        #[test]
        fn foreign_texts_stay_one_piece_of_code(text in any::<String>()) {
            let shown = code(&text);
            let inner = shown.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')).unwrap();
            prop_assert!(!inner.is_empty() && inner.chars().count() <= 121);
            let is_markup = inner.contains(['`', '<', '>', '&', '\n', '\r', '\0', '\u{202e}']);
            prop_assert!(!is_markup);
        }
    }
}
