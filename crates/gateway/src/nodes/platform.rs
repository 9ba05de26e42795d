//! Which system a node runs on, as far as that decides about commands
//! (`storage-and-config.md §3`).

use postern_protocol::Dialect;

/// A system with a list of commands of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Platform {
    /// iPhone and iPad.
    Ios,
    /// Android.
    Android,
    /// macOS.
    Macos,
    /// Windows.
    Windows,
    /// Linux.
    Linux,
    /// Apple Watch.
    Watchos,
    /// None of them, or one that does not fit what the device says it is.
    Unknown,
}

impl Platform {
    /// The name in messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ios => "ios",
            Self::Android => "android",
            Self::Macos => "macos",
            Self::Windows => "windows",
            Self::Linux => "linux",
            Self::Watchos => "watchos",
            Self::Unknown => "unknown",
        }
    }

    /// The system of a node, from the words that were pinned when it was approved.
    #[must_use]
    pub fn of(dialect: Dialect, platform: &str, family: Option<&str>) -> Self {
        let (platform, family) = (platform.trim().to_lowercase(), family.map(|family| family.trim().to_lowercase()));
        let family = family.as_deref().filter(|family| !family.is_empty());
        match dialect {
            Dialect::V3 => by_beginning(&platform).or_else(|| by_family(family?)).unwrap_or(Self::Unknown),
            Dialect::V4 => by_name(&platform, family),
        }
    }
}

/// Protocol 3 takes any word that begins like a system's name.
fn by_beginning(platform: &str) -> Option<Platform> {
    let beginnings = [
        ("ios", Platform::Ios),
        ("android", Platform::Android),
        ("mac", Platform::Macos),
        ("darwin", Platform::Macos),
        ("win", Platform::Windows),
        ("linux", Platform::Linux),
    ];
    beginnings.into_iter().find_map(|(beginning, found)| platform.starts_with(beginning).then_some(found))
}

fn by_family(family: &str) -> Option<Platform> {
    let parts = [
        ("watch", Platform::Watchos),
        ("iphone", Platform::Ios),
        ("ipad", Platform::Ios),
        ("ios", Platform::Ios),
        ("android", Platform::Android),
        ("mac", Platform::Macos),
        ("windows", Platform::Windows),
        ("linux", Platform::Linux),
    ];
    parts.into_iter().find_map(|(part, found)| family.contains(part).then_some(found))
}

/// Protocol 4 takes names only, with a version behind it or without, and none
/// that the family contradicts: a phone that calls itself a server gets neither
/// list.
fn by_name(platform: &str, family: Option<&str>) -> Platform {
    let named = match platform.split_ascii_whitespace().next().unwrap_or_default() {
        "ios" | "ipados" => Platform::Ios,
        "android" => Platform::Android,
        "macos" | "darwin" => Platform::Macos,
        "windows" | "win32" => Platform::Windows,
        "linux" => Platform::Linux,
        "watchos" => Platform::Watchos,
        _ => return Platform::Unknown,
    };
    match family {
        Some(family) if by_family(family) != Some(named) => Platform::Unknown,
        _ => named,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_generation_takes_beginnings_and_falls_back_to_the_family() {
        for (platform, family, expected) in [
            ("iOS 18.2", None, Platform::Ios),
            ("Darwin", None, Platform::Macos),
            ("win32", None, Platform::Windows),
            ("Linux x86_64", Some("iPhone"), Platform::Linux),
            ("something", Some("iPad"), Platform::Ios),
            ("something", None, Platform::Unknown),
        ] {
            assert_eq!(Platform::of(Dialect::V3, platform, family), expected, "{platform} {family:?}");
        }
    }

    #[test]
    fn the_second_takes_names_that_the_family_does_not_contradict() {
        for (platform, family, expected) in [
            ("iOS 18.2", Some("iPhone"), Platform::Ios),
            ("watchOS 11", Some("Apple Watch"), Platform::Watchos),
            ("darwin", Some("Mac"), Platform::Macos),
            ("linux", None, Platform::Linux),
            ("linux", Some(" "), Platform::Linux),
            ("linuxoid", None, Platform::Unknown),
            ("linux", Some("iPhone"), Platform::Unknown),
            ("macos 15.1", Some("toaster"), Platform::Unknown),
            ("", Some("Mac"), Platform::Unknown),
        ] {
            assert_eq!(Platform::of(Dialect::V4, platform, family), expected, "{platform} {family:?}");
        }
    }
}
