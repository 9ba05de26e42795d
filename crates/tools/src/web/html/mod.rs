//! HTML to readable text. One pass, no recursion, and no more output than asked for: a hostile page costs its length.

mod entities;
mod render;
mod tokens;

#[cfg(test)]
mod tests;

use url::Url;

/// How much markup the text keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Lines and list marks.
    Text,
    /// Also headings, links and code.
    Markdown,
}

/// A page as text.
#[derive(Debug)]
pub(super) struct Rendered {
    /// Of its `<title>`.
    pub(super) title: Option<String>,
    /// Its body.
    pub(super) text: String,
    /// Whether the text stops before the page does.
    pub(super) cut: bool,
}

/// Renders `html`; links are resolved against `base`. Stops soon after `max_chars` characters.
pub(super) fn render(html: &str, base: &Url, style: Style, max_chars: usize) -> Rendered {
    render::Renderer::new(base, style, max_chars).run(html)
}

/// Whether text without a type starts like a page.
pub(super) fn looks_like_html(text: &str) -> bool {
    let start = text.trim_start();
    let mut end = start.len().min(15);
    while !start.is_char_boundary(end) {
        end -= 1;
    }
    let start = start[..end].to_ascii_lowercase();
    start.starts_with("<!doctype html") || start.starts_with("<html")
}
