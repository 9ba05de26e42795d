//! `gateway.nodes`: which commands of nodes may be invoked.

use super::raw::RawNodes;
use super::resolve::Notes;

/// What the owner says about commands of nodes. Names are exact: no patterns, no
/// cases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NodeRules {
    /// Allowed beside what the system may offer.
    pub allow: Vec<String>,
    /// Never allowed, whatever else says so.
    pub deny: Vec<String>,
    /// Whether nodes of protocol 3 are held to what protocol 4 allows.
    pub strict: bool,
}

impl Notes {
    pub(super) fn nodes(&mut self, raw: &RawNodes) -> NodeRules {
        let allow = [raw.allow_commands.as_deref(), raw.commands.allow.as_deref()];
        let deny = [raw.deny_commands.as_deref(), raw.commands.deny.as_deref()];
        NodeRules {
            allow: self.names(allow, "gateway.nodes.commands.allow"),
            deny: self.names(deny, "gateway.nodes.commands.deny"),
            strict: raw.strict.unwrap_or(false),
        }
    }

    /// Both names of a list together. A pattern is not one: nothing would match
    /// it, and its owner would believe otherwise.
    fn names(&mut self, lists: [Option<&[String]>; 2], path: &str) -> Vec<String> {
        let mut names = Vec::new();
        for name in lists.into_iter().flatten().flatten() {
            let name = name.trim();
            if name.is_empty() || name.contains(['*', '?', ' ']) {
                self.warnings
                    .push(format!("{path}: {name:?} is ignored: commands are named exactly, without patterns"));
            } else if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        names
    }
}
