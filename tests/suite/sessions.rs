//! Sessions: which there are, which is meant, what is set for them (`methods.md §3`).

use serde_json::{Value, json};

use crate::harness::{Caller, Client, Connect, Device, InProcess, assert_keys};

const WRITE: &[&str] = &["operator.write"];
const ADMIN: &[&str] = &["operator.admin"];

async fn admin(gateway: &InProcess) -> Client {
    gateway.op(&Device::new("admin"), ADMIN).await
}

async fn old_admin(gateway: &InProcess) -> Client {
    gateway.must(&Caller::local(), &Connect::operator(&Device::new("old"), ADMIN).v3()).await
}

fn keys(list: &Value) -> Vec<&str> {
    list["sessions"].as_array().unwrap().iter().map(|row| row["key"].as_str().unwrap()).collect()
}

/// X-61: a row says what it is, in one list for both generations; protocol 4 is told about pages.
#[tokio::test]
async fn a_list_shows_rows_and_pages() {
    let gateway = InProcess::start().await;
    let mut client = admin(&gateway).await;
    let empty = client.ok("sessions.list", json!({})).await;
    assert_eq!((&empty["sessions"], &empty["count"], &empty["totalCount"]), (&json!([]), &json!(0), &json!(0)));
    for key in ["main", "a", "b", "telegram:group:7"] {
        gateway.clock.advance_ms(1_000);
        client.ok("sessions.create", json!({"key": key})).await;
    }
    let list = client.ok("sessions.list", json!({"limit": 3})).await;
    let wanted = ["agent:main:telegram:group:7", "agent:main:b", "agent:main:a"];
    assert_eq!(keys(&list), wanted, "used last first");
    let pages = (&list["totalCount"], &list["hasMore"], &list["nextOffset"], &list["limitApplied"], &list["owners"]);
    assert_eq!(pages, (&json!(4), &json!(true), &json!(3), &json!(3), &json!([])));
    let group = &list["sessions"][0];
    assert_eq!(
        (&group["kind"], &group["channel"], &group["chatType"]),
        (&json!("group"), &json!("telegram"), &json!("group"))
    );
    let rest = client.ok("sessions.list", json!({"limit": 3, "offset": 3})).await;
    assert_eq!(keys(&rest), ["agent:main:main"]);
    let row = &rest["sessions"][0];
    assert_keys(
        row,
        &[
            "key",
            "kind",
            "agentId",
            "isMain",
            "sessionId",
            "updatedAt",
            "createdAt",
            "archived",
            "pinned",
            "unread",
            "hasActiveRun",
            "activeRunIds",
            "systemSent",
            "thinkingLevels",
            "thinkingOptions",
            "modelProvider",
            "model",
            "visibility",
            "sharingRole",
        ],
    );
    assert_eq!(
        (&row["isMain"], &row["model"], &row["modelProvider"]),
        (&json!(true), &json!("assistant"), &json!("postern"))
    );
    let list = old_admin(&gateway).await.ok("sessions.list", json!({"limit": 2})).await;
    assert_keys(&list, &["ts", "path", "count", "defaults", "sessions"]);
    assert_eq!(list["count"], 2);
}

