//! What a node declares to be able to do, and what becomes of it when it
//! connects (`handshake.md §8`, node surface). Pure.

use std::collections::BTreeMap;

use postern_protocol::Dialect;
use postern_protocol::access::{Scope, ScopeSet};
use postern_protocol::nodes::{NodeApproval, is_host_command};
use serde::{Deserialize, Serialize};

use crate::hub::Declared;

/// Most entries of each list that are kept: a node declares dozens.
const MAX_ENTRIES: usize = 512;
/// Longest name, in characters.
const MAX_NAME: usize = 128;

/// Capabilities, commands and permissions, as declared or as approved.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Surface {
    pub(super) caps: Vec<String>,
    pub(super) commands: Vec<String>,
    pub(super) permissions: BTreeMap<String, bool>,
}

impl Surface {
    /// What a connection declared, bounded and without repetitions.
    pub(super) fn of(declared: Option<&Declared>) -> Self {
        let Some(declared) = declared else { return Self::default() };
        Self::from_lists(&declared.caps, &declared.commands, &declared.permissions)
    }

    pub(super) fn from_lists(caps: &[String], commands: &[String], permissions: &BTreeMap<String, bool>) -> Self {
        let permissions = permissions.iter().filter(|(name, _)| is_name(name)).take(MAX_ENTRIES);
        Self {
            caps: names(caps),
            commands: names(commands),
            permissions: permissions.map(|(name, granted)| (name.clone(), *granted)).collect(),
        }
    }

    /// Whether it holds a capability or command that the other does not.
    /// Permissions are its own system's business: they only ever take away.
    pub(super) fn widens(&self, approved: &Self) -> bool {
        let beyond = |wanted: &[String], held: &[String]| wanted.iter().any(|name| !held.contains(name));
        beyond(&self.caps, &approved.caps) || beyond(&self.commands, &approved.commands)
    }

    /// Whether both ask for the same.
    pub(super) fn asks_like(&self, other: &Self) -> bool {
        !self.widens(other) && !other.widens(self)
    }

    /// The part of both.
    pub(super) fn within(&self, approved: &Self) -> Self {
        let both =
            |wanted: &[String], held: &[String]| wanted.iter().filter(|name| held.contains(name)).cloned().collect();
        Self {
            caps: both(&self.caps, &approved.caps),
            commands: both(&self.commands, &approved.commands),
            permissions: self.permissions.clone(),
        }
    }

    /// What somebody must hold to approve it: whoever approves a command could
    /// invoke it himself.
    pub(super) fn approve_scopes(&self) -> ScopeSet {
        let mut scopes = vec![Scope::Pairing];
        if !self.commands.is_empty() {
            scopes.push(Scope::Write);
        }
        if self.commands.iter().any(|command| is_host_command(command)) {
            scopes.push(Scope::Admin);
        }
        ScopeSet::of(&scopes)
    }
}

fn names(list: &[String]) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for name in list.iter().filter(|name| is_name(name)) {
        if kept.len() < MAX_ENTRIES && !kept.contains(name) {
            kept.push(name.clone());
        }
    }
    kept
}

/// Names are shown to approvers, so they hold nothing that cannot be seen.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().count() <= MAX_NAME && name.chars().all(|c| c.is_ascii_graphic())
}

/// What is known when a node connects.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    pub(super) dialect: Dialect,
    /// Whether what it declares first needs nobody's approval: it came with a
    /// setup code, or runs on this machine and knows the gateway's secret.
    pub(super) is_trusted: bool,
    /// Whether protocol 3 is held to the rules of protocol 4.
    pub(super) strict: bool,
}

/// What becomes of a declared surface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It lies within what was approved.
    Covered,
    /// It is approved now, without asking.
    ApproveSilently,
    /// Somebody has to decide.
    Ask,
}

/// Judges what a node declares. Silence is for its first declaration only:
/// whatever widens it later is asked about, however trusted the node is, and a
/// node whose approval was taken away is asked about too.
pub(super) fn judge(declared: &Surface, approved: Option<&Surface>, is_first: bool, arrival: Arrival) -> Verdict {
    if let Some(approved) = approved
        && !declared.widens(approved)
    {
        return Verdict::Covered;
    }
    // Clients of protocol 3 know one approval, that of the device.
    let is_old = arrival.dialect == Dialect::V3 && !arrival.strict;
    if is_first && (is_old || arrival.is_trusted) { Verdict::ApproveSilently } else { Verdict::Ask }
}

