//! Commands as text for people: quoted for a POSIX shell, with nothing that deceives the eye.

use std::fmt::Write as _;

/// All arguments, quoted where needed, with single spaces between them.
pub fn join(argv: &[String]) -> String {
    let quoted: Vec<String> = argv.iter().map(|argument| quote(argument)).collect();
    quoted.join(" ")
}

fn quote(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./,:=@%+".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        return argument.to_owned();
    }
    if argument.chars().any(deceives) {
        return escaped(argument);
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}

/// `$'…'`: the form in which a shell itself reads escapes.
fn escaped(argument: &str) -> String {
    let mut text = String::from("$'");
    for c in argument.chars() {
        let written = match c {
            '\'' | '\\' => write!(text, "\\{c}"),
            c if !deceives(c) => write!(text, "{c}"),
            c if c.is_ascii() => write!(text, "\\x{:02x}", u32::from(c)),
            c if u32::from(c) <= 0xffff => write!(text, "\\u{:04x}", u32::from(c)),
            c => write!(text, "\\U{:08x}", u32::from(c)),
        };
        // Writing to a string cannot fail.
        written.unwrap_or_default();
    }
    text.push('\'');
    text
}

/// Characters that are not seen, move the cursor, or turn the direction of what follows. Line breaks and tabs are kept:
/// scripts have them and they show.
fn deceives(c: char) -> bool {
    let invisible = matches!(u32::from(c),
        0x00ad | 0x034f | 0x061c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f
        | 0x2028..=0x202e | 0x2060..=0x206f | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff9..=0xfffb
        | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff);
    invisible || (c.is_control() && c != '\n' && c != '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(argv: &[&str]) -> String {
        join(&argv.iter().map(|argument| (*argument).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn plain_words_stay_and_others_are_quoted() {
        assert_eq!(joined(&["ls", "-l", "a b", "", "it's", "$HOME", "x;y"]), r"ls -l 'a b' '' 'it'\''s' '$HOME' 'x;y'");
    }

    #[test]
    fn what_deceives_the_eye_is_written_as_an_escape() {
        assert_eq!(joined(&["a\u{202e}b"]), r"$'a\u202eb'");
        assert_eq!(joined(&["\x1b[2K\rok"]), r"$'\x1b[2K\x0dok'");
        assert_eq!(joined(&["it's\u{e0041}"]), r"$'it\'s\U000e0041'");
        assert_eq!(joined(&["two\nlines"]), "'two\nlines'");
    }

    #[test]
    fn nothing_is_ever_cut() {
        let long = "x ".repeat(50_000) + "rm -rf /";
        assert!(joined(&["sh", "-c", &long]).ends_with("rm -rf /'"));
    }
}