/// X-61: every filter narrows the list; `global` and `unknown` are shown on request only.
#[tokio::test]
async fn filters_narrow_the_list() {
    let config = r#"{agents: {list: [{id: "main", default: true}, {id: "work"}]}}"#;
    let gateway = InProcess::with(config, |_| {}).await;
    let mut client = admin(&gateway).await;
    for (key, patch) in [
        ("main", json!({"label": "Door"})),
        ("agent:work:notes", json!({"archived": true, "displayName": "Shopping"})),
        ("child", json!({"spawnedBy": "main", "category": "Home"})),
        ("unknown", json!({"pinned": true})),
    ] {
        gateway.clock.advance_ms(60_000);
        let mut params = patch;
        params["key"] = json!(key);
        client.ok("sessions.patch", params).await;
    }
    gateway.clock.advance_ms(60_000);
    for (params, wanted) in [
        (json!({}), vec!["agent:main:child", "agent:main:main"]),
        (
            json!({"includeUnknown": true, "includeGlobal": true}),
            vec!["unknown", "agent:main:child", "agent:main:main"],
        ),
        (json!({"archived": true}), vec!["agent:work:notes"]),
        (json!({"archived": "all"}), vec!["agent:main:child", "agent:work:notes", "agent:main:main"]),
        (json!({"agentId": "WORK", "archived": "all"}), vec!["agent:work:notes"]),
        (json!({"label": "Door"}), vec!["agent:main:main"]),
        (json!({"spawnedBy": "main"}), vec!["agent:main:child"]),
        (json!({"search": " SHOPPING ", "archived": "all"}), vec!["agent:work:notes"]),
        (json!({"search": "door"}), vec!["agent:main:main"]),
        (json!({"activeMinutes": 2}), vec!["agent:main:child"]),
        (json!({"sortBy": "lastInteractionAt", "limit": 1}), vec!["agent:main:child"]),
        (json!({"configuredAgentsOnly": true, "label": "none"}), vec![]),
    ] {
        assert_eq!(keys(&client.ok("sessions.list", params.clone()).await), wanted, "{params}");
    }
    let groups = client.ok("sessions.groups.list", json!({})).await;
    assert_eq!(groups, json!({"groups": [{"name": "Home", "position": 0}], "sectionOrder": ["Home"]}));
    let refused = client.err("sessions.list", json!({"limit": 0})).await;
    assert_eq!(refused["message"], "invalid sessions.list params: at /limit: must be at least 1");
}

/// X-62: settings are kept across a restart of the program's service, `null` clears, a bad value changes nothing.
#[tokio::test]
async fn settings_are_read_checked_and_cleared() {
    let gateway = InProcess::start().await;
    let mut client = admin(&gateway).await;
    let patch = json!({"key": "Main", "label": "Door", "thinkingLevel": "HIGH", "verboseLevel": "on", "model": "assistant",
        "execAsk": "always", "sendPolicy": "deny", "responseUsage": "tokens", "later": {"unknown": true}});
    let done = client.ok("sessions.patch", patch).await;
    assert_eq!((&done["ok"], &done["key"]), (&json!(true), &json!("agent:main:main")));
    assert_eq!(done["resolved"], json!({"modelProvider": "postern", "model": "assistant"}));
    let entry = &done["entry"];
    for (name, value) in [
        ("label", "Door"),
        ("thinkingLevel", "high"),
        ("verboseLevel", "on"),
        ("providerOverride", "postern"),
        ("modelOverride", "assistant"),
        ("execAsk", "always"),
        ("sendPolicy", "deny"),
        ("responseUsage", "tokens"),
    ] {
        assert_eq!(entry[name], value, "{name}");
    }
    for (patch, told) in [
        (json!({"thinkingLevel": "much"}), "thinkingLevel must be one of off, minimal, low, medium, high, xhigh"),
        (json!({"execSecurity": "none"}), "execSecurity must be one of deny, allowlist, full"),
        (json!({"model": "nobody/none"}), "unknown model \"nobody/none\""),
        (json!({"label": " "}), "label must not be empty"),
        (json!({"permissionMode": "full"}), "permissionMode is not supported"),
        (json!({"expectedSessionId": "another", "pinned": true}), "session agent:main:main has changed since"),
    ] {
        let mut params = patch;
        params["key"] = json!("main");
        let error = client.err("sessions.patch", params).await;
        assert_eq!(error["code"], "INVALID_REQUEST");
        assert!(error["message"].as_str().unwrap().starts_with(told), "{error}");
    }
    let taken = client.err("sessions.patch", json!({"key": "b", "label": "Door"})).await;
    assert_eq!(taken["message"], "label already in use: Door");
    assert_eq!(client.ok("sessions.describe", json!({"key": "b"})).await, json!({"session": null}));
    let cleared =
        client.ok("sessions.patch", json!({"key": "main", "label": null, "model": null, "execAsk": null})).await;
    for name in ["label", "modelOverride", "providerOverride", "execAsk"] {
        assert!(cleared["entry"].get(name).is_none(), "{name} {cleared}");
    }
    assert_eq!(cleared["entry"]["thinkingLevel"], "high");
}

