//! What is put into pages, and the built-in page for A2UI.

/// The bridge from a page to the app that shows it.
const BRIDGE: &str = include_str!("page/bridge.js");
/// Loading again when a file changed.
const RELOAD: &str = include_str!("page/reload.js");

/// A file of the A2UI page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// What it holds.
    pub text: String,
    /// MIME type.
    pub mime: &'static str,
}

/// A file of the A2UI page by its name; empty for the page itself.
#[must_use]
pub fn asset(name: &str, reloads: bool) -> Option<Asset> {
    let (text, mime) = match name {
        "" | "index.html" => (include_str!("page/a2ui.html").to_owned(), "text/html; charset=utf-8"),
        "a2ui.bundle.js" => {
            let parts = [
                include_str!("page/a2ui/model.js"),
                include_str!("page/a2ui/inputs.js"),
                include_str!("page/a2ui/components.js"),
                include_str!("page/a2ui/patch.js"),
                include_str!("page/a2ui/host.js"),
            ];
            (format!("(() => {{\n'use strict';\n{}}})();\n", parts.concat()), "text/javascript; charset=utf-8")
        }
        "a2ui.css" => (include_str!("page/a2ui.css").to_owned(), "text/css; charset=utf-8"),
        "canvas.js" => (script(reloads), "text/javascript; charset=utf-8"),
        _ => return None,
    };
    Some(Asset { text, mime })
}

fn script(reloads: bool) -> String {
    if reloads { format!("{BRIDGE}{RELOAD}") } else { BRIDGE.to_owned() }
}

/// Puts the script into a page, in front of the end of its body.
#[must_use]
pub fn with_script(page: &[u8], reloads: bool) -> Vec<u8> {
    let end = b"</body";
    let at = page.windows(end.len()).rposition(|part| part.eq_ignore_ascii_case(end)).unwrap_or(page.len());
    let script = format!("<script>\n{}</script>\n", script(reloads));
    let mut whole = Vec::with_capacity(page.len() + script.len());
    whole.extend_from_slice(&page[..at]);
    whole.extend_from_slice(script.as_bytes());
    whole.extend_from_slice(&page[at..]);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> String {
        String::from_utf8(with_script(text.as_bytes(), true)).unwrap()
    }

    #[test]
    fn the_script_stands_before_the_end_of_the_body() {
        let text = page("<body><p></body> is said here</p></BODY></html>");
        assert!(text.starts_with("<body><p></body> is said here</p><script>"), "{text}");
        assert!(text.ends_with("</script>\n</BODY></html>"), "{text}");
        assert!(page("<p>no body").starts_with("<p>no body<script>"));
    }

    #[test]
    fn no_script_ends_early() {
        for text in [BRIDGE, RELOAD] {
            assert!(!text.to_lowercase().contains("</script"), "it is put into pages");
        }
    }

    #[test]
    fn without_live_reload_nothing_connects() {
        let with = |reloads| String::from_utf8(with_script(b"<p>", reloads)).unwrap();
        assert!(with(true).contains("WebSocket") && !with(false).contains("WebSocket"));
        assert!(with(false).contains("sendUserAction"));
        assert!(asset("canvas.js", true).unwrap().text.contains("WebSocket"));
        assert_eq!(asset("../a2ui.css", true), None);
    }
}
