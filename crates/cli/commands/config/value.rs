//! Paths and values as people write them.

use postern_gateway::config::edit;
use postern_gateway::config::path::{SettingPath, Step};
use postern_gateway::config::schema;
use serde_json::Value;

use crate::exit::{Exit, Failure, Outcome};

/// A path as somebody typed it.
pub(super) fn setting_path(text: &str) -> Outcome<SettingPath> {
    SettingPath::parse(text).map_err(Failure::usage)
}

/// The path of a setting that this version knows.
pub(super) fn known_path(text: &str) -> Outcome<SettingPath> {
    let path = setting_path(text)?;
    if path.0.is_empty() {
        return Err(Failure::usage("name a setting, for example gateway.port"));
    }
    if schema::lookup(&path).is_some() {
        return Ok(path);
    }
    let failure = Failure::new(Exit::Usage, format!("there is no setting {path}"));
    Err(match suggestion(&path) {
        Some(meant) => failure.hint(format!("did you mean {meant}?")),
        None => failure.hint("postern config schema lists them; postern config patch writes any"),
    })
}

/// The value that a text stands for, where `path` is to hold it: JSON5, or plain
/// words where the setting is a text.
pub(super) fn value(path: &SettingPath, text: &str, strict: bool) -> Outcome<Value> {
    let takes_text = schema::lookup(path).is_some_and(|node| takes(node, "string"));
    let quoted = text.trim_start().starts_with(['"', '\'']);
    let fits =
        |value: &Value| schema::lookup(path).is_some_and(|node| kinds(value).iter().any(|kind| takes(node, kind)));
    let is_other = json5(text).is_ok_and(|value| !value.is_string() && fits(&value));
    if takes_text && !strict && !quoted && !is_other {
        return Ok(Value::String(text.to_owned()));
    }
    match json5(text) {
        Ok(value) => Ok(value),
        // The check of the whole says what the setting takes instead.
        Err(_) if !strict && !text.trim_start().starts_with(['[', '{', '"', '\'']) => {
            Ok(Value::String(text.to_owned()))
        }
        Err(why) => Err(Failure::usage(format!("{path}: the value is no JSON5: {why}"))
            .hint("texts with spaces or signs need quotes of their own: '\"like this\"'")),
    }
}

/// Kinds of setting that hold this value.
const fn kinds(value: &Value) -> &'static [&'static str] {
    match value {
        Value::Bool(_) => &["boolean"],
        Value::Number(_) => &["number", "integer"],
        Value::Array(_) => &["array"],
        Value::Object(_) => &["object"],
        Value::String(_) | Value::Null => &[],
    }
}

/// A JSON5 value of any kind.
pub(super) fn json5(text: &str) -> Result<Value, String> {
    // The editor reads documents; a value is a member of one.
    let document = edit::value_of(&format!("{{\n\"value\": {text}\n}}")).map_err(|error| error.to_string())?;
    match document {
        Value::Object(mut members) if members.len() == 1 => {
            members.remove("value").ok_or_else(|| "is empty".to_owned())
        }
        // `null` says that there is nothing.
        Value::Object(members) if members.is_empty() => Ok(Value::Null),
        _ => Err("is more than one value".to_owned()),
    }
}

fn takes(node: &Value, kind: &str) -> bool {
    let node = resolved(node);
    let of_type = match node.get("type") {
        Some(Value::String(only)) => only == kind,
        Some(Value::Array(kinds)) => kinds.iter().any(|one| one == kind),
        _ => false,
    };
    let choices = ["anyOf", "oneOf", "allOf"].iter().filter_map(|key| node.get(key).and_then(Value::as_array));
    let is_word = kind == "string" && (node.get("const").is_some_and(Value::is_string) || node.get("enum").is_some());
    of_type || is_word || choices.flatten().any(|choice| takes(choice, kind))
}

fn resolved(node: &Value) -> &Value {
    let target = node.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix('#'));
    target.and_then(|pointer| schema::schema().pointer(pointer)).unwrap_or(node)
}

