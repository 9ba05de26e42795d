//! Rules as they are kept in a file or a store: checked, hashed, kept small. Pure.

use postern_protocol::approvals::{AllowlistEntry, ExecRuleSet, ExecRules, ExecSecurityMode};
use postern_protocol::hex::hex;
use sha2::{Digest as _, Sha256};

use super::pattern::{is_exact, is_usable};

/// Agents that rules may name.
const MAX_AGENTS: usize = 256;
/// Entries of all lists together.
const MAX_ENTRIES: usize = 4096;
/// The rules as JSON.
const MAX_BYTES: usize = 2_000_000;
/// What of a command is noted as the last use of an entry.
const MAX_NOTE: usize = 400;

/// Rules that were damaged must not become rules that say nothing.
#[must_use]
pub fn closed_rules() -> ExecRules {
    let modes = ExecRuleSet { security: Some(ExecSecurityMode::Deny), ..ExecRuleSet::default() };
    ExecRules { version: 1, defaults: Some(modes), ..ExecRules::default() }
}

/// Hash of the rules. When entries were last used is left out: an editor that is
/// open while commands run would never be able to save.
#[must_use]
pub fn rules_hash(rules: &ExecRules) -> String {
    let mut bare = rules.clone();
    for entry in bare.agents.iter_mut().flatten().flat_map(|(_, agent)| agent.allowlist.iter_mut().flatten()) {
        (entry.last_used_at, entry.last_used_command, entry.last_resolved_path) = (None, None, None);
    }
    // Keys are in the order of the type and of the map, so one meaning has one text.
    hex(&Sha256::digest(serde_json::to_vec(&bare).unwrap_or_default()))
}

/// Names the first thing in rules that cannot be used.
///
/// # Errors
/// Its place in the file and what would be right there.
pub fn check_rules(rules: &ExecRules) -> Result<(), String> {
    let refuse = |text: String| Err(text);
    if rules.version != 1 {
        return refuse("file.version must be 1".to_owned());
    }
    let agents = rules.agents.iter().flatten();
    if agents.clone().count() > MAX_AGENTS {
        return refuse(format!("file.agents has more than {MAX_AGENTS} agents"));
    }
    let mut entries = 0;
    for (id, agent) in agents {
        if id.is_empty() || id.chars().count() > 128 {
            return refuse("file.agents: an agent id has 1 to 128 characters".to_owned());
        }
        for (index, entry) in agent.allowlist.iter().flatten().enumerate() {
            entries += 1;
            if !is_usable(&entry.pattern) {
                let at = format!("file.agents.{id}.allowlist[{index}].pattern");
                return refuse(format!(
                    "{at} must be the absolute path of a program, such as /usr/bin/rg or /opt/tools/**"
                ));
            }
        }
    }
    if entries > MAX_ENTRIES {
        return refuse(format!("file.agents has more than {MAX_ENTRIES} allowlist entries"));
    }
    let bytes = serde_json::to_vec(rules).map_or(usize::MAX, |json| json.len());
    if bytes > MAX_BYTES {
        return refuse(format!("file is larger than {MAX_BYTES} bytes"));
    }
    Ok(())
}

/// Exact commands pile up, one for each answer; those used longest ago make room.
/// What somebody wrote by hand stays.
pub fn forget_oldest(list: &mut Vec<AllowlistEntry>) {
    const MOST: usize = 500;
    let piled = |list: &[AllowlistEntry]| list.iter().filter(|entry| is_exact(&entry.pattern)).count();
    for _ in MOST..piled(list) {
        let exact = list.iter().enumerate().filter(|(_, entry)| is_exact(&entry.pattern));
        let Some((oldest, _)) = exact.min_by_key(|(_, entry)| entry.last_used_at) else { return };
        list.remove(oldest);
    }
}

/// The beginning of a command, for the note of its last use.
#[must_use]
pub fn note(text: &str) -> String {
    text.chars().take(MAX_NOTE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_by_hand_makes_no_room() {
        let entry =
            |pattern: String, last_used_at| AllowlistEntry { pattern, last_used_at, ..AllowlistEntry::default() };
        let by_hand = (0..600).map(|number| entry(format!("/opt/tools/{number}"), None));
        let answers = (0..501).map(|number| entry(format!("command:{number:064}"), Some(number)));
        let mut list: Vec<AllowlistEntry> = by_hand.chain(answers).collect();
        forget_oldest(&mut list);
        let exact: Vec<_> = list.iter().filter(|entry| is_exact(&entry.pattern)).collect();
        assert_eq!((list.len() - exact.len(), exact.len()), (600, 500));
        assert_eq!(exact[0].last_used_at, Some(1), "the oldest went");
    }
}
