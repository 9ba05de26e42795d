//! Sessions are made, begun anew, shortened and removed (`methods.md §3`).

use serde_json::{Value, json};

use crate::harness::{Caller, Client, Connect, Device, InProcess};

const ADMIN: &[&str] = &["operator.admin"];

async fn admin(gateway: &InProcess) -> Client {
    gateway.op(&Device::new("admin"), ADMIN).await
}

/// A session with these notes in it.
async fn notes(client: &mut Client, key: &str, texts: &[&str]) {
    client.ok("sessions.create", json!({"key": key})).await;
    for text in texts {
        client.ok("chat.inject", json!({"sessionKey": key, "message": text})).await;
    }
}

async fn texts(client: &mut Client, key: &str) -> Vec<String> {
    let history = client.ok("chat.history", json!({"sessionKey": key})).await;
    let text = |message: &Value| message["content"][0]["text"].as_str().unwrap().to_owned();
    history["messages"].as_array().unwrap().iter().map(text).collect()
}

/// X-65: a session is made with what is set for it, once per idempotency key; a new one has a key of its own.
#[tokio::test]
async fn a_session_is_made() {
    let gateway = InProcess::start().await;
    let mut client = admin(&gateway).await;
    let params = json!({"label": "Door", "thinkingLevel": "low", "category": "Home", "parentSessionKey": "main",
        "idempotencyKey": "k1"});
    let made = client.ok("sessions.create", params.clone()).await;
    let key = made["key"].as_str().unwrap();
    assert!(key.starts_with("agent:main:chat:"), "{made}");
    assert_eq!((&made["runStarted"], &made["entry"]["label"]), (&json!(false), &json!("Door")));
    assert_eq!(made["entry"]["spawnedBy"], "agent:main:main");
    assert_eq!(client.ok("sessions.create", params).await, made, "the same key makes no second one");
    let again = client.ok("sessions.create", json!({"key": key, "displayName": "The door"})).await;
    assert_eq!(again["sessionId"], made["sessionId"], "what is there stays");
    assert_eq!((&again["entry"]["label"], &again["entry"]["displayName"]), (&json!("Door"), &json!("The door")));
    for (params, told) in [
        (json!({"agentId": "nobody"}), "unknown agent id: nobody"),
        (json!({"label": "Door"}), "label already in use: Door"),
        (json!({"model": "nobody/none"}), "unknown model"),
        (json!({"cwd": "/"}), "cwd and worktree are not supported"),
    ] {
        let error = client.err("sessions.create", params).await;
        assert!(error["message"].as_str().unwrap().starts_with(told), "{error}");
    }
    assert_eq!(client.ok("sessions.list", json!({})).await["count"], 1, "a refused one leaves nothing");
}

/// X-65: the first message starts a run in the new session.
#[tokio::test]
async fn the_first_message_starts_a_run() {
    let gateway = InProcess::start().await;
    let mut client = admin(&gateway).await;
    let made = client.ok("sessions.create", json!({"message": "/help", "idempotencyKey": "first"})).await;
    assert_eq!((&made["runStarted"], &made["runId"]), (&json!(true), &json!("first")));
    let ended = client.event("chat", |chat| chat["runId"] == "first" && chat["state"] == "final").await;
    assert_eq!(ended["sessionKey"], made["key"]);
    let shown = texts(&mut client, made["key"].as_str().unwrap()).await;
    assert_eq!(shown[0], "/help");
    assert_eq!(shown.len(), 2, "{shown:?}");
}

/// X-62: a reset gives a new id and an empty conversation, and keeps what is set.
#[tokio::test]
async fn a_reset_begins_anew() {
    let gateway = InProcess::start().await;
    let mut client = admin(&gateway).await;
    notes(&mut client, "main", &["one", "two"]).await;
    let before = client.ok("sessions.patch", json!({"key": "main", "label": "Door", "verboseLevel": "on"})).await;
    let reset = client.ok("sessions.reset", json!({"key": "main", "reason": "new"})).await;
    assert_eq!((&reset["ok"], &reset["key"]), (&json!(true), &json!("agent:main:main")));
    assert_ne!(reset["entry"]["sessionId"], before["entry"]["sessionId"]);
    assert_eq!((&reset["entry"]["label"], &reset["entry"]["verboseLevel"]), (&json!("Door"), &json!("on")));
    assert!(texts(&mut client, "main").await.is_empty());
    let old = json!({"sessionKey": "main", "sessionId": before["entry"]["sessionId"]});
    let old = client.ok("chat.history", old).await;
    assert_eq!(old["messages"].as_array().unwrap().len(), 2, "what was said can still be read");
    assert_eq!(old["totalMessages"], 2);
    let foreign =
        client.ok("chat.history", json!({"sessionKey": "b", "sessionId": before["entry"]["sessionId"]})).await;
    assert_eq!(foreign["messages"], json!([]), "only through its own session");
    assert_eq!(client.ok("sessions.reset", json!({"key": "fresh"})).await["key"], "agent:main:fresh");
}

