//! A reader finds a method by its wire name: `device.pair.setupCode` is `methods/device/pair/setup_code.rs`.

use std::collections::BTreeSet;

use postern_gateway::methods;
use postern_gateway::rpc::validate;
use postern_gateway::schemas;
use serde_json::Value;

use super::source_tree::{read, sources};

const METHODS: &str = "crates/gateway/src/methods/";

/// `device/pair/setup_code`, as `device.pair.setupCode` and `system-event` are filed.
fn path_of(name: &str) -> String {
    let spell = |c: char| match c {
        '.' => "/".to_owned(),
        '-' => "_".to_owned(),
        c if c.is_ascii_uppercase() => format!("_{}", c.to_ascii_lowercase()),
        c => c.to_string(),
    };
    name.chars().map(spell).collect()
}

#[test]
fn every_method_has_its_file_and_every_file_its_method() {
    let table: Value = serde_json::from_str(&read("schemas/methods.json")).expect("JSON");
    let names = table["methods"].as_array().expect("a list").iter().filter_map(|method| method["name"].as_str());
    let listed: BTreeSet<String> = names.map(path_of).collect();
    let files = sources(METHODS).into_iter().filter(|file| file.text.contains("impl Method for "));
    let filed: BTreeSet<String> =
        files.filter_map(|file| Some(file.path.strip_prefix(METHODS)?.strip_suffix(".rs")?.to_owned())).collect();
    let (lost, unlisted): (Vec<_>, Vec<_>) = (listed.difference(&filed).collect(), filed.difference(&listed).collect());
    assert!(lost.is_empty(), "listed, but not in a file of that name: {lost:?}. Move each to {METHODS}<name>.rs");
    assert!(
        unlisted.is_empty(),
        "not in METHODS under the name of the file: {unlisted:?}. Add a line to {METHODS}mod.rs, then `make schemas`"
    );
}

#[test]
fn names_are_filed_word_by_word() {
    assert_eq!(path_of("device.pair.setupCode"), "device/pair/setup_code");
    assert_eq!(path_of("system-event"), "system_event");
}

/// Validators are made when a method is called for the first time, so a start does not show whether they can be.
#[test]
fn the_params_of_every_method_can_be_checked() {
    for method in methods::METHODS {
        let validator = schemas::params(method.name).and_then(|schema| validate::compile(&schema));
        let validator = validator.unwrap_or_else(|error| panic!("{}: {error}", method.name));
        // No method takes anything but an object, so each of them really looks.
        assert!(validate::problems(&validator, &Value::Bool(true)).is_some(), "{}", method.name);
    }
}
