//! How JSON Schemas are generated from the wire types: draft-07, open on input
//! (unknown keys ignored, `null` means absent), exact on output.

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};

/// Which way a value travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Client to gateway.
    Input,
    /// Gateway to client.
    Output,
}

/// A generator with this crate's settings.
#[must_use]
pub fn generator(direction: Direction) -> SchemaGenerator {
    let settings = SchemaSettings::draft07();
    match direction {
        Direction::Input => settings.with_transform(IntegerRange).into_generator(),
        Direction::Output => {
            settings.for_serialize().with_transform(IntegerRange).with_transform(ExactOutput).into_generator()
        }
    }
}

/// The self-contained schema of one type.
#[must_use]
pub fn schema_of<T: JsonSchema>(direction: Direction) -> Value {
    generator(direction).into_root_schema_for::<T>().to_value()
}

/// Says in the schema what the Rust type can hold. 64-bit numbers end where JSON
/// numbers stop being exact everywhere.
#[derive(Clone)]
struct IntegerRange;

/// Largest integer that every JSON reader holds exactly.
const MAX_SAFE: i64 = (1 << 53) - 1;

impl Transform for IntegerRange {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else { return };
        let range = match object.get("format").and_then(Value::as_str) {
            Some("uint16") => (0, i64::from(u16::MAX)),
            Some("uint32") => (0, i64::from(u32::MAX)),
            Some("int64") => (-MAX_SAFE, MAX_SAFE),
            Some("uint64" | "uint") => (0, MAX_SAFE),
            _ => return,
        };
        let lower = object.get("minimum").and_then(Value::as_i64).map_or(range.0, |minimum| minimum.max(range.0));
        object.insert("minimum".to_owned(), lower.into());
        object.entry("maximum").or_insert_with(|| range.1.into());
    }
}

/// Closes objects and removes the `null` that an `Option` leaves behind: such
/// fields are skipped when empty, so `null` never travels.
#[derive(Clone)]
struct ExactOutput;

impl Transform for ExactOutput {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else { return };
        let is_map = object.contains_key("additionalProperties");
        let required: Vec<String> = object
            .get("required")
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            .unwrap_or_default();
        let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) else { return };
        for (name, property) in properties.iter_mut() {
            if !required.contains(name) {
                forbid_null(property);
            }
        }
        if !is_map {
            object.insert("additionalProperties".to_owned(), Value::Bool(false));
        }
    }
}

fn forbid_null(property: &mut Value) {
    let Some(object) = property.as_object_mut() else { return };
    if let Some(Value::Array(kinds)) = object.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if kinds.len() == 1 {
            let only = kinds.remove(0);
            object.insert("type".to_owned(), only);
        }
    }
    let is_null = |schema: &Value| schema.get("type").is_some_and(|kind| kind == "null");
    if let Some(Value::Array(choices)) = object.get_mut("anyOf") {
        choices.retain(|choice| !is_null(choice));
        if let [only] = choices.as_slice() {
            let only = only.clone();
            object.remove("anyOf");
            merge(object, only);
        }
    }
}

/// Draft-07 ignores what stands beside a `$ref`, so a reference moves into `allOf`.
fn merge(object: &mut Map<String, Value>, only: Value) {
    match only {
        Value::Object(inner) if inner.contains_key("$ref") && !object.is_empty() => {
            object.insert("allOf".to_owned(), Value::Array(vec![Value::Object(inner)]));
        }
        Value::Object(inner) => object.extend(inner),
        other => {
            object.insert("allOf".to_owned(), Value::Array(vec![other]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect::HelloOk;
    use crate::pairing::PairingDecisionParams;

    #[test]
    fn input_stays_open_and_takes_null() {
        let schema = schema_of::<PairingDecisionParams>(Direction::Input);
        assert!(schema.get("additionalProperties").is_none(), "{schema}");
        assert!(schema["properties"]["deviceId"].to_string().contains("null"), "{schema}");
        assert_eq!(schema["required"], serde_json::json!(["requestId"]));
    }

    #[test]
    fn output_is_closed_and_never_null() {
        let schema = schema_of::<HelloOk>(Direction::Output);
        assert_eq!(schema["additionalProperties"], false, "{schema}");
        assert!(!schema["properties"]["auth"].to_string().contains("null"), "{schema}");
        let snapshot = &schema["definitions"]["Snapshot"];
        assert_eq!(snapshot["properties"]["configPath"]["type"], "string", "{snapshot}");
    }
}
