//! Pages to text, friendly and hostile.

use url::Url;

use super::{Rendered, Style, looks_like_html, render};

fn page(html: &str, style: Style) -> Rendered {
    render(html, &Url::parse("https://example.org/docs/page").unwrap(), style, 100_000)
}

fn markdown(html: &str) -> String {
    page(html, Style::Markdown).text
}

#[test]
fn paragraphs_headings_and_white_space() {
    let text =
        markdown("<h1>Big\n  news</h1><p>One   two<br>three</p>\n\n<div>four</div><div>five</div><h3>Small</h3>x");
    assert_eq!(text, "# Big news\n\nOne two\nthree\n\nfour\nfive\n\n### Small\n\nx");
    assert_eq!(page("<h1>Big</h1><p>a<b>b</b> c</p>", Style::Text).text, "Big\n\nab c");
}

#[test]
fn links_are_resolved_and_unsafe_ones_are_plain_text() {
    assert_eq!(
        markdown("see <a href='../a?x=1&amp;y=2'> the  docs</a>, ok"),
        "see [the docs](https://example.org/a?x=1&y=2), ok"
    );
    assert_eq!(
        markdown("<a href=//other.test/p>o</a><a href=\"mailto:a@b.test\">m</a>"),
        "[o](https://other.test/p)[m](mailto:a@b.test)"
    );
    assert_eq!(
        markdown("<a href='javascript:alert(1)'>x</a> <a href='#top'>y</a> <a>z</a> <a href='/e'></a>"),
        "x y z"
    );
    assert_eq!(markdown("<a href='/a)b(c'>x</a>"), "[x](https://example.org/a%29b%28c)");
    assert_eq!(page("<a href='/a'>x</a>", Style::Text).text, "x");
    assert_eq!(markdown("<a href='/a'>open"), "[open](https://example.org/a)");
}

#[test]
fn lists_quotes_code_tables_and_images() {
    let list = markdown("<ul><li>one<li>two<ol><li>a</li><li>b</li></ol></li></ul>after");
    assert_eq!(list, "- one\n- two\n  1. a\n  2. b\n\nafter");
    assert_eq!(markdown("<blockquote><p>said</p><p>so</p></blockquote>no"), "> said\n\n> so\n\nno");
    assert_eq!(
        markdown("use <code>a  b</code>:<pre>  x\n    y &lt;z&gt;</pre>end"),
        "use `a b`:\n\n```\n  x\n    y <z>\n```\n\nend"
    );
    assert_eq!(markdown("<table><tr><th>k<th>v</tr><tr><td>1</td><td>2</td></tr></table>"), "k | v\n1 | 2");
    assert_eq!(markdown("<img alt='A  cat' src=x> <img src=y>"), "[image: A cat]");
}

#[test]
fn what_is_not_for_reading_is_left_out() {
    let text = markdown(
        "a<script>if (1 < 2) document.write('<p>no</p>')</SCRIPT >b<style>p{}</style><!-- c --><!DOCTYPE x><?y?>\
         <svg><title>t</title><g><svg></svg>no</g></svg>d<template><p>no<script>'</template>'</script></p></template>e\
         <p hidden>no</p>f<div aria-hidden=true>no<div>no</div>no</div>g<noscript><p>no</noscript>h<input hidden>i",
    );
    assert!(!text.contains("no") && !text.contains("p{}") && !text.contains('<'), "{text}");
    assert_eq!(text.split_whitespace().collect::<String>(), "abdefghi");
}

#[test]
fn title_and_entities() {
    let page = page(
        "<html><head><title> A &amp;\n B </title><title>2</title></head><body>x &mdash; y&nbsp;z</body>",
        Style::Markdown,
    );
    assert_eq!(page.title.as_deref(), Some("A & B"));
    assert_eq!(page.text, "x — y z");
    assert!(!page.cut);
}

#[test]
fn broken_markup_is_read_as_far_as_it_goes() {
    for (html, text) in [
        ("a < b <3 c<", "a < b <3 c<"),
        ("<p", ""),
        ("<p>x<", "x<"),
        ("x<a href='", "x"),
        ("x<!-- y", "x"),
        ("x<!", "x"),
        ("x</", "x</"),
        ("x</p", "x"),
        ("x<script>y", "x"),
        ("x<script", "x"),
        ("</li></ul></a></pre></blockquote>x", "x"),
        ("<a title='>'>x</a>", "x"),
        ("<a title=don't>x", "x"),
        ("<!-->x", "x"),
        ("é<é>ü", "é<é>ü"),
        ("<p ü=1 é>ß", "ß"),
        ("", ""),
        ("\u{feff}x", "\u{feff}x"),
    ] {
        assert_eq!(markdown(html), text, "{html:?}");
    }
}

#[test]
fn depth_and_length_are_bounded() {
    let deep = format!("{}x{}", "<ul><li><blockquote><div>".repeat(20_000), "</div>".repeat(20_000));
    let text = markdown(&deep);
    assert!(text.ends_with('x') && text.len() < 2_000_000, "{}", text.len());
    let line = text.lines().last().unwrap();
    assert!(line.len() < 200, "the last line is {} long", line.len());

    for pattern in [
        "<",
        "<!--",
        "</",
        "<a href='",
        "<script>",
        "<a b=\"",
        "&",
        "&#",
        "<p hidden>",
        "<svg>",
        "<td>",
        "<br>",
        "<a x x x x=1 ",
    ] {
        let page = page(&pattern.repeat(200_000), Style::Markdown);
        assert!(page.text.len() <= 4 * 100_000 + 1_000, "{pattern}");
    }
    let cut = render(&"word ".repeat(10_000), &Url::parse("http://x.test").unwrap(), Style::Text, 100);
    assert!(cut.text.len() <= 50_000 && !cut.text.is_empty());
}

/// Pages made of every kind of fragment in random order: rendering ends, and no markup of a script is in the text.
#[test]
fn random_soup_never_breaks_the_renderer() {
    const PARTS: [&str; 24] = [
        "<",
        ">",
        "</",
        "/>",
        "<!--",
        "-->",
        "<script>",
        "</script>",
        "<a href=",
        "'",
        "\"",
        "=",
        " ",
        "é",
        "\u{1F600}",
        "&amp",
        ";",
        "<pre>",
        "</pre>",
        "<ul><li>",
        "</ul>",
        "<p hidden>",
        "<svg/>",
        "&#x110000;",
    ];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..3_000 {
        let mut html = String::new();
        for _ in 0..40 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            html.push_str(PARTS[(state % PARTS.len() as u64) as usize]);
        }
        for style in [Style::Markdown, Style::Text] {
            let page = page(&html, style);
            assert!(page.text.len() <= html.len() * 40, "{html}");
        }
    }
}

#[test]
fn pages_without_a_type_are_recognised() {
    assert!(looks_like_html("\n <!DOCTYPE HTML><p>"));
    assert!(looks_like_html("<html lang=en>"));
    assert!(!looks_like_html("{\"a\":1}"));
    assert!(!looks_like_html("ééééééééé"));
}