/// A-*: what decides over permissions is an admin's; protocol 3 asks an admin for every change.
#[tokio::test]
async fn permissions_are_an_admins() {
    let gateway = InProcess::start().await;
    let mut writer = gateway.op(&Device::new("writer"), WRITE).await;
    writer.ok("sessions.patch", json!({"key": "main", "label": "Door", "thinkingLevel": "low"})).await;
    for name in ["execHost", "execSecurity", "execAsk", "execNode", "elevatedLevel", "sendPolicy", "permissionMode"] {
        for value in [json!("full"), Value::Null] {
            let error = writer.err("sessions.patch", json!({"key": "main", name: value})).await;
            assert_eq!(error["details"]["missingScope"], "operator.admin", "{name} {error}");
            let many = json!({"targets": [{"key": "main"}], "patch": {name: value}});
            assert_eq!(writer.err("sessions.patchMany", many).await["details"]["missingScope"], "operator.admin");
        }
    }
    for method in ["sessions.reset", "sessions.compact"] {
        assert_eq!(writer.err(method, json!({"key": "main"})).await["details"]["missingScope"], "operator.admin");
    }
    let mut reader = gateway.op(&Device::new("reader"), &["operator.read"]).await;
    for method in ["sessions.patch", "sessions.delete"] {
        assert_eq!(reader.err(method, json!({"key": "main"})).await["details"]["missingScope"], "operator.write");
    }
    let connect = Connect::operator(&Device::new("old writer"), WRITE).v3();
    let mut old = gateway.must(&Caller::local(), &connect).await;
    for method in ["sessions.patch", "sessions.delete"] {
        let error = old.err(method, json!({"key": "a", "label": "x"})).await;
        assert_eq!(
            (&error["code"], &error["message"]),
            (&json!("INVALID_REQUEST"), &json!("missing scope: operator.admin"))
        );
    }
    old_admin(&gateway).await.ok("sessions.patch", json!({"key": "main", "elevatedLevel": "ask"})).await;
}

/// X-62: one patch for many sessions, each with its own outcome.
#[tokio::test]
async fn many_are_patched_one_by_one() {
    let gateway = InProcess::start().await;
    let mut client = admin(&gateway).await;
    let targets = json!([{"key": "a"}, {"key": "agent:nobody:x"}, {"key": "b", "expectedSessionId": "none"}]);
    let done = client.ok("sessions.patchMany", json!({"targets": targets, "patch": {"archived": true}})).await;
    let wanted = json!([
        {"ok": true, "key": "agent:main:a", "agentId": "main"},
        {"ok": false, "key": "agent:nobody:x",
            "error": {"code": "INVALID_REQUEST", "message": "unknown agent id: nobody"}},
        {"ok": false, "key": "agent:main:b", "agentId": "main",
            "error": {"code": "INVALID_REQUEST", "message": "session agent:main:b has changed since; read it again"}},
    ]);
    assert_eq!(done["outcomes"], wanted);
}

