//! Allow and deny lists: names, `group:NAME`, `*` at the end. Pure.

use postern_tools::Group;

use crate::config::ToolPolicy;

/// Tools that only administrators call without an agent (`http.md §5`), under
/// the names of this gateway and of others.
const ADMIN_ONLY: &[&str] = &[
    "exec",
    "spawn",
    "shell",
    "bash",
    "process",
    "write",
    "edit",
    "fs_write",
    "fs_delete",
    "fs_move",
    "apply_patch",
    "sessions_spawn",
    "sessions_send",
    "cron",
    "gateway",
    "nodes",
];

/// Whether every layer lets a tool through. Denying is stronger than allowing.
pub(super) fn permits(layers: &[&ToolPolicy], name: &str, group: Group) -> bool {
    let names = |entry: &String| matches(entry, name, group);
    layers.iter().all(|layer| {
        let is_allowed = layer.allow.as_ref().is_none_or(|allow| allow.iter().any(names));
        is_allowed && !layer.deny.iter().any(names)
    })
}

/// Whether a client without `operator.admin` may call it without an agent.
/// Tools of servers do what their servers please.
pub(super) fn is_for_everyone(name: &str, group: Group) -> bool {
    group != Group::Mcp && !ADMIN_ONLY.contains(&name)
}

fn matches(entry: &str, name: &str, group: Group) -> bool {
    let entry = entry.trim();
    if let Some(wanted) = entry.strip_prefix("group:") {
        return wanted.eq_ignore_ascii_case(group.name());
    }
    match entry.strip_suffix('*') {
        Some(beginning) => starts_with(name, beginning),
        None => entry.eq_ignore_ascii_case(name),
    }
}

fn starts_with(name: &str, beginning: &str) -> bool {
    name.get(..beginning.len()).is_some_and(|part| part.eq_ignore_ascii_case(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(allow: Option<&[&str]>, deny: &[&str]) -> ToolPolicy {
        let owned = |list: &[&str]| list.iter().map(|entry| (*entry).to_owned()).collect::<Vec<_>>();
        ToolPolicy { allow: allow.map(owned), deny: owned(deny) }
    }

    #[test]
    fn names_groups_and_beginnings() {
        for (entry, name, group, want) in [
            ("read", "read", Group::Fs, true),
            ("Read", "read", Group::Fs, true),
            ("read", "read_all", Group::Fs, false),
            ("group:fs", "write", Group::Fs, true),
            ("group:fs", "exec", Group::Runtime, false),
            ("group:mcp", "mcp__git__log", Group::Mcp, true),
            ("mcp__git__*", "mcp__git__log", Group::Mcp, true),
            ("mcp__git__*", "mcp__github__log", Group::Mcp, false),
            ("*", "exec", Group::Runtime, true),
            ("ä*", "a", Group::Fs, false),
            ("", "exec", Group::Runtime, false),
        ] {
            assert_eq!(matches(entry, name, group), want, "{entry} {name}");
        }
    }

    #[test]
    fn a_layer_can_only_take_away() {
        let open = policy(None, &[]);
        let files = policy(Some(&["group:fs"]), &[]);
        let no_write = policy(None, &["write"]);
        let wants_exec = policy(Some(&["exec", "read"]), &[]);
        let contradictory = policy(Some(&["read"]), &["read"]);
        for (layers, name, group, want) in [
            (vec![&open], "exec", Group::Runtime, true),
            (vec![&files], "exec", Group::Runtime, false),
            (vec![&files, &no_write], "read", Group::Fs, true),
            (vec![&files, &no_write], "write", Group::Fs, false),
            (vec![&files, &wants_exec], "exec", Group::Runtime, false),
            (vec![&files, &wants_exec], "read", Group::Fs, true),
            (vec![&files, &wants_exec], "list", Group::Fs, false),
            (vec![&contradictory], "read", Group::Fs, false),
            (vec![&policy(Some(&[]), &[])], "read", Group::Fs, false),
        ] {
            assert_eq!(permits(&layers, name, group), want, "{layers:?} {name}");
        }
    }

    #[test]
    fn clients_without_admin_neither_write_nor_run_nor_reach_servers() {
        for name in ["exec", "write", "edit", "sessions_send"] {
            assert!(!is_for_everyone(name, Group::Fs), "{name}");
        }
        assert!(!is_for_everyone("mcp__git__log", Group::Mcp));
        assert!(is_for_everyone("read", Group::Fs) && is_for_everyone("web_fetch", Group::Web));
    }
}
