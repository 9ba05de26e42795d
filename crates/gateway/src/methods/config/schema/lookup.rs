//! `config.schema.lookup`: one setting of the schema, and what is in it.

use std::collections::BTreeMap;

use postern_protocol::access::{Access, Scope};
use postern_protocol::config::{
    ConfigReloadKind, ConfigSchemaChild, ConfigSchemaLookup, ConfigSchemaLookupParams, ConfigSchemaLookupResult,
    ConfigUiHint,
};
use serde_json::Value;

use crate::config::hints::{hints, named};
use crate::config::path::SettingPath;
use crate::config::reload::{When, when};
use crate::config::schema::{follow, lookup};
use crate::rpc::{Cx, Method, RpcError, RpcResult};

/// Name of whatever the user may name, and of every element of a list.
const ANY: &str = "*";

impl Method for ConfigSchemaLookup {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(_cx: Cx, params: ConfigSchemaLookupParams) -> RpcResult<ConfigSchemaLookupResult> {
        let text = if params.path == "." { "" } else { &params.path };
        let path = SettingPath::parse(text).map_err(RpcError::invalid)?;
        let unknown = || RpcError::invalid(format!("{path}: not a setting of this version"));
        let schema = follow(lookup(&path).ok_or_else(unknown)?);
        let all = hints();
        let hint_path = named(&all, &path);
        let inside = |(key, node): (&str, &Value)| child(&all, &path, (key, node), requires(schema, key));
        Ok(ConfigSchemaLookupResult {
            reload_kind: reload_kind(&path),
            hint: hint_path.as_ref().and_then(|known| shown(&all, known)),
            hint_path,
            children: members(schema).into_iter().map(inside).collect(),
            schema: schema.clone(),
            path: params.path,
        })
    }
}

fn child(
    all: &BTreeMap<String, ConfigUiHint>,
    parent: &SettingPath,
    (key, node): (&str, &Value),
    required: bool,
) -> ConfigSchemaChild {
    let path = parent.key(key);
    let hint_path = named(all, &path);
    ConfigSchemaChild {
        key: key.to_owned(),
        path: path.to_string(),
        kind: kind(node),
        required,
        has_children: !members(node).is_empty(),
        reload_kind: reload_kind(&path),
        hint: hint_path.as_ref().and_then(|known| shown(all, known)),
        hint_path,
    }
}

/// The settings in a setting, each with its schema.
fn members(node: &Value) -> Vec<(&str, &Value)> {
    let node = follow(node);
    let named = node.get("properties").and_then(Value::as_object).into_iter().flatten();
    let any = [node.get("additionalProperties").filter(|any| any.is_object()), node.get("items")];
    let mut found: Vec<(&str, &Value)> = named.map(|(name, member)| (name.as_str(), member)).collect();
    found.extend(any.into_iter().flatten().map(|member| (ANY, member)));
    for choice in node.get("anyOf").and_then(Value::as_array).into_iter().flatten() {
        for (name, member) in members(choice) {
            if !found.iter().any(|(known, _)| *known == name) {
                found.push((name, member));
            }
        }
    }
    found
}

fn requires(node: &Value, name: &str) -> bool {
    let required = node.get("required").and_then(Value::as_array);
    required.is_some_and(|names| names.iter().any(|known| known == name))
}

/// The only type that a value may have, besides null.
fn kind(node: &Value) -> Option<String> {
    let said = follow(node).get("type")?;
    let list = said.as_array().map_or_else(|| std::slice::from_ref(said), Vec::as_slice);
    let mut names = list.iter().filter_map(Value::as_str).filter(|name| *name != "null");
    let only = names.next()?;
    names.next().is_none().then(|| only.to_owned())
}

fn reload_kind(path: &SettingPath) -> Option<ConfigReloadKind> {
    when(&path.to_string()).map(|when| match when {
        When::Live => ConfigReloadKind::Hot,
        When::Restart => ConfigReloadKind::Restart,
    })
}

/// The hint without what `reloadKind` says already.
fn shown(all: &BTreeMap<String, ConfigUiHint>, known: &str) -> Option<ConfigUiHint> {
    all.get(known).map(|hint| ConfigUiHint { restart: None, ..hint.clone() })
}
