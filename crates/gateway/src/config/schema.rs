//! The schema of the file, and ways through it.

use std::sync::LazyLock;

use serde_json::Value;

use super::path::{SettingPath, Step};
use crate::schemas;

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    schemas::config().unwrap_or_else(|error| {
        tracing::error!(error, "The schema of the configuration cannot be read: the program is damaged.");
        // It knows no setting.
        Value::Bool(false)
    })
});

/// Says that the value of a setting, or everything in a section, is a secret.
const SECRET_MARK: &str = "x-secret";

/// The JSON Schema of the configuration file.
#[must_use]
pub fn schema() -> &'static Value {
    &SCHEMA
}

/// The schema of one setting; `None` for one that this version does not know.
#[must_use]
pub fn lookup(path: &SettingPath) -> Option<&'static Value> {
    path.0.iter().try_fold(schema(), child)
}

/// The schema of a member or an element.
pub(super) fn child<'s>(node: &'s Value, step: &Step) -> Option<&'s Value>
where
    'static: 's,
{
    // Below a section of clients is what they like.
    if node == &Value::Bool(true) {
        return Some(node);
    }
    let node = follow(node);
    let inside = |node: &'s Value| match step {
        Step::Key(name) => {
            let known = node.get("properties").and_then(|known| known.get(name));
            let any = known.or_else(|| {
                node.get("additionalProperties").filter(|any| any.is_object() || **any == Value::Bool(true))
            });
            // What any element of a list is.
            any.or_else(|| node.get("items").filter(|_| name == "*"))
        }
        Step::Index(_) => node.get("items"),
    };
    let choices = node.get("anyOf").and_then(Value::as_array).into_iter().flatten();
    inside(node).or_else(|| choices.map(follow).find_map(inside))
}

/// Goes through references and the wrapping that `Option` and docs add.
pub fn follow(schema: &Value) -> &Value {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let target = name.strip_prefix('#').and_then(|pointer| SCHEMA.pointer(pointer));
        return target.map_or(schema, follow);
    }
    let wrapped = ["allOf", "anyOf"].iter().find_map(|key| schema.get(key).and_then(Value::as_array));
    let is_null = |choice: &&Value| choice.get("type").is_some_and(|kind| kind == "null");
    let mut choices = wrapped.into_iter().flatten().filter(|choice| !is_null(choice));
    match (choices.next(), choices.next()) {
        (Some(only), None) => follow(only),
        _ => schema,
    }
}

/// Whether the schema says that this is a secret.
pub(super) fn is_marked(node: &Value) -> bool {
    let marked = |node: &Value| node.get(SECRET_MARK).is_some_and(|mark| mark == true);
    marked(node) || marked(follow(node))
}
