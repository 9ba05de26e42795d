//! What can be told of a Claude model from its name: which way of asking for thinking it understands.

/// A version, for example (4, 6).
type Version = (u32, u32);

/// How a model is asked to think.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Abilities {
    /// Decides itself how much to think; a budget is refused or ignored.
    pub(super) adaptive: bool,
    /// Understands `output_config.effort`.
    pub(super) effort: bool,
    /// Understands the effort `xhigh`.
    pub(super) xhigh: bool,
    /// How it is told not to think.
    pub(super) off: Off,
}

/// How a model is told not to think before it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Off {
    /// It does not think unless asked to.
    Unasked,
    /// It thinks unless told not to.
    Disabled,
    /// The same, but notes between calls of tools remain thinking.
    BetweenTools,
    /// It always thinks, and refuses to be told otherwise.
    Never,
}

pub(super) fn abilities(model: &str) -> Abilities {
    let opus = version(model, "opus");
    let sonnet = version(model, "sonnet");
    let always = model.contains("fable") || model.contains("mythos");
    let at_least = |found: Option<Version>, wanted| found.is_some_and(|found| found >= wanted);
    let adaptive =
        always || at_least(opus, (4, 6)) || at_least(sonnet, (4, 6)) || at_least(version(model, "haiku"), (5, 0));
    Abilities {
        adaptive,
        effort: adaptive || at_least(opus, (4, 5)),
        xhigh: always || at_least(opus, (4, 7)) || at_least(sonnet, (5, 0)),
        off: if always || at_least(opus, (5, 5)) {
            Off::Never
        } else if at_least(sonnet, (5, 5)) {
            Off::BetweenTools
        } else if at_least(opus, (5, 0)) || at_least(sonnet, (5, 0)) {
            Off::Disabled
        } else {
            Off::Unasked
        },
    }
}

/// The version in `claude-FAMILY-MAJOR[-MINOR][-DATE]`; `.` may stand for `-`.
fn version(model: &str, family: &str) -> Option<Version> {
    let (_, rest) = model.split_once(&format!("claude-{family}-"))?;
    let mut numbers = rest.split(['-', '.', '@', ':']).map(|part| part.parse::<u32>().ok().filter(|_| part.len() <= 2));
    let major = numbers.next()??;
    Some((major, numbers.next().flatten().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_names() {
        assert_eq!(version("claude-opus-4-20250514", "opus"), Some((4, 0)));
        assert_eq!(version("anthropic/claude-sonnet-4.5", "sonnet"), Some((4, 5)));
        assert_eq!(version("claude-sonnet-4-6", "opus"), None);
        assert_eq!(version("claude-3-7-sonnet-latest", "sonnet"), None);
        assert!(!abilities("claude-opus-4-5-20251101").adaptive && abilities("claude-opus-4-5").effort);
        assert!(abilities("claude-sonnet-4-6").adaptive && !abilities("claude-sonnet-4-6").xhigh);
        assert!(abilities("claude-opus-4-7").xhigh && abilities("claude-fable-5-1").adaptive);
        let off = |model| abilities(model).off;
        assert_eq!((off("claude-opus-5"), off("claude-opus-5-5")), (Off::Disabled, Off::Never));
        assert_eq!((off("claude-sonnet-5"), off("claude-sonnet-5-5")), (Off::Disabled, Off::BetweenTools));
        assert_eq!((off("claude-opus-4-7"), off("claude-fable-5-1")), (Off::Unasked, Off::Never));
        assert_eq!(abilities("claude-haiku-4-5"), abilities("unknown"));
    }
}
