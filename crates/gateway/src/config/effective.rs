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
    for (path, value) in defaults.into_iter().chain(of_the_machine(config)) {
        put(&mut shown, path, value, overrides.given_by.contains_key(path));
    }
    shown
}

/// What is about the gateway's machine and its upkeep.
fn of_the_machine(config: &Config) -> [(&'static str, Value); 22] {
    let Config { tls, tailscale, metrics, logging, backup, update, canvas_host, discovery, .. } = config;
    let redact = if logging.redact { "on" } else { "off" };
    [
        ("canvasHost.enabled", json!(canvas_host.enabled)),
        ("canvasHost.liveReload", json!(canvas_host.live_reload)),
        ("gateway.reload.mode", json!(config.reload.mode)),
        ("gateway.controlUi.embedSandbox", json!(config.control_ui.embed_sandbox)),
        ("gateway.tls.enabled", json!(tls.enabled)),
        ("gateway.tls.autoGenerate", json!(tls.auto_generate)),
        ("gateway.tailscale.mode", json!(tailscale.mode.as_str())),
        ("gateway.tailscale.resetOnExit", json!(tailscale.reset_on_exit)),
        ("gateway.metrics.enabled", json!(metrics.enabled)),
        ("gateway.metrics.allowLocal", json!(metrics.allow_local)),
        ("logging.level", json!(logging.level)),
        ("logging.consoleLevel", json!(logging.console_level)),
        ("logging.redactSensitive", json!(redact)),
        ("logging.maxFileBytes", json!(logging.keep.file_bytes)),
        ("logging.maxFiles", json!(logging.keep.files)),
        ("logging.retentionDays", json!(logging.keep.age.as_secs() / 86_400)),
        ("logging.maxTotalBytes", json!(logging.keep.total_bytes)),
        ("backup.keep", json!(backup.keep)),
        ("update.channel", json!(update.channel)),
        ("update.auto", json!(update.auto.as_str())),
        ("update.hold", json!(update.hold)),
        ("discovery.mdns.mode", json!(discovery.mdns)),
    ]
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
