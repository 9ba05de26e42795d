//! What a path of a request means. Pure: nothing is looked up here.

use crate::ui::is_plain;

/// Longest id of an agent.
const MAX_ID: usize = 64;

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// Outside the app, or a path that no file has.
    Nowhere,
    /// The base path without its slash.
    Base,
    /// What the gateway tells a page about itself.
    Settings,
    /// The picture of an agent.
    Avatar(String),
    /// A path below the base, decoded, plain, without a slash in front; empty
    /// for the base itself.
    Inside(String),
}

/// Reads a path as it was sent.
pub(super) fn place(sent: &str, base: &str) -> Place {
    let Some(path) = decoded(sent) else { return Place::Nowhere };
    if path == "/__openclaw__/control-ui-config.json" {
        return Place::Settings;
    }
    if base.is_empty() && (path == "/ui" || path.starts_with("/ui/")) {
        // A client that believes in another base path must not get a page that
        // cannot find its files.
        return Place::Nowhere;
    }
    let Some(below) = path.strip_prefix(base) else { return Place::Nowhere };
    if below.is_empty() {
        return Place::Base;
    }
    let Some(below) = below.strip_prefix('/') else { return Place::Nowhere };
    if matches!(below, "control-ui-config.json" | "__openclaw/control-ui-config.json") {
        return Place::Settings;
    }
    if let Some(agent) = below.strip_prefix("avatar/") {
        return if is_agent(agent) { Place::Avatar(agent.to_owned()) } else { Place::Nowhere };
    }
    // A slash at the end is a place in the page, not a file.
    let plain = below.trim_end_matches('/');
    if plain.is_empty() && below.is_empty() {
        return Place::Inside(String::new());
    }
    if is_plain(plain) && below.len() - plain.len() <= 1 { Place::Inside(plain.to_owned()) } else { Place::Nowhere }
}

/// The part of a path from `assets/` on: a page at any depth names its files
/// relative to itself.
pub(super) fn asset(path: &str) -> Option<&str> {
    if path.starts_with("assets/") {
        return Some(path);
    }
    path.find("/assets/").map(|at| &path[at + 1..])
}

fn is_agent(id: &str) -> bool {
    let starts = id.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    starts && id.len() <= MAX_ID && id.bytes().all(plain)
}

/// Percent signs taken out, once. What is no text, or still has some, leads
/// nowhere: no file is named like that, only attempts are.
pub(in crate::wire) fn decoded(sent: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(sent.len());
    let mut rest = sent.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        bytes.push(digit(rest.next())? << 4 | digit(rest.next())?);
    }
    String::from_utf8(bytes).ok().filter(|path| path.starts_with('/') && !path.contains('%'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(base: &str, table: &[(&str, Place)]) {
        for (sent, want) in table {
            assert_eq!(place(sent, base), *want, "{sent} below {base:?}");
        }
    }

    fn inside(path: &str) -> Place {
        Place::Inside(path.to_owned())
    }

    #[test]
    fn at_the_root() {
        check(
            "",
            &[
                ("/", inside("")),
                ("/index.html", inside("index.html")),
                ("/chat/main/", inside("chat/main")),
                ("/a%20b.js", inside("a b.js")),
                ("/ui", Place::Nowhere),
                ("/ui/index.html", Place::Nowhere),
                ("/uix", inside("uix")),
                ("/control-ui-config.json", Place::Settings),
                ("/__openclaw/control-ui-config.json", Place::Settings),
                ("/__openclaw__/control-ui-config.json", Place::Settings),
                ("/avatar/main", Place::Avatar("main".to_owned())),
                ("/avatar/../main", Place::Nowhere),
                ("/avatar/MAIN", Place::Nowhere),
                ("/avatar/", Place::Nowhere),
            ],
        );
    }

    #[test]
    fn below_a_base_path() {
        check(
            "/postern",
            &[
                ("/postern", Place::Base),
                ("/postern/", inside("")),
                ("/postern/assets/a.js", inside("assets/a.js")),
                ("/postern/ui", inside("ui")),
                ("/posternx", Place::Nowhere),
                ("/", Place::Nowhere),
                ("/assets/a.js", Place::Nowhere),
                ("/control-ui-config.json", Place::Nowhere),
                ("/postern/control-ui-config.json", Place::Settings),
                ("/__openclaw__/control-ui-config.json", Place::Settings),
            ],
        );
    }

    #[test]
    fn attempts_lead_nowhere() {
        let attempts = [
            "/../etc/passwd",
            "/assets/../../etc/passwd",
            "/%2e%2e/etc/passwd",
            "/%2E%2E%2Fetc%2Fpasswd",
            "/..%2fetc/passwd",
            "/%252e%252e/etc/passwd",
            "/..%5cwindows",
            "/%5c%5chost/share",
            "/a%00.js",
            "/%00",
            "/%c0%ae%c0%ae/etc/passwd",
            "/%ff",
            "/%",
            "/%2",
            "/%zz",
            "//etc/passwd",
            "/a//b",
            "/.git/config",
            "/assets/.env",
            "/a%0d%0ab",
            "/./index.html",
            "/a//",
        ];
        for attempt in attempts {
            assert_eq!(place(attempt, ""), Place::Nowhere, "{attempt}");
        }
    }

    #[test]
    fn assets_are_found_from_any_depth() {
        assert_eq!(asset("assets/a.js"), Some("assets/a.js"));
        assert_eq!(asset("chat/main/assets/a.js"), Some("assets/a.js"));
        assert_eq!(asset("myassets/a.js"), None);
        assert_eq!(asset("assets"), None);
    }
}
