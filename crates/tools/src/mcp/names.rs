//! The names models call MCP tools by: `mcp__<server>__<tool>`, in the characters and length every provider takes.
//!
//! A server's part never holds `__` and never ends with `_`, so the first `__` after it ends it: no tool of one server
//! can be named like a tool of another, whatever their owners call them.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::hex::hex;

const PREFIX: &str = "mcp__";
/// Longer names are refused by providers.
const MAX_NAME: usize = 64;
const MAX_SERVER: usize = 24;
/// An underscore and eight hexadecimal digits.
const SUFFIX: usize = 9;

/// The parts of several servers' names, in their order: unique, whichever of them can be reached.
pub(super) fn server_parts(names: &[&str]) -> Vec<String> {
    let plain: BTreeSet<&str> = names.iter().copied().filter(|name| server_part(name) == **name).collect();
    let mut taken = BTreeSet::new();
    let mut parts = Vec::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        let mut part = server_part(name);
        let is_altered = part != *name;
        if taken.contains(&part) || (is_altered && plain.contains(part.as_str())) {
            part = cut_with_hash(&part, MAX_SERVER, &format!("{index}/{name}"));
        }
        taken.insert(part.clone());
        parts.push(part);
    }
    parts
}

fn server_part(name: &str) -> String {
    let mut part = sanitised(name);
    while part.contains("__") {
        part = part.replace("__", "_");
    }
    let part = part.trim_matches('_');
    match part {
        "" => "server".into(),
        part if part.len() > MAX_SERVER => cut_with_hash(part, MAX_SERVER, name),
        part => part.to_owned(),
    }
}

/// The full names of one server's tools, in their order. A name that needs no change is kept; one that does never
/// takes the place of one that does not.
pub(super) fn tool_names(server: &str, tools: &[String]) -> Vec<String> {
    let room = MAX_NAME - PREFIX.len() - server.len() - 2;
    let plain: BTreeSet<&str> = tools.iter().map(String::as_str).filter(|name| fitted(name, room) == **name).collect();
    let mut taken = BTreeSet::new();
    let mut names = Vec::with_capacity(tools.len());
    for (index, tool) in tools.iter().enumerate() {
        let mut part = fitted(tool, room);
        if taken.contains(&part) || (part != *tool && plain.contains(part.as_str())) {
            part = cut_with_hash(&part, room, &format!("{index}/{tool}"));
        }
        taken.insert(part.clone());
        names.push(format!("{PREFIX}{server}__{part}"));
    }
    names
}

fn fitted(name: &str, room: usize) -> String {
    let part = sanitised(name);
    match part.as_str() {
        "" => "tool".into(),
        long if long.len() > room => cut_with_hash(long, room, name),
        _ => part,
    }
}

fn sanitised(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '_' }).collect()
}

/// ASCII only, so bytes are characters.
fn cut_with_hash(part: &str, room: usize, whole: &str) -> String {
    let kept = part.get(..part.len().min(room - SUFFIX)).unwrap_or_default().trim_end_matches('_');
    let hash = hex(&Sha256::digest(whole.as_bytes())[..4]);
    // Of a name made of underscores alone nothing is kept; the hash then stands alone.
    if kept.is_empty() { hash } else { format!("{kept}_{hash}") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(server: &str, tools: &[&str]) -> Vec<String> {
        tool_names(server, &tools.iter().map(|tool| (*tool).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn plain_names_are_kept() {
        assert_eq!(server_parts(&["files", "my-server", "a_b"]), ["files", "my-server", "a_b"]);
        assert_eq!(names("files", &["read", "write_file"]), ["mcp__files__read", "mcp__files__write_file"]);
    }

    #[test]
    fn an_altered_name_never_takes_the_place_of_a_plain_one() {
        let parts = server_parts(&["a.b", "a_b", "a b"]);
        assert_eq!(parts[1], "a_b");
        assert!(parts[0].starts_with("a_b_") && parts[2].starts_with("a_b_") && parts[0] != parts[2], "{parts:?}");
        let tools = names("s", &["x.y", "x_y", "x/y", "x_y"]);
        assert_eq!(tools[1], "mcp__s__x_y");
        assert_eq!(tools.iter().collect::<BTreeSet<_>>().len(), 4, "{tools:?}");
    }

    #[test]
    fn servers_cannot_pose_as_each_other() {
        let parts = server_parts(&["a", "a__b", "a_"]);
        assert_eq!(parts[0], "a");
        let mine = names(&parts[0], &["b__c", "_b__c", "c"]);
        let theirs = names(&parts[1], &["c"]);
        let others = names(&parts[2], &["b__c", "c"]);
        assert!(
            mine.iter().chain(&theirs).chain(&others).collect::<BTreeSet<_>>().len() == 6,
            "{mine:?} {theirs:?} {others:?}"
        );
    }

    proptest! {
        #[test]
        fn names_are_valid_and_unique(
            servers in prop::collection::vec(".{0,80}", 1..6),
            tools in prop::collection::vec("[a-z_./ é]{0,80}", 1..20),
        ) {
            let parts = server_parts(&servers.iter().map(String::as_str).collect::<Vec<_>>());
            let mut all = BTreeSet::new();
            for part in &parts {
                for name in tool_names(part, &tools) {
                    prop_assert!(name.len() <= 64, "{}", name);
                    prop_assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'));
                    prop_assert!(all.insert(name.clone()), "{} twice", name);
                }
            }
        }
    }
}
