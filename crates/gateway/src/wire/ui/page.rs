//! The page itself: `index.html` with what its script must know before it has
//! asked anybody, as attributes, since a strict policy allows no script in it.

use std::fmt::Write as _;
use std::io;

use postern_protocol::hex::hex;
use sha2::{Digest as _, Sha256};

use crate::gateway::Services;
use crate::ui::UiFile;

/// Where the page is among the files.
pub(super) const FILE: &str = "index.html";
/// Characters of a hash that tell two builds apart.
const BUILD_ID: usize = 12;

/// The page for this gateway.
///
/// # Errors
/// When the program is damaged.
pub(super) fn prepared(services: &Services, file: UiFile) -> io::Result<UiFile> {
    let file = file.unpacked()?;
    let text = String::from_utf8_lossy(&file.bytes);
    let config = services.config();
    let attributes = [
        ("data-openclaw-control-ui-base-path", config.control_ui.base_path.as_str()),
        ("data-openclaw-terminal-enabled", "false"),
        ("data-openclaw-control-ui-build-id", build_id(&file.etag)),
    ];
    let text = with_attributes(&text, &attributes);
    let etag = hex(&Sha256::digest(text.as_bytes())[..16]);
    Ok(UiFile { bytes: text.into(), is_packed: false, etag, mime: file.mime, is_immutable: false })
}

/// What tells this build of the app from another one.
pub(super) fn build_id(etag: &str) -> &str {
    etag.get(..BUILD_ID).unwrap_or(etag)
}

/// Puts attributes on the first `<html>`.
fn with_attributes(text: &str, attributes: &[(&str, &str)]) -> String {
    let at = text.to_ascii_lowercase().find("<html").map(|at| at + "<html".len());
    let tag_ends = |at: &usize| text[*at..].starts_with(|c: char| c == '>' || c.is_ascii_whitespace());
    let Some(at) = at.filter(tag_ends) else { return text.to_owned() };
    let mut page = text[..at].to_owned();
    for (name, value) in attributes {
        let _ = write!(page, " {name}=\"{}\"", escaped(value));
    }
    page.push_str(&text[at..]);
    page
}

fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\'' => text.push_str("&#39;"),
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_stand_on_the_first_tag() {
        let page = with_attributes("<!doctype html><HTML lang=\"en\"><html>", &[("data-base", "/a")]);
        assert_eq!(page, "<!doctype html><HTML data-base=\"/a\" lang=\"en\"><html>");
        assert_eq!(with_attributes("<p>no page</p>", &[("a", "b")]), "<p>no page</p>");
        assert_eq!(with_attributes("<htmlx>", &[("a", "b")]), "<htmlx>");
    }

    #[test]
    fn no_value_leaves_its_quotes() {
        let page = with_attributes("<html>", &[("data-base", "\"><script>'&")]);
        assert_eq!(page, "<html data-base=\"&quot;&gt;&lt;script&gt;&#39;&amp;\">");
    }
}