/// How far a surface is approved.
pub(super) fn approval(declared: &Surface, approved: Option<&Surface>, is_asked: bool) -> NodeApproval {
    match (approved, is_asked) {
        (Some(approved), false) if !declared.widens(approved) => NodeApproval::Approved,
        (Some(_), _) => NodeApproval::PendingReapproval,
        (None, true) => NodeApproval::PendingApproval,
        (None, false) => NodeApproval::Unapproved,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surface(caps: &[&str], commands: &[&str]) -> Surface {
        let owned = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        Surface::from_lists(&owned(caps), &owned(commands), &BTreeMap::new())
    }

    const V4: Arrival = Arrival { dialect: Dialect::V4, is_trusted: false, strict: false };
    const V3: Arrival = Arrival { dialect: Dialect::V3, ..V4 };

    #[test]
    fn a_first_declaration_is_asked_about_unless_the_node_is_trusted_or_old() {
        let declared = surface(&["system"], &["system.run"]);
        let first = |arrival| judge(&declared, None, true, arrival);
        assert_eq!(first(V4), Verdict::Ask);
        assert_eq!(first(Arrival { is_trusted: true, ..V4 }), Verdict::ApproveSilently);
        assert_eq!(first(V3), Verdict::ApproveSilently);
        assert_eq!(first(Arrival { strict: true, ..V3 }), Verdict::Ask);
    }

    #[test]
    fn nothing_widens_in_silence() {
        let approved = surface(&["system"], &["system.notify"]);
        for arrival in [V4, V3, Arrival { is_trusted: true, ..V4 }, Arrival { is_trusted: true, ..V3 }] {
            for wider in [surface(&["system"], &["system.notify", "system.run"]), surface(&["camera"], &[])] {
                assert_eq!(judge(&wider, Some(&approved), false, arrival), Verdict::Ask, "{wider:?} {arrival:?}");
            }
            assert_eq!(judge(&approved, Some(&approved), false, arrival), Verdict::Covered);
            assert_eq!(judge(&surface(&[], &[]), Some(&approved), false, arrival), Verdict::Covered);
            // Removed once: old or not, it is asked about.
            assert_eq!(judge(&approved, None, false, arrival), Verdict::Ask);
        }
    }

    #[test]
    fn approvers_hold_what_they_approve() {
        let needs = |commands: &[&str]| surface(&[], commands).approve_scopes();
        assert_eq!(needs(&[]), ScopeSet::of(&[Scope::Pairing]));
        assert_eq!(needs(&["location.get"]), ScopeSet::of(&[Scope::Pairing, Scope::Write]));
        for host in ["system.run", "system.run.prepare", "system.which", "browser.proxy", "fs.listDir"] {
            assert!(needs(&["location.get", host]).allows(Scope::Admin), "{host}");
        }
    }

    #[test]
    fn what_cannot_be_shown_is_not_declared() {
        let declared = surface(&["a", "a", ""], &["system.run\u{202e}", "x y", "ok"]);
        assert_eq!(declared, surface(&["a"], &["ok"]));
        let many: Vec<String> = (0..1_000).map(|number| format!("c{number}")).collect();
        assert_eq!(Surface::from_lists(&[], &many, &BTreeMap::new()).commands.len(), MAX_ENTRIES);
    }

    #[test]
    fn the_state_says_what_waits() {
        let (little, more) = (surface(&[], &["a"]), surface(&[], &["a", "b"]));
        assert_eq!(approval(&little, Some(&more), false), NodeApproval::Approved);
        assert_eq!(approval(&more, Some(&little), true), NodeApproval::PendingReapproval);
        assert_eq!(approval(&more, Some(&little), false), NodeApproval::PendingReapproval);
        assert_eq!(approval(&more, None, true), NodeApproval::PendingApproval);
        assert_eq!(approval(&more, None, false), NodeApproval::Unapproved);
    }
}