/// X-62: removing takes what was said along; the main session stays.
#[tokio::test]
async fn a_session_is_removed() {
    let gateway = InProcess::start().await;
    let mut client = admin(&gateway).await;
    notes(&mut client, "a", &["the zebra"]).await;
    client.ok("sessions.reset", json!({"key": "a"})).await;
    client.ok("chat.inject", json!({"sessionKey": "a", "message": "another zebra"})).await;
    for key in ["main", "agent:main:main"] {
        let error = client.err("sessions.delete", json!({"key": key})).await;
        assert_eq!(error["message"], "Cannot delete the main session (agent:main:main).");
    }
    for (params, told) in [
        (json!({"key": "a", "archivedOnly": true}), "session agent:main:a is not archived"),
        (json!({"key": "a", "expectedSessionId": "x"}), "session agent:main:a has changed since; read it again"),
    ] {
        assert_eq!(client.err("sessions.delete", params).await["message"], told);
    }
    let done = client.ok("sessions.delete", json!({"key": "A"})).await;
    assert_eq!(done, json!({"ok": true, "key": "agent:main:a", "deleted": true, "archived": []}));
    assert!(texts(&mut client, "a").await.is_empty());
    let again = client.ok("sessions.delete", json!({"key": "a"})).await;
    assert_eq!(again["deleted"], false);
    notes(&mut client, "a", &[]).await;
    assert_eq!(client.ok("sessions.search", json!({"query": "zebra"})).await["results"], json!([]));
}

/// X-62: protocol 3 keeps the last messages, protocol 4 sums up; nothing is lost to the store.
#[tokio::test]
async fn a_conversation_is_shortened() {
    let gateway = InProcess::start().await;
    let mut client = admin(&gateway).await;
    notes(&mut client, "a", &["one", "two", "three", "four"]).await;
    client.ok("sessions.subscribe", json!({})).await;
    client.ok("sessions.messages.subscribe", json!({"key": "a"})).await;
    let mut old = gateway.must(&Caller::local(), &Connect::operator(&Device::new("old"), ADMIN).v3()).await;
    let nothing = old.ok("sessions.compact", json!({"key": "a"})).await;
    assert_eq!((&nothing["ok"], &nothing["compacted"]), (&json!(true), &json!(false)), "400 are kept");
    let cut = old.ok("sessions.compact", json!({"key": "a", "maxLines": 3})).await;
    assert_eq!(cut, json!({"ok": true, "key": "agent:main:a", "compacted": true, "kept": 3}));
    assert_eq!(texts(&mut client, "a").await, ["two", "three", "four"]);
    let summed = client.ok("sessions.compact", json!({"key": "a"})).await;
    assert_eq!((&summed["compacted"], &summed["kept"]), (&json!(true), &json!(1)));
    let shown = client.ok("chat.history", json!({"sessionKey": "a"})).await;
    assert_eq!((&shown["messages"][0]["role"], &shown["totalMessages"]), (&json!("system"), &json!(1)));
    let missing = client.ok("sessions.compact", json!({"key": "none"})).await;
    assert_eq!((&missing["compacted"], &missing["reason"]), (&json!(false), &json!("there is no such session")));
    client.catch_up().await;
    let operations = client.events("session.operation");
    let told: Vec<_> = operations.iter().map(|one| (&one["phase"], &one["completed"])).collect();
    let (start, end) = (json!("start"), json!("end"));
    let (none, yes, no) = (Value::Null, json!(true), json!(false));
    let wanted = [(&start, &none), (&end, &no), (&start, &none), (&end, &yes), (&start, &none), (&end, &yes)];
    assert_eq!(told, wanted, "each once, though this client watches list and messages");
    let service = &gateway.running.services().store;
    let session = client.ok("sessions.describe", json!({"key": "a"})).await["session"]["sessionId"].clone();
    let all = postern_gateway::store::Page { after: 0, before: i64::MAX, limit: 100 };
    let rows = service.transcript_page(session.as_str().unwrap(), all).await.unwrap();
    assert_eq!(rows.len(), 5, "four messages and a summary");
}

/// X-63: a search finds what was said and is not compacted away; across agents only for an admin.
#[tokio::test]
async fn what_was_said_is_found() {
    let config = r#"{agents: {list: [{id: "main", default: true}, {id: "work"}]}}"#;
    let gateway = InProcess::with(config, |_| {}).await;
    let mut client = admin(&gateway).await;
    notes(&mut client, "a", &["a red zebra", "a blue horse"]).await;
    notes(&mut client, "agent:work:b", &["a green zebra"]).await;
    let found = |answer: Value| {
        let hits = answer["results"].as_array().unwrap().clone();
        let mut keys: Vec<_> = hits.iter().map(|hit| hit["sessionKey"].as_str().unwrap().to_owned()).collect();
        keys.sort();
        keys
    };
    let all = client.ok("sessions.search", json!({"query": "ZEBRA"})).await;
    let hit = &all["results"][0];
    assert_eq!((&hit["role"], hit["messageId"].is_string()), (&json!("assistant"), true));
    assert!(hit["snippet"].as_str().unwrap().contains("zebra"), "{hit}");
    assert_eq!(found(all), ["agent:main:a", "agent:work:b"]);
    assert_eq!(found(client.ok("sessions.search", json!({"query": "red zebra"})).await), ["agent:main:a"]);
    for query in ["\"", "NOT", "zebra OR horse", "(", "*", "\u{0}"] {
        assert_eq!(found(client.ok("sessions.search", json!({"query": query})).await), [""; 0], "{query}");
    }
    let mut reader = gateway.op(&Device::new("reader"), &["operator.read"]).await;
    assert_eq!(found(reader.ok("sessions.search", json!({"query": "zebra"})).await), ["agent:main:a"]);
    let own = json!({"query": "zebra", "agentId": "work"});
    assert_eq!(found(reader.ok("sessions.search", own).await), ["agent:work:b"]);
    let both = json!({"query": "zebra", "sessionKeys": ["a", "agent:work:b"]});
    assert_eq!(reader.err("sessions.search", both.clone()).await["details"]["missingScope"], "operator.admin");
    assert_eq!(found(client.ok("sessions.search", both).await).len(), 2);
    client.ok("sessions.compact", json!({"key": "a", "maxLines": 1})).await;
    assert_eq!(found(client.ok("sessions.search", json!({"query": "zebra"})).await), ["agent:work:b"]);
}
