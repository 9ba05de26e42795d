//! `schemas/*.json` are made from the Rust types; this test makes them (UPDATE=1) and otherwise tells them apart.

use std::fs;
use std::path::PathBuf;

use postern_gateway::config::RawConfig;
use postern_gateway::rpc::export::{clashes, method_table, schema_bundle};
use postern_protocol::schema::{Direction, schema_of};
use serde_json::Value;

use super::source_tree::root;

fn folder() -> PathBuf {
    root().join("schemas")
}

fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap();
    text.push('\n');
    text
}

#[track_caller]
fn check(name: &str, value: &Value) {
    let path = folder().join(name);
    let fresh = pretty(value);
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(folder()).unwrap();
        fs::write(&path, fresh).unwrap();
        return;
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let line = committed.lines().zip(fresh.lines()).position(|(old, new)| old != new);
    assert!(
        committed == fresh,
        "schemas/{name} is not what the Rust types say (first difference at line {}). Run `make schemas` and commit the result.",
        line.map_or(committed.lines().count(), |line| line + 1)
    );
}

#[test]
fn schema_drift() {
    check("protocol.json", &schema_bundle());
    check("methods.json", &method_table());
    check("config.json", &schema_of::<RawConfig>(Direction::Input));
}

#[test]
fn every_definition_has_one_name_and_one_meaning() {
    assert_eq!(clashes(), Vec::<String>::new(), "two types share a name: rename one");
    let bundle = schema_bundle();
    let numbered: Vec<&String> =
        bundle["definitions"].as_object().unwrap().keys().filter(|name| name.ends_with(char::is_numeric)).collect();
    assert!(numbered.is_empty(), "a digit at the end is the sign of a name clash: {numbered:?}");
    // Every reference leads somewhere.
    let text = bundle.to_string();
    for target in text.split("#/definitions/").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(bundle["definitions"].get(target).is_some(), "#/definitions/{target} is missing");
    }
}

/// every method says who may call it; the dispatcher has no other list.
#[test]
fn every_method_declares_role_and_scope() {
    for row in method_table()["methods"].as_array().unwrap() {
        let (role, scope) = (row["role"].as_str().unwrap(), &row["scope"]);
        assert_eq!(role == "operator", scope.is_string(), "{row}");
    }
}
