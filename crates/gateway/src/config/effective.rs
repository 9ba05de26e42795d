//! What is in force, as a document: the file, what wins over it, and the
//! defaults that clients ask for.

use serde_json::{Map, Value, json};

use super::path::{SettingPath, Step};
use super::redact::{Also, redact_value_with};
use super::{Config, Overrides, SessionScope};

/// The document in force, secrets replaced.
#[must_use]
pub fn effective(document: &Value, config: &Config, overrides: &Overrides, also: Also<'_>) -> Value {
    let mut shown = if document.is_object() { redact_value_with(document, also) } else { Value::Object(Map::new()) };
    let scope = match config.session.scope {
        SessionScope::PerSender => "per-sender",
        SessionScope::Global => "global",
    };
    let agents: Vec<Value> = config
        .agents
        .iter()
        .map(|agent| json!({"id": agent.id, "default": agent.is_default, "name": agent.name}))
        .collect();
    let defaults = [
        ("gateway.mode", json!("local")),
        ("gateway.port", json!(config.port)),
        ("gateway.bind", json!(config.bind.as_str())),
        ("gateway.auth.mode", json!(config.auth.mode.as_str())),
        ("gateway.controlUi.enabled", json!(config.control_ui.enabled)),
        ("gateway.reload.debounceMs", json!(u64::try_from(config.reload.debounce.as_millis()).unwrap_or(u64::MAX))),
        ("session.scope", json!(scope)),
        ("session.mainKey", json!(config.session.main_key)),
        ("agents.list", Value::Array(agents)),
        ("ui", json!({})),
        ("talk", json!({})),
    ];
    for (path, value) in defaults {
        put(&mut shown, path, value, overrides.given_by.contains_key(path));
    }
    shown
}

/// Puts a value where none is, or in any case.
fn put(document: &mut Value, path: &str, value: Value, wins: bool) {
    let Ok(SettingPath(steps)) = SettingPath::parse(path) else { return };
    let mut node = document;
    for step in steps {
        let (Step::Key(name), true) = (step, node.is_object() || node.is_null()) else { return };
        if node.is_null() {
            *node = Value::Object(Map::new());
        }
        let Value::Object(members) = node else { return };
        node = members.entry(name).or_insert(Value::Null);
    }
    if node.is_null() || wins {
        *node = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_counts_and_the_command_line_before_it() {
        let document = json!({"gateway": {"port": 1, "auth": {"token": "secret"}}, "ui": {"seamColor": "#fff"}});
        let mut overrides = Overrides::default();
        let config = Config { port: 7, ..Config::default() };
        let shown = effective(&document, &config, &overrides, &|_, _| false);
        assert_eq!((&shown["gateway"]["port"], &shown["ui"]["seamColor"]), (&json!(1), &json!("#fff")));
        assert_eq!((&shown["session"]["mainKey"], &shown["gateway"]["bind"]), (&json!("main"), &json!("loopback")));
        assert!(!shown.to_string().contains("secret"));
        overrides.given_by.insert("gateway.port", "--port".to_owned());
        assert_eq!(effective(&document, &config, &overrides, &|_, _| false)["gateway"]["port"], json!(7));
    }
}
