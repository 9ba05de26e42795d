//! Names on the network: what this machine may call itself there, and how names of
//! strangers are made harmless. Pure.

/// Longest label of a DNS name, bytes.
const MAX_LABEL: usize = 63;

/// The first label of a host name as DNS takes it: letters, digits and hyphens.
#[must_use]
pub(super) fn host_label(host_name: &str) -> String {
    let first = host_name.split('.').next().unwrap_or_default();
    let kept: String = first.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let kept = kept.trim_matches('-');
    let label = kept.get(..kept.len().min(MAX_LABEL)).unwrap_or_default().trim_matches('-');
    if label.is_empty() { "postern".to_owned() } else { label.to_owned() }
}

/// A name for people: one line, nothing invisible, at most `max` bytes.
#[must_use]
pub fn clean(name: &str, max: usize) -> String {
    let visible = name.chars().filter(|c| !is_invisible(*c)).collect::<String>();
    let mut name = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = (0..=max.min(name.len())).rev().find(|end| name.is_char_boundary(*end)).unwrap_or_default();
    name.truncate(end);
    name.trim_end().to_owned()
}

/// `<name><suffix>`, which together are one label.
#[must_use]
pub(super) fn instance(name: &str, suffix: &str) -> String {
    format!("{}{suffix}", clean(name, MAX_LABEL.saturating_sub(suffix.len())))
}

/// Characters that move the cursor, turn words around or hide.
fn is_invisible(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_name_becomes_a_label() {
        let long = "x".repeat(80);
        for (name, label) in [
            ("desk", "desk"),
            ("desk.home.example", "desk"),
            ("Ada’s  Mac", "Ada-s--Mac"),
            ("-_-", "postern"),
            ("", "postern"),
            ("a\u{1b}[2Jb", "a--2Jb"),
            (&long, &long[..63]),
        ] {
            assert_eq!(host_label(name), label, "{name:?}");
        }
    }

    #[test]
    fn names_are_one_harmless_line_of_bounded_length() {
        assert_eq!(clean("desk\u{1b}[2K\r\nowner\u{202e}gpj\u{200b}", 100), "desk[2K ownergpj");
        assert_eq!(clean(" Ada’s\tdesk ", 100), "Ada’s desk");
        assert_eq!(clean("ééé", 5), "éé", "never half a letter");
        let instance = instance(&"é".repeat(60), " (OpenClaw)");
        assert!(instance.len() <= 63 && instance.ends_with("é (OpenClaw)"), "{instance}");
    }
}
