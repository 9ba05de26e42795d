//! What a path of the canvas means. Pure: nothing is looked up here.

use crate::ui::is_plain;
use crate::wire::ui::decoded;

/// Names under which the same is served: the ecosystem's, which apps have built
/// in, and our own.
const NAMES: [&str; 3] = ["/__openclaw__/", "/__postern__/", "/__fased__/"];
/// Longest token that is looked at.
const MAX_TOKEN: usize = 128;

/// A path that belongs to the canvas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::wire) struct Way<'a> {
    /// The token in it: `cap/TOKEN/`.
    pub(super) token: Option<&'a str>,
    /// Where it leads.
    pub(super) place: Place,
    /// The path behind the token, as it was sent: `/__openclaw__/canvas/`.
    pub(super) plain: String,
}

/// Where a path leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A folder that was named without a slash at the end.
    Slash,
    /// A file or, with a slash at the end or empty, a folder of the canvas.
    Canvas(String),
    /// A file of the A2UI page; empty for the page.
    A2ui(String),
    /// Where pages hear of changes.
    Socket,
    /// Nothing, and nobody else's either.
    Nowhere,
}

/// Reads a path as it was sent; `None` when it is none of the canvas.
pub(in crate::wire) fn way(sent: &str) -> Option<Way<'_>> {
    let (name, rest) = below_a_name(sent)?;
    if let Some(rest) = rest.strip_prefix("cap/") {
        let (token, rest) = rest.split_once('/').unwrap_or((rest, ""));
        // Apps append the whole plain path to the address they were given.
        let behind = sent.get(sent.len() - rest.len() - 1..).and_then(below_a_name);
        let (name, rest) = behind.unwrap_or((name, rest));
        let token = if token.len() > MAX_TOKEN { "" } else { token };
        let place = place(rest).unwrap_or(Place::Nowhere);
        return Some(Way { token: Some(token), place, plain: format!("{name}{rest}") });
    }
    place(rest).map(|place| Way { token: None, place, plain: sent.to_owned() })
}

fn below_a_name(path: &str) -> Option<(&'static str, &str)> {
    NAMES.into_iter().find_map(|name| path.strip_prefix(name).map(|rest| (name, rest)))
}

fn place(rest: &str) -> Option<Place> {
    let (tree, below) = rest.split_once('/').map_or((rest, None), |(tree, below)| (tree, Some(below)));
    match (tree, below) {
        ("canvas" | "a2ui", None) => Some(Place::Slash),
        ("canvas", Some(below)) => Some(file(below).map_or(Place::Nowhere, Place::Canvas)),
        ("a2ui", Some(below)) => Some(file(below).map_or(Place::Nowhere, Place::A2ui)),
        ("ws", None | Some("")) => Some(Place::Socket),
        ("ws", Some(_)) => Some(Place::Nowhere),
        _ => None,
    }
}

/// The names of a file as they are, or nothing: no file has a slash in its name.
fn file(sent: &str) -> Option<String> {
    let lower = sent.to_ascii_lowercase();
    if ["%2f", "%5c", "%00"].iter().any(|code| lower.contains(code)) {
        return None;
    }
    let path = decoded(&format!("/{sent}"))?;
    let path = path.strip_prefix('/')?;
    let plain = path.strip_suffix('/').unwrap_or(path);
    (path.is_empty() || (is_plain(plain) && !plain.contains(':'))).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sent: &str, token: Option<&str>, place: Place) {
        let way = way(sent).unwrap_or_else(|| panic!("{sent} is none of ours"));
        assert_eq!((way.token, way.place), (token, place), "{sent}");
    }

    fn canvas(path: &str) -> Place {
        Place::Canvas(path.to_owned())
    }

    #[test]
    fn the_same_under_every_name() {
        for name in ["openclaw", "postern", "fased"] {
            let at = |rest: &str| format!("/__{name}__/{rest}");
            check(&at("canvas/"), None, canvas(""));
            check(&at("canvas"), None, Place::Slash);
            check(&at("canvas/a%20b/c.js"), None, canvas("a b/c.js"));
            check(&at("canvas/game/"), None, canvas("game/"));
            check(&at("a2ui/"), None, Place::A2ui(String::new()));
            check(&at("a2ui/a2ui.css"), None, Place::A2ui("a2ui.css".to_owned()));
            check(&at("ws"), None, Place::Socket);
            for other in ["", "canvass", "control-ui-config.json", "can%76as/", "CANVAS/", "../canvas/"] {
                assert_eq!(way(&at(other)), None, "{other}");
            }
        }
        for other in ["/", "/canvas/", "//__openclaw__/canvas/", "/x/__openclaw__/canvas/", "/__openclaw__"] {
            assert_eq!(way(other), None, "{other}");
        }
    }

    #[test]
    fn a_token_stands_before_the_short_or_the_whole_path() {
        check("/__openclaw__/cap/T/canvas/a", Some("T"), canvas("a"));
        check("/__openclaw__/cap/T/__openclaw__/canvas/a", Some("T"), canvas("a"));
        check("/__openclaw__/cap/T/__postern__/a2ui/", Some("T"), Place::A2ui(String::new()));
        check("/__postern__/cap/T/__openclaw__/ws", Some("T"), Place::Socket);
        check("/__openclaw__/cap/T/ws", Some("T"), Place::Socket);
        check("/__openclaw__/cap/T/__openclaw__/canvas", Some("T"), Place::Slash);
        for rest in ["T", "T/", "T/__openclaw__/", "T/__openclaw__/cap/T/canvas/", "T/health", "T//canvas/", "T/../ws"]
        {
            check(&format!("/__openclaw__/cap/{rest}"), Some("T"), Place::Nowhere);
        }
        check("/__openclaw__/cap/", Some(""), Place::Nowhere);
        check("/__openclaw__/cap/é", Some("é"), Place::Nowhere);
        check("/__openclaw__/cap//canvas/", Some(""), canvas(""));
        let long = "T".repeat(MAX_TOKEN + 1);
        check(&format!("/__openclaw__/cap/{long}/canvas/"), Some(""), canvas(""));
        let plain = |sent: &str| way(sent).unwrap().plain;
        assert_eq!(plain("/__openclaw__/cap/T/__postern__/canvas/a%20b"), "/__postern__/canvas/a%20b");
        assert_eq!(plain("/__openclaw__/cap/T/canvas/"), "/__openclaw__/canvas/");
        assert_eq!(plain("/__fased__/a2ui/"), "/__fased__/a2ui/");
    }

    #[test]
    fn attempts_lead_nowhere() {
        let attempts = [
            "../etc/passwd",
            "..",
            "../",
            "a/../../etc/passwd",
            "./index.html",
            "%2e%2e/etc/passwd",
            "..%2f..%2fetc%2fpasswd",
            "a%2fb.html",
            "a%2Fb.html",
            "a%5cb",
            "..\\..\\etc",
            "%252e%252e/etc/passwd",
            "a%00.html",
            "a%0d%0ab",
            "%c0%ae%c0%ae/etc/passwd",
            "%ff",
            "%",
            "%zz",
            "/etc/passwd",
            "//etc/passwd",
            "a//b",
            "a//",
            ".git/config",
            "a/.env",
            ".",
            "C:/windows",
            "a.html::$DATA",
        ];
        for attempt in attempts {
            for tree in ["canvas", "a2ui"] {
                check(&format!("/__openclaw__/{tree}/{attempt}"), None, Place::Nowhere);
                check(&format!("/__openclaw__/cap/T/__openclaw__/{tree}/{attempt}"), Some("T"), Place::Nowhere);
            }
        }
    }
}
