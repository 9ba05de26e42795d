//! The JSON Schemas that the program carries: the files of `schemas/`, packed by the build script. They are made from
//! the Rust types by a test and not by the program, since the code that makes them is larger than all of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::packed::unpack;

const PROTOCOL: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/protocol.json.gz"));
const METHODS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/methods.json.gz"));
const CONFIG: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/config.json.gz"));

/// Where the definitions of a document are.
const DEFINITIONS: &str = "#/definitions/";

/// Definitions as text: few of them are needed by any one gateway.
struct Known {
    definitions: HashMap<String, Box<RawValue>>,
    params: HashMap<String, String>,
}

static KNOWN: LazyLock<Result<Known, String>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    struct Bundle {
        definitions: HashMap<String, Box<RawValue>>,
    }
    #[derive(Deserialize)]
    struct Table {
        methods: Vec<Row>,
    }
    #[derive(Deserialize)]
    struct Row {
        name: String,
        params: String,
    }
    let Bundle { definitions } = read(PROTOCOL)?;
    let Table { methods } = read(METHODS)?;
    Ok(Known { definitions, params: methods.into_iter().map(|row| (row.name, row.params)).collect() })
});

fn read<T: serde::de::DeserializeOwned>(packed: &[u8]) -> Result<T, String> {
    let text = unpack(packed).map_err(|error| error.to_string())?;
    serde_json::from_slice(&text).map_err(|error| error.to_string())
}

/// The bundle of everything on the wire, which `postern protocol schema` prints.
///
/// # Errors
/// When the program is damaged.
pub fn protocol() -> Result<Value, String> {
    read(PROTOCOL)
}

/// The schema of the configuration file.
///
/// # Errors
/// When the program is damaged.
pub fn config() -> Result<Value, String> {
    read(CONFIG)
}

/// The self-contained schema of a method's params.
///
/// # Errors
/// When `schemas/` does not know the method yet: `make schemas` was not run after it was added.
pub fn params(method: &str) -> Result<Value, String> {
    let known = KNOWN.as_ref()?;
    let name = known.params.get(method).ok_or_else(|| format!("no schema of the params of {method}"))?;
    definition(name)
}

/// One definition of the bundle with all that it refers to.
///
/// # Errors
/// When there is none of that name.
pub fn definition(name: &str) -> Result<Value, String> {
    let known = KNOWN.as_ref()?;
    let mut needed = BTreeMap::new();
    let mut wanted = vec![name.to_owned()];
    while let Some(name) = wanted.pop() {
        if needed.contains_key(&name) {
            continue;
        }
        let text = known.definitions.get(&name).ok_or_else(|| format!("no definition {name}"))?;
        let schema: Value = serde_json::from_str(text.get()).map_err(|error| error.to_string())?;
        references(&schema, &mut wanted);
        needed.insert(name, schema);
    }
    let mut root = match needed.get(name) {
        Some(Value::Object(schema)) => schema.clone(),
        _ => Map::from_iter([("$ref".to_owned(), json!(format!("{DEFINITIONS}{name}")))]),
    };
    root.insert("$schema".to_owned(), "http://json-schema.org/draft-07/schema#".into());
    root.insert("definitions".to_owned(), Value::Object(needed.into_iter().collect()));
    Ok(Value::Object(root))
}

/// Names of the definitions that a schema refers to.
fn references(schema: &Value, names: &mut Vec<String>) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| references(item, names)),
        Value::Object(map) => {
            let target = map.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix(DEFINITIONS));
            names.extend(target.map(str::to_owned));
            map.values().for_each(|value| references(value, names));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_brings_what_it_refers_to() {
        let schema = definition("ConnectParams").unwrap();
        assert_eq!(schema["type"], "object");
        let mut wanted = Vec::new();
        references(&schema, &mut wanted);
        assert!(!wanted.is_empty());
        for name in wanted {
            assert!(schema["definitions"].get(&name).is_some(), "{name} is missing");
        }
        assert!(schema["definitions"].get("HelloOk").is_none(), "params do not refer to answers");
    }

    #[test]
    fn an_unknown_name_is_an_error() {
        assert_eq!(definition("NoSuchThing").unwrap_err(), "no definition NoSuchThing");
        assert_eq!(params("no.such").unwrap_err(), "no schema of the params of no.such");
    }
}
