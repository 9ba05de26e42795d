//! Paired devices: their keys, what they may do, and their tokens, so that they
//! connect here as they did there.

use std::collections::HashSet;

use serde_json::Value;

use super::home::Home;
use super::messages::time_of;
use super::report::Report;
use super::{ImportError, Target};
use crate::devices::{Foreign, adopted};
use crate::store::{self, Change, Table};

pub(super) async fn import(home: &Home, target: &Target, report: &mut Report) -> Result<(), ImportError> {
    let database = target.paths.database();
    let known: HashSet<String> = if database.exists() {
        store::documents(&database, Table::Devices).await?.into_iter().map(|(id, _)| id).collect()
    } else {
        HashSet::new()
    };
    let now_ms = target.clock.now_ms();
    let mut changes = Vec::new();
    let paired = home.document("devices", "devices/paired.json", report).unwrap_or_default();
    for (id, source) in paired.as_object().into_iter().flatten() {
        let foreign = foreign(id, source, now_ms);
        let shown = match &foreign.display_name {
            Some(name) => format!("{} ({name})", &id.chars().take(12).collect::<String>()),
            None => id.chars().take(12).collect(),
        };
        if known.contains(id) {
            report.already("devices");
            continue;
        }
        match adopted(&foreign, now_ms) {
            Ok((key, body)) => {
                let tokens = if foreign.tokens.is_empty() { "; it had no token" } else { "" };
                report.took("devices", format!("{shown}: {}{tokens}", foreign.roles.join(", ")));
                changes.push(Change::Put { table: Table::Devices, key, body });
            }
            Err(why) => report.left("devices", shown, why),
        }
    }
    if home
        .document("devices", "nodes/paired.json", report)
        .is_some_and(|nodes| !nodes.as_object().is_none_or(serde_json::Map::is_empty))
    {
        report.left(
            "devices",
            "nodes/paired.json",
            "nodes pair here as devices: the same program asks once and is approved",
        );
    }
    if home.path().join("identity/device.json").exists() {
        report.left(
            "devices",
            "identity/device.json",
            "the key of that program itself; it stays with it, and works here if it is paired",
        );
    }
    if let (Some(store), false) = (&target.store, changes.is_empty()) {
        store.enqueue(changes).await?;
    }
    Ok(())
}

fn foreign(id: &str, source: &Value, now_ms: i64) -> Foreign {
    let text = |name: &str| source[name].as_str().map(str::to_owned);
    let words = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let mut roles = words(&source["roles"]);
    roles.extend(text("role"));
    roles.sort();
    roles.dedup();
    let tokens = source["tokens"].as_object().into_iter().flatten().filter_map(|(role, token)| {
        let revoked = token.get("revokedAtMs").is_some_and(|at| !at.is_null());
        let value = token["token"].as_str().filter(|_| !revoked)?;
        let at = time_of(&token["createdAtMs"]).unwrap_or(now_ms);
        Some((role.clone(), value.to_owned(), words(&token["scopes"]), at))
    });
    Foreign {
        device_id: id.to_owned(),
        public_key: text("publicKey").unwrap_or_default(),
        display_name: text("displayName"),
        platform: text("platform"),
        client_id: text("clientId"),
        client_mode: text("clientMode"),
        roles,
        scopes: words(&source["scopes"]),
        tokens: tokens.collect(),
        created_at_ms: time_of(&source["createdAtMs"]).unwrap_or(now_ms),
    }
}
