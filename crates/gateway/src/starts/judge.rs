//! How careful a start has to be after the ones before it. Pure.

use std::time::Duration;

use super::record::{Record, Start};

/// Bad ends that are older do not count.
const WINDOW_MS: i64 = 15 * 60 * 1_000;
/// From so many bad ends in a row on, tools and background work wait.
const WAIT_FROM: u32 = 3;
/// From so many on, they stay off.
const SAFE_FROM: u32 = 5;
/// The first wait; each further bad end doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(5);

/// How careful.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Care {
    /// Not at all.
    Normal,
    /// Tools and background work begin after this long.
    Wait(Duration),
    /// They stay off.
    Safe,
}

/// Bad ends in a row, newest first, up to the first start that was good, was ended on
/// purpose, was forgiven, is long ago, or ran another release or configuration: what
/// has changed since deserves a new chance.
pub(crate) fn crashes(record: &Record, now_ms: i64, version: &str, config: &str) -> u32 {
    let forgiven = record.forgiven_ms.unwrap_or(i64::MIN);
    let counts = |start: &&Start| {
        let bad = !start.healthy && start.end.as_ref().is_none_or(|end| !end.clean);
        let ended = start.end.as_ref().map_or(start.at_ms, |end| end.at_ms);
        let lately = now_ms.saturating_sub(ended) < WINDOW_MS;
        bad && lately && start.at_ms > forgiven && start.version == version && start.config == config
    };
    u32::try_from(record.starts.iter().rev().filter(|start| !start.was_refused()).take_while(counts).count())
        .unwrap_or(u32::MAX)
}

/// What follows from so many bad ends.
pub(crate) fn care(crashes: u32) -> Care {
    match crashes {
        0..WAIT_FROM => Care::Normal,
        WAIT_FROM..SAFE_FROM => Care::Wait(FIRST_WAIT * 2_u32.pow(crashes - WAIT_FROM)),
        SAFE_FROM.. => Care::Safe,
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::End;
    use super::*;

    const NOW: i64 = 1_000_000_000;

    fn bad(at_ms: i64) -> Start {
        let end = Some(End::new(at_ms + 10, false, "killed"));
        Start { at_ms, pid: 1, version: "1".into(), config: "c".into(), listens: None, healthy: false, end }
    }

    fn count(starts: Vec<Start>) -> u32 {
        crashes(&Record { starts, forgiven_ms: None }, NOW, "1", "c")
    }

    #[test]
    fn only_what_happened_lately_and_to_the_same_thing_counts() {
        let silent = Start { end: None, ..bad(NOW - 5) };
        assert_eq!(count(vec![bad(NOW - 30), bad(NOW - 20), silent]), 3);
        assert_eq!(count(vec![bad(NOW - WINDOW_MS - 20), bad(NOW - 20)]), 1, "long ago");
        let clean = Start { end: Some(End::new(NOW - 10, true, "SIGTERM")), ..bad(NOW - 20) };
        assert_eq!(count(vec![bad(NOW - 30), clean]), 0, "ended on purpose");
        assert_eq!(count(vec![bad(NOW - 30), Start { healthy: true, ..bad(NOW - 20) }, bad(NOW - 9)]), 1);
        assert_eq!(count(vec![Start { version: "0".into(), ..bad(NOW - 30) }, bad(NOW - 20)]), 1, "another release");
        assert_eq!(count(vec![Start { config: "b".into(), ..bad(NOW - 20) }]), 0, "another configuration");
        let refused =
            Start { end: Some(End { refused: true, ..End::new(NOW - 5, false, "disk full") }), ..bad(NOW - 9) };
        assert_eq!(
            count(vec![bad(NOW - 30), refused]),
            1,
            "one that never served is no crash, and ends no row of them"
        );
        let forgiven = Record { starts: vec![bad(NOW - 30), bad(NOW - 20)], forgiven_ms: Some(NOW - 25) };
        assert_eq!(crashes(&forgiven, NOW, "1", "c"), 1);
        assert_eq!(count(vec![bad(NOW + 50_000)]), 1, "a clock that was set back");
    }

    #[test]
    fn care_grows_with_every_crash_and_has_an_end() {
        let seconds = |crashes| match care(crashes) {
            Care::Normal => 0,
            Care::Wait(wait) => wait.as_secs(),
            Care::Safe => u64::MAX,
        };
        assert_eq!([0, 1, 2, 3, 4].map(seconds), [0, 0, 0, 5, 10]);
        assert!([5, 6, 1_000, u32::MAX].map(care).into_iter().all(|care| care == Care::Safe));
    }
}
