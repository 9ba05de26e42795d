//! Settings that no agent may change: who gets in, what agents may run, and what
//! is loaded as code. Pure.

use serde_json::{Map, Value};

use super::edit::get;
use super::path::{SettingPath, Step};

/// Beginnings of protected paths.
const PROTECTED: [&[&str]; 16] = [
    &["backup"],
    &["canvasHost"],
    &["gateway"],
    &["auth"],
    &["env"],
    &["logging"],
    &["mcp"],
    &["models"],
    &["plugins"],
    &["secrets"],
    &["tools"],
    &["update"],
    &["usage"],
    &["agents", "defaults", "sandbox"],
    &["agents", "defaults", "tools"],
    &["agents", "defaults", "workspace"],
];
/// Members of an agent in `agents.list` that are protected. Under another id an
/// agent would have the tools and limits of another.
const OF_AN_AGENT: [&str; 6] = ["id", "default", "tools", "sandbox", "limits", "workspace"];

/// Whether only the owner may change this setting.
#[must_use]
pub fn is_protected(path: &SettingPath) -> bool {
    let names: Vec<&str> = path.0.iter().map(name_of).collect();
    let below = |beginning: &[&str]| {
        // A section that holds a protected one is as good as it.
        names.iter().zip(beginning).all(|(name, wanted)| name == wanted)
    };
    let agent = matches!(names.as_slice(), ["agents", "list", _, member, ..] if OF_AN_AGENT.contains(member));
    let whole = matches!(names.as_slice(), ["agents", "list"]);
    // What another file brings in may be anything.
    let included = names.contains(&"$include");
    included || agent || whole || PROTECTED.iter().any(|beginning| below(beginning))
}

/// The first thing that an agent may not change from one document to another: a
/// protected setting, or a text that takes anything from the environment, where
/// secrets are.
#[must_use]
pub fn refused(before: &Value, after: &Value) -> Option<SettingPath> {
    let changed = changed(before, after);
    let takes_variable = |path: &&SettingPath| get(after, path).is_some_and(refers);
    changed.iter().find(|path| is_protected(path) || takes_variable(path)).cloned()
}

/// Whether a text in here has a `${NAME}`.
fn refers(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("${"),
        Value::Array(elements) => elements.iter().any(refers),
        Value::Object(members) => members.values().any(refers),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Paths at which two documents differ, as deep as they can be told.
#[must_use]
pub fn changed(before: &Value, after: &Value) -> Vec<SettingPath> {
    let mut found = Vec::new();
    compare(Some(before), Some(after), &SettingPath::default(), &mut found);
    found
}

fn compare(before: Option<&Value>, after: Option<&Value>, path: &SettingPath, found: &mut Vec<SettingPath>) {
    if before == after {
        return;
    }
    let none = Map::new();
    match (before, after) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => members(old, new, path, found),
        // A section that comes or goes is told by what is in it.
        (None, Some(Value::Object(new))) if !new.is_empty() => members(&none, new, path, found),
        (Some(Value::Object(old)), None) if !old.is_empty() => members(old, &none, path, found),
        (Some(Value::Array(old)), Some(Value::Array(new))) if old.len() == new.len() => {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                compare(Some(old), Some(new), &path.index(index), found);
            }
        }
        _ => found.push(path.clone()),
    }
}

fn members(old: &Map<String, Value>, new: &Map<String, Value>, path: &SettingPath, found: &mut Vec<SettingPath>) {
    for (name, value) in old {
        compare(Some(value), new.get(name), &path.key(name), found);
    }
    for (name, value) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
        compare(None, Some(value), &path.key(name), found);
    }
}

fn name_of(step: &Step) -> &str {
    match step {
        Step::Key(name) => name,
        Step::Index(_) => "",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_decides_about_agents_is_not_theirs() {
        for (path, wanted) in [
            ("gateway.auth.token", true),
            ("gateway", true),
            ("tools.exec.security", true),
            ("mcp.servers.x.command", true),
            ("agents.list[1].tools.allow", true),
            ("agents.list[1].limits", true),
            ("agents.list", true),
            ("agents.list[1].id", true),
            ("agents.list[1].default", true),
            ("models.providers.desk.models[0].cost.input", true),
            ("models.discovery.ollama", true),
            ("models.providers.openai.baseUrl", true),
            ("usage.limits.day", true),
            ("agents", true),
            ("session.$include", true),
            ("", true),
            ("agents.defaults.model", false),
            ("agents.defaults.heartbeat.every", false),
            ("agents.list[0].identity.name", false),
            ("session.queueMode", false),
        ] {
            assert_eq!(is_protected(&SettingPath::parse(path).unwrap()), wanted, "{path}");
        }
    }

    #[test]
    fn no_variable_comes_into_an_agents_own_settings() {
        let before = json!({"agents": {"list": [{"id": "main", "name": "${USER}"}]}, "session": {"mainKey": "a"}});
        let told = |after: Value| refused(&before, &after).map(|path| path.to_string());
        let mut after = before.clone();
        after["session"]["mainKey"] = json!("b");
        assert_eq!(told(after.clone()), None, "what was there before may stay");
        after["agents"]["list"][0]["name"] = json!("x ${OTHER_KEY}");
        assert_eq!(told(after).as_deref(), Some("agents.list[0].name"));
        let mut after = before.clone();
        after["agents"]["defaults"] = json!({"model": {"fallbacks": ["a", "${KEY}"]}});
        assert_eq!(told(after).as_deref(), Some("agents.defaults.model.fallbacks"));
    }

    #[test]
    fn differences_are_told_as_deep_as_they_are() {
        let before = json!({"a": {"b": 1, "c": [1, 2]}, "d": {"e": 1}, "same": {"x": 1}});
        let after = json!({"a": {"b": 2, "c": [1, 3]}, "f": {"g": {"h": 1}}, "same": {"x": 1}, "i": {}});
        let mut paths: Vec<String> = changed(&before, &after).iter().map(ToString::to_string).collect();
        paths.sort();
        assert_eq!(paths, ["a.b", "a.c[1]", "d.e", "f.g.h", "i"]);
        let longer = changed(&json!({"list": [1]}), &json!({"list": [1, 2]}));
        assert_eq!(longer[0].to_string(), "list");
    }
}
