//! `gateway.nodes`: which commands of nodes may be invoked, and from where new nodes are let in.

use ipnet::IpNet;
use serde_json::Value;

use super::raw::{RawNodes, RawNodesPairing};
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
    /// From where a new node is paired without asking. What it offers is asked about all the same.
    pub auto_approve: Vec<IpNet>,
}

impl Notes {
    pub(super) fn nodes(&mut self, raw: &RawNodes) -> NodeRules {
        let allow = [raw.allow_commands.as_deref(), raw.commands.allow.as_deref()];
        let deny = [raw.deny_commands.as_deref(), raw.commands.deny.as_deref()];
        NodeRules {
            allow: self.names(allow, "gateway.nodes.commands.allow"),
            deny: self.names(deny, "gateway.nodes.commands.deny"),
            strict: raw.strict.unwrap_or(false),
            auto_approve: self.auto_approve(&raw.pairing),
        }
    }

    fn auto_approve(&mut self, raw: &RawNodesPairing) -> Vec<IpNet> {
        if raw.ssh_verify.as_ref().is_some_and(is_asked_for) {
            self.warnings.push(
                "gateway.nodes.pairing.sshVerify is not supported: this gateway signs in nowhere to look at a key; let \
                 nodes in with a setup code (postern pair --node), or by their addresses \
                 (gateway.nodes.pairing.autoApproveCidrs)"
                    .to_owned(),
            );
        }
        self.networks(
            raw.auto_approve_cidrs.as_deref().unwrap_or_default(),
            "gateway.nodes.pairing.autoApproveCidrs",
            "everybody who knows the secret may add nodes; name your network",
        )
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

/// Whether a switch, or a section with one, is on.
fn is_asked_for(written: &Value) -> bool {
    match written {
        Value::Null | Value::Bool(false) => false,
        Value::Object(section) => section.get("enabled").is_none_or(|enabled| *enabled != Value::Bool(false)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Overrides, RawConfig, parse, resolve};

    fn pairing(text: &str) -> (Vec<String>, Vec<String>, Vec<String>) {
        let raw: RawConfig = parse(&format!("{{gateway: {{nodes: {{pairing: {text}}}}}}}")).unwrap();
        let resolved = resolve::resolve(&raw, &Overrides::default());
        let networks = resolved.config.nodes.auto_approve.iter().map(ToString::to_string).collect();
        (networks, resolved.problems.iter().map(ToString::to_string).collect(), resolved.warnings)
    }

    #[test]
    fn networks_are_read_and_what_is_none_is_named() {
        let (networks, problems, warnings) = pairing("{autoApproveCidrs: ['10.1.2.3/16', ' fd00::/8', '10.0.0.9']}");
        assert_eq!(networks, ["10.1.0.0/16", "fd00::/8", "10.0.0.9/32"]);
        assert_eq!((problems, warnings), (vec![], vec![]));
        let (networks, problems, _) = pairing("{autoApproveCidrs: ['10.0.0.0/8', '10.0.0.0/33', 'lan']}");
        assert_eq!(networks, ["10.0.0.0/8"]);
        assert!(problems[0].contains("gateway.nodes.pairing.autoApproveCidrs[1]"), "{problems:?}");
        assert!(problems[1].contains("gateway.nodes.pairing.autoApproveCidrs[2]"), "{problems:?}");
        let (_, problems, warnings) = pairing("{autoApproveCidrs: ['0.0.0.0/0']}");
        assert!(problems.is_empty() && warnings[0].contains("autoApproveCidrs[0]"), "{warnings:?}");
    }

    #[test]
    fn looking_by_ssh_is_refused_in_words() {
        for asked in ["true", "{}", "{enabled: true, user: 'ada'}"] {
            let (_, problems, warnings) = pairing(&format!("{{sshVerify: {asked}}}"));
            assert!(problems.is_empty(), "{problems:?}");
            assert!(warnings[0].starts_with("gateway.nodes.pairing.sshVerify is not supported"), "{warnings:?}");
        }
        for off in ["false", "null", "{enabled: false}"] {
            assert_eq!(pairing(&format!("{{sshVerify: {off}}}")).2, [] as [String; 0], "{off}");
        }
    }
}
