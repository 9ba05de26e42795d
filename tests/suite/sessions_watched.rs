//! Who is told what happens to sessions (`frames-and-events.md §6`).

use serde_json::{Value, json};

use crate::harness::{Caller, Client, Connect, Device, InProcess};

const ADMIN: &[&str] = &["operator.admin"];

async fn admin(gateway: &InProcess, name: &str) -> Client {
    gateway.op(&Device::new(name), ADMIN).await
}

fn reasons(client: &Client) -> Vec<Value> {
    client.events("sessions.changed").into_iter().map(|event| event["reason"].clone()).collect()
}

/// E-*: changes of the list go to those who asked for them, with the row, until they no longer want it.
#[tokio::test]
async fn the_list_is_told_to_those_who_asked() {
    let gateway = InProcess::start().await;
    let (mut watcher, mut other) = (admin(&gateway, "watcher").await, admin(&gateway, "other").await);
    assert_eq!(watcher.ok("sessions.subscribe", json!({})).await, json!({"subscribed": true}));
    let made = other.ok("sessions.create", json!({"key": "a", "label": "Door"})).await;
    let told = watcher.event("sessions.changed", |event| event["reason"] == "create").await;
    assert_eq!((&told["sessionKey"], &told["session"]["label"]), (&json!("agent:main:a"), &json!("Door")));
    // The row stands in `session` and once more beside it.
    for (name, value) in told["session"].as_object().unwrap() {
        assert_eq!(&told[name], value, "{name}");
    }
    let row = other.ok("sessions.describe", json!({"key": "a"})).await["session"].clone();
    assert_eq!(told["session"], row, "the very row of the list");
    other.ok("sessions.reset", json!({"key": "a"})).await;
    let reset = watcher.event("sessions.changed", |event| event["reason"] == "reset").await;
    assert_ne!(reset["sessionId"], made["sessionId"]);
    other.ok("sessions.delete", json!({"key": "a"})).await;
    let gone = watcher.event("sessions.changed", |event| event["reason"] == "delete").await;
    let wanted = json!({"reason": "delete", "ts": gone["ts"], "sessionKey": "agent:main:a", "agentId": "main",
        "sessionId": reset["sessionId"]});
    assert_eq!(gone, wanted);
    assert_eq!(watcher.ok("sessions.unsubscribe", json!({})).await, json!({"subscribed": false}));
    other.ok("sessions.create", json!({"key": "b"})).await;
    watcher.catch_up().await;
    assert_eq!(reasons(&watcher), ["create", "reset", "delete"]);
    other.catch_up().await;
    assert!(reasons(&other).is_empty());
}

/// E-*: many changes in a row are told together, and the last word is right.
#[tokio::test]
async fn changes_in_a_row_are_told_together() {
    let gateway = InProcess::start().await;
    let mut client = admin(&gateway, "one").await;
    client.ok("sessions.subscribe", json!({})).await;
    client.ok("sessions.create", json!({"key": "a"})).await;
    for n in 0..200 {
        client.ok("sessions.patch", json!({"key": "a", "displayName": format!("name {n}")})).await;
    }
    client.event("sessions.changed", |event| event["displayName"] == "name 199").await;
    let told = reasons(&client).len();
    assert!((2..150).contains(&told), "{told} announcements for 200 changes");
}

/// E-*: messages go to those who asked for this session's, once, in the form of the history.
#[tokio::test]
async fn messages_are_told_to_those_who_asked() {
    let gateway = InProcess::start().await;
    let (mut watcher, mut other) = (admin(&gateway, "watcher").await, admin(&gateway, "other").await);
    for key in ["a", "b"] {
        other.ok("sessions.create", json!({"key": key})).await;
    }
    let asked = json!({"key": "A", "includeApprovals": true});
    let subscribed = watcher.ok("sessions.messages.subscribe", asked).await;
    assert_eq!((&subscribed["subscribed"], &subscribed["key"]), (&json!(true), &json!("agent:main:a")));
    let replay = &subscribed["approvalReplay"];
    assert_eq!((&replay["sessionKey"], &replay["truncated"]), (&json!("agent:main:a"), &json!(false)));
    other.ok("chat.inject", json!({"sessionKey": "b", "message": "not here"})).await;
    let note = other.ok("chat.inject", json!({"sessionKey": "a", "message": "here", "label": "Note"})).await;
    let told = watcher.event("session.message", |_| true).await;
    let history = other.ok("chat.history", json!({"sessionKey": "a"})).await;
    assert_eq!(told["message"], history["messages"][0]);
    assert_eq!(
        (&told["messageId"], &told["messageSeq"], &told["sessionId"]),
        (&note["messageId"], &json!(1), &history["sessionId"])
    );
    assert_eq!(told["session"], history["sessionInfo"]);
    watcher.ok("sessions.messages.unsubscribe", json!({"key": "a"})).await;
    other.ok("chat.inject", json!({"sessionKey": "a", "message": "too late"})).await;
    watcher.catch_up().await;
    assert_eq!(watcher.events("session.message").len(), 1);
    other.catch_up().await;
    assert!(other.events("session.message").is_empty());
}

/// a note is told as the end of a run that nobody started, under the key each generation knows.
#[tokio::test]
async fn a_note_is_told_to_followers() {
    let gateway = InProcess::start().await;
    let mut client = admin(&gateway, "new").await;
    let mut old = gateway.must(&Caller::local(), &Connect::operator(&Device::new("old"), ADMIN).v3()).await;
    let missing = client.err("chat.inject", json!({"sessionKey": "main", "message": "x"})).await;
    assert_eq!(missing["message"], "session not found");
    client.ok("sessions.create", json!({"key": "main"})).await;
    old.ok("chat.history", json!({"sessionKey": "main"})).await;
    let note = client.ok("chat.inject", json!({"sessionKey": "main", "message": "hello", "label": "Note"})).await;
    let run = format!("inject-{}", note["messageId"].as_str().unwrap());
    let told = client.event("chat", |_| true).await;
    assert_eq!(
        (&told["runId"], &told["seq"], &told["state"], &told["sessionKey"], &told["agentId"]),
        (&json!(run), &json!(0), &json!("final"), &json!("agent:main:main"), &json!("main"))
    );
    assert_eq!(told["message"]["content"], json!([{"type": "text", "text": "[Note]\n\nhello"}]));
    let told = old.event("chat", |_| true).await;
    assert_eq!((&told["sessionKey"], told.get("agentId")), (&json!("main"), None));
    let mut reader = gateway.op(&Device::new("writer"), &["operator.write"]).await;
    let refused = reader.err("chat.inject", json!({"sessionKey": "main", "message": "x"})).await;
    assert_eq!(refused["details"]["missingScope"], "operator.admin");
}

/// B-*: what a page reports about itself is accepted and changes nothing.
#[tokio::test]
async fn pages_report_what_they_show() {
    let gateway = InProcess::start().await;
    let mut client = admin(&gateway, "page").await;
    let shown = client.ok("sessions.viewers.set", json!({"sessionKeys": ["main", "agent:main:a"]})).await;
    assert_eq!(shown, json!({"sessionKeys": ["main", "agent:main:a"]}));
    assert_eq!(client.ok("sessions.observer.visibility", json!({"visible": true})).await, json!({"ok": true}));
    assert_eq!(client.ok("sessions.list", json!({})).await["count"], 0);
}
