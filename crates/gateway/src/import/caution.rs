//! What an import leaves to the owner although it would be valid here: whatever
//! lets more in, or runs more, than this gateway does by itself. Pure.

use ipnet::IpNet;
use postern_protocol::approvals::{ExecAskMode, ExecRuleSet, ExecSecurityMode};
use serde_json::Value;

/// Networks that are larger than these are no network of one's own.
const SMALLEST_PREFIX: (u8, u8) = (8, 16);

/// Why a setting is not taken; `None` when it may be.
pub(super) fn widens(name: &str, value: &Value) -> Option<String> {
    let is = |word: &str| value.as_str() == Some(word);
    let why = match name {
        "gateway.auth.mode" if is("none") => "lets in everybody who reaches the gateway",
        "gateway.trustedProxies" if proxies(value).any(is_too_large) => {
            "would take the word of any machine for who is calling"
        }
        "gateway.allowRealIpFallback" if *value == true => "lets a caller say which address it has",
        "gateway.tailscale" if value["mode"] == "funnel" => "shows the gateway to the whole internet",
        "gateway.controlUi.allowedOrigins" if proxies(value).any(|origin| origin.contains('*')) => {
            "lets any page in a browser connect"
        }
        "gateway.controlUi.allowInsecureAuth" if *value == true => "lets pages in without a key of their own",
        "tools.exec.security" if is("full") => "lets agents run every command",
        "tools.exec.ask" if is("off") => "lets nobody be asked about commands",
        _ => return None,
    };
    Some(format!("{why}; set it yourself if you want that: postern config set {name}"))
}

fn proxies(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn is_too_large(network: &str) -> bool {
    network.trim().parse::<IpNet>().is_ok_and(|network| match network {
        IpNet::V4(network) => network.prefix_len() < SMALLEST_PREFIX.0,
        IpNet::V6(network) => network.prefix_len() < SMALLEST_PREFIX.1,
    })
}

/// Takes the modes that widen out of a set of rules, and names them.
pub(super) fn without_wide_modes(modes: &mut ExecRuleSet) -> Vec<&'static str> {
    let mut taken = Vec::new();
    if modes.security == Some(ExecSecurityMode::Full) {
        modes.security = None;
        taken.push("security full");
    }
    if modes.ask == Some(ExecAskMode::Off) {
        modes.ask = None;
        taken.push("ask off");
    }
    if modes.ask_fallback == Some(ExecSecurityMode::Full) {
        modes.ask_fallback = None;
        taken.push("askFallback full");
    }
    if modes.auto_allow_skills == Some(true) {
        modes.auto_allow_skills = None;
        taken.push("autoAllowSkills");
    }
    taken
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_widens_is_named() {
        for (name, value, left) in [
            ("gateway.auth.mode", json!("none"), true),
            ("gateway.auth.mode", json!("token"), false),
            ("gateway.trustedProxies", json!(["::/0"]), true),
            ("gateway.trustedProxies", json!(["10.0.0.0/8", "127.0.0.1"]), false),
            ("gateway.trustedProxies", json!(["10.1.2.3", "0.0.0.0/1", "128.0.0.0/1"]), true),
            ("gateway.tailscale", json!({"mode": "funnel"}), true),
            ("gateway.tailscale", json!({"mode": "serve"}), false),
            ("gateway.controlUi.allowedOrigins", json!(["https://a.example"]), false),
            ("gateway.controlUi.allowedOrigins", json!(["*"]), true),
            ("gateway.controlUi.allowInsecureAuth", json!(false), false),
            ("tools.exec.security", json!("allowlist"), false),
            ("tools.exec.ask", json!("off"), true),
        ] {
            assert_eq!(widens(name, &value).is_some(), left, "{name} {value}");
        }
    }

    #[test]
    fn strict_modes_stay() {
        let strict = ExecRuleSet {
            security: Some(ExecSecurityMode::Deny),
            ask: Some(ExecAskMode::Always),
            ..ExecRuleSet::default()
        };
        let mut modes = ExecRuleSet { auto_allow_skills: Some(true), ..strict.clone() };
        assert_eq!(without_wide_modes(&mut modes), ["autoAllowSkills"]);
        assert_eq!(modes, strict);
    }
}
