//! Ids of agents: made from names, never from anything a path could be.

/// Longest id, bytes.
const MAX_ID: usize = 64;
/// Ids that mean something else to clients, whether or not an agent has them.
const RESERVED: [&str; 3] = ["main", "global", "unknown"];

/// Whether a text is `[a-z0-9][a-z0-9_-]{0,63}`.
pub(crate) fn is_id(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    (1..=MAX_ID).contains(&bytes.len())
        && plain(bytes[0])
        && bytes.iter().all(|&byte| plain(byte) || byte == b'-' || byte == b'_')
}

/// An id for a new agent of this name that `is_taken` does not know.
pub(super) fn new_id(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let slug = slug(name);
    let free = |id: &str| !RESERVED.contains(&id) && !is_taken(id);
    if free(&slug) {
        return slug;
    }
    let mut number = 2_u64;
    loop {
        let ending = format!("-{number}");
        let mut id = slug.clone();
        id.truncate(MAX_ID - ending.len());
        id.push_str(&ending);
        if free(&id) {
            return id;
        }
        number += 1;
    }
}

fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars() {
        let c = c.to_ascii_lowercase();
        if c.is_ascii_lowercase() || c.is_ascii_digit() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= MAX_ID {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "agent".to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_become_plain_ids() {
        for (name, want) in [
            ("Nova", "nova"),
            ("  Work  Helper! ", "work-helper"),
            ("../../etc/passwd", "etc-passwd"),
            ("Zo\u{eb} & co", "zo-co"),
            ("\u{65e5}\u{672c}", "agent"),
            ("main", "main-2"),
            ("a/b\0c\\d", "a-b-c-d"),
        ] {
            assert_eq!(new_id(name, |_| false), want, "{name:?}");
        }
        assert_eq!(new_id("nova", |id| ["nova", "nova-2"].contains(&id)), "nova-3");
        let long = new_id(&"x".repeat(500), |id| id.len() == MAX_ID && !id.ends_with("-2"));
        assert_eq!((long.len(), long.ends_with("x-2")), (MAX_ID, true));
    }

    #[test]
    fn what_could_be_a_path_is_no_id() {
        for text in ["", ".", "..", "a/b", "a\\b", "a\0", "-a", "_a", "A", "a.b", "\u{e9}", &"x".repeat(65)] {
            assert!(!is_id(text), "{text:?}");
        }
        for text in ["a", "0", "a-b_c", &"x".repeat(64)] {
            assert!(is_id(text), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn every_name_gives_an_id_and_never_twice_the_same(names in prop::collection::vec(any::<String>(), 1..20)) {
            let mut taken = HashSet::new();
            for name in names {
                let id = new_id(&name, |id| taken.contains(id));
                prop_assert!(is_id(&id), "{name:?} gave {id:?}");
                prop_assert!(taken.insert(id));
            }
        }
    }
}
