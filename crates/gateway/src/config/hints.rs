//! How forms show a setting, made from its name and its documentation.

use std::collections::BTreeMap;

use postern_protocol::config::ConfigUiHint;
use serde_json::Value;

use super::path::SettingPath;
use super::reload::needs_restart;
use super::schema::{follow, is_marked, schema};

/// Settings deeper than this are not listed; none are.
const DEEPEST: usize = 8;
/// Names of settings that most people never need.
const ADVANCED: [&str; 9] = [
    "rateLimit",
    "reload",
    "http",
    "allowRealIpFallback",
    "trustedProxies",
    "identityScopes",
    "metrics",
    "publicKeys",
    "contextTokens",
];

/// Every setting; `*` stands for names that the user chooses and for elements.
#[must_use]
pub fn hints() -> BTreeMap<String, ConfigUiHint> {
    let mut found = BTreeMap::new();
    members(schema(), "", (None, false, 0), &mut found);
    found
}

/// Which of the `hints` is for a setting, by its name there.
#[must_use]
pub fn named(hints: &BTreeMap<String, ConfigUiHint>, path: &SettingPath) -> Option<String> {
    let text: Vec<String> = path
        .0
        .iter()
        .map(|step| match step {
            super::path::Step::Key(name) => name.clone(),
            super::path::Step::Index(_) => "*".to_owned(),
        })
        .collect();
    // Each name may be one that the user chose.
    let fits = |known: &str| {
        let names: Vec<&str> = known.split('.').collect();
        names.len() == text.len() && names.iter().zip(&text).all(|(known, name)| *known == "*" || known == name)
    };
    hints.keys().find(|known| fits(known)).cloned()
}

fn members(
    node: &Value,
    path: &str,
    (group, advanced, depth): (Option<&str>, bool, usize),
    found: &mut BTreeMap<String, ConfigUiHint>,
) {
    if depth > DEEPEST {
        return;
    }
    let node = follow(node);
    let named = node.get("properties").and_then(Value::as_object).into_iter().flatten();
    for (order, (name, member)) in named.enumerate() {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let label = label(name);
        let advanced = advanced || ADVANCED.contains(&name.as_str()) || name.starts_with("dangerously");
        let own = group.map_or_else(|| label.clone(), str::to_owned);
        let mut hint = described(member, &path);
        hint.label = Some(label);
        hint.group = Some(own.clone());
        hint.order = u32::try_from(order).ok();
        hint.advanced = advanced.then_some(true);
        found.insert(path.clone(), hint);
        members(member, &path, (Some(&own), advanced, depth + 1), found);
    }
    for any in [node.get("additionalProperties").filter(|any| any.is_object()), node.get("items")].into_iter().flatten()
    {
        let path = format!("{path}.*");
        found.insert(path.clone(), ConfigUiHint { group: group.map(str::to_owned), ..described(any, &path) });
        members(any, &path, (group, advanced, depth + 1), found);
    }
    let choices = node.get("anyOf").and_then(Value::as_array).into_iter().flatten();
    choices.for_each(|choice| members(choice, path, (group, advanced, depth + 1), found));
}

fn described(node: &Value, path: &str) -> ConfigUiHint {
    let text = |node: &Value| node.get("description").and_then(Value::as_str).map(str::to_owned);
    let help = text(node).or_else(|| text(follow(node)));
    let placeholder = help.as_deref().and_then(default_of);
    ConfigUiHint {
        sensitive: is_marked(node).then_some(true),
        restart: needs_restart(path).then_some(true),
        placeholder,
        help,
        ..ConfigUiHint::default()
    }
}

/// `18789` of `… Default 18789.`
fn default_of(help: &str) -> Option<String> {
    let said = help.split("Default ").nth(1)?;
    let said = said.split(['.', ';', ':', ',']).next()?.trim().trim_matches('`');
    let plain = !said.is_empty() && said.len() <= 24 && !said.contains(' ');
    plain.then(|| said.to_owned())
}

/// `maxAttempts` as people read it: `Max attempts`.
fn label(name: &str) -> String {
    let mut words = String::new();
    for (index, c) in name.chars().enumerate() {
        if index == 0 {
            words.extend(c.to_uppercase());
        } else if c.is_ascii_uppercase() {
            words.push(' ');
            words.push(c.to_ascii_lowercase());
        } else {
            words.push(c);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_a_name_and_a_help() {
        let all = hints();
        assert!(all.len() > 80, "{}", all.len());
        let silent: Vec<_> = all.iter().filter(|(path, hint)| !path.ends_with('*') && hint.help.is_none()).collect();
        assert!(silent.is_empty(), "document these: {silent:?}");
        let port = &all["gateway.port"];
        assert_eq!((port.label.as_deref(), port.placeholder.as_deref()), (Some("Port"), Some("18789")));
        assert_eq!((port.restart, port.group.as_deref()), (Some(true), Some("Gateway")));
        let token = &all["gateway.auth.token"];
        assert_eq!((token.sensitive, token.restart), (Some(true), None));
        assert_eq!(all["gateway.auth.rateLimit.maxAttempts"].advanced, Some(true));
        assert!(all.contains_key("agents.list.*.model") && all.contains_key("mcp.servers.*.command"));
        let one = named(&all, &SettingPath::parse("mcp.servers.mine.env").unwrap()).unwrap();
        assert_eq!((one.as_str(), all[&one].sensitive), ("mcp.servers.*.env", Some(true)));
    }
}
