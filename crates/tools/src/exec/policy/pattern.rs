//! Paths of programs with `*` for part of a name, `?` for one character, `**`
//! for any folders. Pure.

/// What comes before the hash of one exact command.
pub(super) const EXACT: &str = "command:";

/// Whether a path is covered by a pattern.
pub(super) fn covers(pattern: &str, path: &str) -> bool {
    let (pattern, path) = (folded(pattern), folded(path));
    if pattern == path {
        return true;
    }
    let wanted: Vec<&str> = pattern.split('/').collect();
    let names: Vec<&str> = path.split('/').collect();
    wild(&wanted, &names, |part| *part == "**", |part, name| covers_name(part, name))
}

fn covers_name(part: &str, name: &str) -> bool {
    let part: Vec<char> = part.chars().collect();
    let name: Vec<char> = name.chars().collect();
    wild(&part, &name, |c| *c == '*', |wanted, c| *wanted == '?' || wanted == c)
}

/// Matching with one kind of wildcard for any number of items. Looks back to the
/// last wildcard only, so it takes at most the product of both lengths.
fn wild<T>(pattern: &[T], items: &[T], is_any: impl Fn(&T) -> bool, fits: impl Fn(&T, &T) -> bool) -> bool {
    let (mut at, mut item) = (0, 0);
    let mut resume: Option<(usize, usize)> = None;
    while item < items.len() {
        match pattern.get(at) {
            Some(part) if is_any(part) => {
                resume = Some((at, item));
                at += 1;
            }
            Some(part) if fits(part, &items[item]) => {
                at += 1;
                item += 1;
            }
            _ => {
                let Some((any, from)) = resume else { return false };
                resume = Some((any, from + 1));
                at = any + 1;
                item = from + 1;
            }
        }
    }
    pattern[at..].iter().all(is_any)
}

/// Windows writes one path in many ways.
fn folded(path: &str) -> String {
    if cfg!(windows) { path.replace('\\', "/").to_lowercase() } else { path.to_owned() }
}

/// Whether an entry stands for one exact command.
pub(super) fn is_exact(pattern: &str) -> bool {
    pattern.starts_with(EXACT)
}

/// Whether a text can stand on the list.
#[must_use]
pub fn is_usable(pattern: &str) -> bool {
    if let Some(hash) = pattern.strip_prefix(EXACT) {
        return hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    let is_absolute = pattern.starts_with('/') || (cfg!(windows) && pattern.chars().nth(1) == Some(':'));
    is_absolute && !pattern.contains('\0') && pattern.len() > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stay_within_a_name_and_double_stars_within_folders() {
        for (pattern, path, want) in [
            ("/usr/bin/rg", "/usr/bin/rg", true),
            ("/usr/bin/rg", "/usr/bin/rg2", false),
            ("/usr/bin/rg", "/usr/local/bin/rg", false),
            ("/usr/bin/r*", "/usr/bin/rg", true),
            ("/usr/bin/r?", "/usr/bin/rg", true),
            ("/usr/bin/r?", "/usr/bin/r", false),
            ("/usr/*", "/usr/bin/rg", false),
            ("/usr/**", "/usr/bin/rg", true),
            ("/usr/**/rg", "/usr/local/bin/rg", true),
            ("/usr/**/rg", "/usr/rg", true),
            ("/usr/**/rg", "/usr/local/bin/rgx", false),
            ("/**/a/**/b", "/x/a/y/a/z/b", true),
            ("/*", "/usr/bin/rg", false),
            ("rg", "/usr/bin/rg", false),
            ("**", "/usr/bin/rg", true),
            ("/usr/bin/[a-z]", "/usr/bin/r", false),
        ] {
            assert_eq!(covers(pattern, path), want, "{pattern} {path}");
        }
    }

    #[test]
    fn only_absolute_paths_and_exact_commands_are_usable() {
        let exact = format!("{EXACT}{}", "ab".repeat(32));
        for good in ["/usr/bin/rg", "/usr/**", exact.as_str()] {
            assert!(is_usable(good), "{good}");
        }
        for bad in ["", "rg", "~/bin/rg", "./rg", "**", "*", "/", "command:ab", "/a\0b"] {
            assert!(!is_usable(bad), "{bad}");
        }
    }

    #[test]
    fn hostile_patterns_take_no_time() {
        assert!(!covers(&format!("/{}b", "*a".repeat(2_000)), &format!("/{}", "a".repeat(4_000))));
        assert!(!covers(&format!("{}/b", "/**/a".repeat(500)), &"/a".repeat(1_000)));
    }
}