/// X-63: a session is found by key, id or label; what is not there or not clear is said so.
#[tokio::test]
async fn a_session_is_found_by_key_id_or_label() {
    let config = r#"{agents: {list: [{id: "main", default: true}, {id: "work"}]}}"#;
    let gateway = InProcess::with(config, |_| {}).await;
    let mut client = admin(&gateway).await;
    let made = client.ok("sessions.create", json!({"key": "agent:work:notes", "label": "Door"})).await;
    let wanted = json!({"ok": true, "key": "agent:work:notes", "agentId": "work", "displayName": "Door"});
    for params in [
        json!({"key": "Agent:Work:NOTES"}),
        json!({"key": "notes", "agentId": "work"}),
        json!({"sessionId": made["sessionId"]}),
        json!({"label": "Door"}),
        json!({"label": "Door", "agentId": "work"}),
    ] {
        assert_eq!(client.ok("sessions.resolve", params.clone()).await, wanted, "{params}");
    }
    for (params, told) in [
        (json!({"key": "notes"}), "No session found: notes"),
        (json!({"key": "agent:nobody:x"}), "No session found: agent:nobody:x"),
        (json!({"label": "Door", "agentId": "main"}), "No session found: Door"),
        (json!({}), "exactly one of key, sessionId, label is required"),
        (json!({"key": "a", "label": "b"}), "exactly one of key, sessionId, label is required"),
    ] {
        assert_eq!(client.err("sessions.resolve", params.clone()).await["message"], told, "{params}");
    }
    let missing = client.ok("sessions.resolve", json!({"key": "notes", "allowMissing": true})).await;
    assert_eq!(missing, json!({"ok": false, "candidates": []}));
    let old = old_admin(&gateway).await.ok("sessions.resolve", json!({"label": "Door"})).await;
    assert_eq!(old, json!({"ok": true, "key": "agent:work:notes"}));
}

/// X-64: the last words of several sessions at once, in the order asked for.
#[tokio::test]
async fn previews_show_the_last_words() {
    let gateway = InProcess::start().await;
    let mut client = admin(&gateway).await;
    client.ok("sessions.create", json!({"key": "a"})).await;
    client.ok("sessions.create", json!({"key": "empty"})).await;
    for message in ["one", &"ä".repeat(100)] {
        client.ok("chat.inject", json!({"sessionKey": "a", "message": message})).await;
    }
    let asked = json!({"keys": ["a", "empty", "none", "agent:x", "A"], "maxChars": 20, "limit": 1});
    let previews = client.ok("sessions.preview", asked).await["previews"].clone();
    let cut = format!("{}…", "ä".repeat(19));
    let item = json!([{"role": "assistant", "text": cut}]);
    let wanted = json!([
        {"key": "a", "status": "ok", "items": item},
        {"key": "empty", "status": "empty", "items": []},
        {"key": "none", "status": "missing", "items": []},
        {"key": "agent:x", "status": "error", "items": []},
        {"key": "A", "status": "ok", "items": item},
    ]);
    assert_eq!(previews, wanted);
    let list = client.ok("sessions.list", json!({"includeLastMessage": true, "search": "main:a"})).await;
    assert_eq!(list["sessions"][0]["lastMessagePreview"], "ä".repeat(100));
    let many = vec!["a"; 65];
    let refused = client.err("sessions.preview", json!({"keys": many})).await;
    assert_eq!(refused["message"], "invalid sessions.preview params: at /keys: must have at most 64 items");
}

/// status and health count sessions; health, which everybody gets, names the main one only.
#[tokio::test]
async fn the_summary_counts_sessions() {
    let gateway = InProcess::start().await;
    let mut client = admin(&gateway).await;
    client.ok("sessions.patch", json!({"key": "main", "thinkingLevel": "low"})).await;
    gateway.clock.advance_ms(5_000);
    client.ok("sessions.create", json!({"key": "telegram:dm:4917"})).await;
    let sessions = client.ok("status", json!({})).await["sessions"].clone();
    assert_eq!((&sessions["count"], &sessions["byAgent"][0]["count"]), (&json!(2), &json!(2)));
    let recent = &sessions["recent"];
    assert_eq!(recent[0]["key"], "agent:main:telegram:dm:4917");
    assert_eq!(
        (&recent[1]["key"], &recent[1]["age"], &recent[1]["flags"]),
        (&json!("agent:main:main"), &json!(5_000), &json!(["think:low"]))
    );
    let health = client.ok("health", json!({"probe": true})).await;
    assert_eq!(health["sessions"]["count"], 2);
    let keys: Vec<_> = health["sessions"]["recent"].as_array().unwrap().iter().map(|row| &row["key"]).collect();
    assert_eq!(keys, ["agent:main:main"]);
}