/// The known path that is nearest to one that is not known.
pub(super) fn suggestion(path: &SettingPath) -> Option<String> {
    let mut known = SettingPath::default();
    for (index, step) in path.0.iter().enumerate() {
        let mut next = known.clone();
        next.0.push(step.clone());
        if schema::lookup(&next).is_some() {
            known = next;
            continue;
        }
        let Step::Key(written) = step else { return None };
        let meant = nearest(written, &members(&known))?;
        let mut found = known.key(&meant);
        // What follows may be right.
        found.0.extend(path.0[index + 1..].iter().cloned());
        return Some(if schema::lookup(&found).is_some() { found } else { known.key(&meant) }.to_string());
    }
    None
}

/// Names that a section knows.
fn members(section: &SettingPath) -> Vec<String> {
    let node = schema::lookup(section).map(resolved);
    let whole = node.into_iter().flat_map(|node| {
        let choices = ["anyOf", "allOf"].iter().filter_map(|key| node.get(key).and_then(Value::as_array)).flatten();
        std::iter::once(node).chain(choices.map(resolved))
    });
    let named = whole.filter_map(|node| node.get("properties").and_then(Value::as_object));
    named.flat_map(|known| known.keys().cloned()).collect()
}

fn nearest(written: &str, names: &[String]) -> Option<String> {
    let lower = written.to_lowercase();
    let scored = names.iter().map(|name| (distance(&lower, &name.to_lowercase()), name));
    let (distance, name) = scored.min_by_key(|(distance, _)| *distance)?;
    (distance <= 2.max(written.chars().count() / 3)).then(|| name.clone())
}

/// Letters that must change, go or come.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.chars().enumerate() {
        let mut corner = row[0];
        row[0] = index + 1;
        for (column, wanted) in other.iter().enumerate() {
            let replaced = corner + usize::from(letter != *wanted);
            corner = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(corner + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(path: &str, text: &str) -> Value {
        value(&setting_path(path).unwrap(), text, false).unwrap()
    }

    #[test]
    fn values_are_read_as_their_setting_wants_them() {
        assert_eq!(read("gateway.port", "18790"), json!(18790));
        assert_eq!(read("gateway.port", "0x10"), json!(16));
        assert_eq!(read("gateway.bind", "lan"), json!("lan"));
        assert_eq!(read("gateway.bind", "\"lan\""), json!("lan"));
        assert_eq!(read("gateway.auth.token", "12345678"), json!("12345678"));
        assert_eq!(read("gateway.controlUi.enabled", "false"), json!(false));
        assert_eq!(read("gateway.trustedProxies", "['10.0.0.1', ]"), json!(["10.0.0.1"]));
        assert_eq!(read("agents.defaults.model", "openai/gpt"), json!("openai/gpt"));
        assert_eq!(read("agents.defaults.model", "{primary: 'a/b'}"), json!({"primary": "a/b"}));
        assert_eq!(read("agents.defaults.heartbeat", "{every: '1h'}"), json!({"every": "1h"}));
    }

    #[test]
    fn what_is_no_value_is_refused_with_the_setting() {
        for (path, text) in [("gateway.port", "\"x"), ("gateway.trustedProxies", "["), ("gateway.port", "{}}, {")] {
            let failure = value(&setting_path(path).unwrap(), text, false).unwrap_err();
            assert!(failure.message.contains(path), "{failure}");
        }
        let strict = value(&setting_path("gateway.bind").unwrap(), "lan", true);
        assert!(strict.is_err(), "{strict:?}");
    }

    #[test]
    fn a_mistyped_setting_is_answered_with_what_was_meant() {
        for (written, meant) in [
            ("gateway.prot", "gateway.port"),
            ("gatway.port", "gateway.port"),
            ("gateway.trusted_proxies", "gateway.trustedProxies"),
            ("gateway.auth.tokne", "gateway.auth.token"),
            ("agents.default.model", "agents.defaults.model"),
        ] {
            let failure = known_path(written).unwrap_err();
            assert_eq!(failure.hint.as_deref(), Some(format!("did you mean {meant}?").as_str()), "{written}");
        }
        assert!(known_path("models.providers.mine.baseUrl").is_ok());
        assert!(known_path("agents.list[0].model").is_ok());
        assert_eq!(suggestion(&setting_path("completely.else").unwrap()), None);
    }
}
