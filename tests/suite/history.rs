//! What was said, within limits: pages, cursors, caps, and both generations (`methods.md §2`).

use postern_gateway::sessions::NewMessage;
use postern_gateway::store::{Change, MediaRow};
use postern_protocol::chat::{ChatMessage, ContentBlock, MessageRole};
use serde_json::{Value, json};

use crate::harness::{Caller, Client, Connect, Device, InProcess, assert_keys};

const READ: &[&str] = &["operator.read"];

async fn reader(gateway: &InProcess) -> Client {
    gateway.op(&Device::new("reader"), READ).await
}

async fn old_reader(gateway: &InProcess) -> Client {
    gateway.must(&Caller::local(), &Connect::operator(&Device::new("old"), READ).v3()).await
}

/// Writes messages as a run would.
async fn add(gateway: &InProcess, key: &str, messages: Vec<ChatMessage>) {
    let sessions = &gateway.running.services().sessions;
    let key = sessions.resolve(key, None).unwrap();
    for part in messages.chunks(1_000) {
        let new = part.iter().cloned().map(|message| NewMessage { message, run_id: None, role: None });
        let appended = sessions.append(&key, new.collect(), Vec::new(), |_| ());
        sessions.settle(&key, appended.commit).await.unwrap();
    }
}

async fn say(gateway: &InProcess, key: &str, texts: impl IntoIterator<Item = String>) {
    add(gateway, key, texts.into_iter().map(|text| ChatMessage::text(MessageRole::User, text, 5)).collect()).await;
}

fn words(history: &Value) -> Vec<&str> {
    let messages = history["messages"].as_array().unwrap().iter();
    messages.map(|message| message["content"][0]["text"].as_str().unwrap()).collect()
}

/// Sizes of answers as they travelled.
fn bytes(history: &Value) -> usize {
    history.to_string().len()
}

/// a session that is not there yet is empty, and both generations get their own answer.
#[tokio::test]
async fn each_generation_gets_its_own_answer() {
    let gateway = InProcess::start().await;
    let (mut new, mut old) = (reader(&gateway).await, old_reader(&gateway).await);
    let none = old.ok("chat.history", json!({"sessionKey": "main"})).await;
    assert_eq!(none, json!({"sessionKey": "main", "messages": []}));
    let none = new.ok("chat.history", json!({"sessionKey": "main"})).await;
    assert_keys(&none, &["sessionKey", "messages", "hasMore", "totalMessages", "pendingInputs", "defaults"]);
    assert_eq!(none["pendingInputs"], json!({"items": [], "total": 0}));
    assert_eq!(
        (&none["defaults"]["modelProvider"], &none["defaults"]["model"]),
        (&json!("postern"), &json!("assistant"))
    );
    say(&gateway, "main", ["one".to_owned(), "two".to_owned()]).await;
    let told = old.ok("chat.history", json!({"sessionKey": "main"})).await;
    assert_keys(&told, &["sessionKey", "sessionId", "messages"]);
    let told = new.ok("chat.history", json!({"sessionKey": "Main"})).await;
    assert_keys(
        &told,
        &[
            "sessionKey",
            "sessionId",
            "messages",
            "hasMore",
            "totalMessages",
            "deltaCursor",
            "pendingInputs",
            "defaults",
            "sessionInfo",
        ],
    );
    assert_eq!((&told["sessionKey"], &told["totalMessages"]), (&json!("Main"), &json!(2)));
    assert_eq!(told["sessionInfo"]["key"], "agent:main:main");
    assert_eq!(words(&told), ["one", "two"]);
    let first = &told["messages"][0];
    assert_keys(first, &["role", "content", "timestamp", "__openclaw"]);
    assert_keys(&first["__openclaw"], &["id", "seq", "recordTimestampMs"]);
    assert_eq!((&first["role"], &first["__openclaw"]["seq"]), (&json!("user"), &json!(1)));
    for (params, told) in [
        (json!({}), "must have required property 'sessionKey'"),
        (json!({"sessionKey": "main", "limit": 0}), "at /limit: must be at least 1"),
        (json!({"sessionKey": "main", "limit": 1001}), "at /limit: must be at most 1000"),
    ] {
        let error = new.err("chat.history", params).await;
        assert_eq!(error["message"], format!("invalid chat.history params: {told}"));
    }
    assert_eq!(
        new.err("chat.history", json!({"sessionKey": "agent:nobody:x"})).await["message"],
        "unknown agent id: nobody"
    );
}

/// pages from the newest to the oldest meet without gap or overlap, whatever their size.
#[tokio::test]
async fn pages_meet() {
    let gateway = InProcess::start().await;
    let mut client = reader(&gateway).await;
    say(&gateway, "main", (1..=1_030).map(|n| n.to_string())).await;
    let usual = client.ok("chat.history", json!({"sessionKey": "main"})).await;
    assert_eq!((words(&usual).len(), words(&usual)[199], &usual["hasMore"]), (200, "1030", &json!(true)));
    for limit in [1, 7, 333, 1_000] {
        let (mut collected, mut offset) = (Vec::new(), 0);
        for _ in 0..=1_030 / limit {
            let page = client.ok("chat.history", json!({"sessionKey": "main", "limit": limit, "offset": offset})).await;
            let mut texts: Vec<String> = words(&page).into_iter().map(str::to_owned).collect();
            texts.append(&mut collected);
            collected = texts;
            let Some(next) = page["nextOffset"].as_i64() else { break };
            offset = next;
            if limit == 1 && offset > 20 {
                break;
            }
        }
        let wanted: Vec<String> = (1_031 - collected.len()..=1_030).map(|n| n.to_string()).collect();
        assert_eq!(collected, wanted, "{limit}");
        assert!(limit == 1 || collected.len() == 1_030, "{limit}");
    }
    let all = client.ok("chat.history", json!({"sessionKey": "main", "limit": 1000})).await;
    let anchor = &all["messages"][499];
    let around = json!({"sessionKey": "main", "limit": 4, "messageId": anchor["__openclaw"]["id"]});
    let around = client.ok("chat.history", around).await;
    assert!(words(&around).contains(&"530") && words(&around).len() == 4, "{:?}", words(&around));
    let none = client.ok("chat.history", json!({"sessionKey": "main", "messageId": "none"})).await;
    assert_eq!(none["messages"], json!([]));
}

/// a cursor gives what came since, and says when it cannot.
#[tokio::test]
async fn a_cursor_gives_what_came_since() {
    let gateway = InProcess::start().await;
    let mut client = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    say(&gateway, "main", (1..=5).map(|n| n.to_string())).await;
    let cursor = client.ok("chat.history", json!({"sessionKey": "main", "limit": 2})).await["deltaCursor"].clone();
    let since = |cursor: &Value| json!({"sessionKey": "main", "cursor": cursor});
    let nothing = client.ok("chat.history", since(&cursor)).await;
    assert_keys(&nothing, &["kind", "messages", "deltaCursor", "sessionInfo", "pendingInputs"]);
    assert_eq!(
        (&nothing["kind"], &nothing["messages"], &nothing["deltaCursor"]),
        (&json!("delta"), &json!([]), &cursor)
    );
    say(&gateway, "main", (6..=8).map(|n| n.to_string())).await;
    let delta = client.ok("chat.history", since(&cursor)).await;
    assert_eq!(words(&delta), ["6", "7", "8"]);
    let again = client.ok("chat.history", since(&delta["deltaCursor"])).await;
    assert_eq!(again["messages"], json!([]));
    let limited = json!({"sessionKey": "main", "cursor": cursor, "limit": 2});
    assert_eq!(client.ok("chat.history", limited).await, json!({"kind": "reset"}), "more was missed than is wanted");
    client.ok("sessions.compact", json!({"key": "main", "maxLines": 1})).await;
    let kept = client.ok("chat.history", since(&delta["deltaCursor"])).await;
    assert_eq!(kept["kind"], "delta");
    for stale in [cursor, json!("nonsense"), json!(""), json!("a:b:c:1")] {
        assert_eq!(client.ok("chat.history", since(&stale)).await, json!({"kind": "reset"}), "{stale}");
    }
    client.ok("sessions.reset", json!({"key": "main"})).await;
    assert_eq!(client.ok("chat.history", since(&delta["deltaCursor"])).await, json!({"kind": "reset"}));
    let elsewhere = json!({"sessionKey": "none", "cursor": "x:1"});
    assert_eq!(client.ok("chat.history", elsewhere).await, json!({"kind": "reset"}));
}

/// a transcript of 10 MB gives an answer under the limit of each generation, with a note in the place of what is
/// left out, and the slow-consumer limit never strikes.
#[tokio::test]
async fn an_answer_is_bounded() {
    let gateway = InProcess::start().await;
    let (mut new, mut old) = (reader(&gateway).await, old_reader(&gateway).await);
    say(&gateway, "main", (0..100).map(|n| format!("{n} {}", "x".repeat(100_000)))).await;
    for (client, most) in [(&mut new, 6 << 20), (&mut old, 1 << 20)] {
        let history = client.ok("chat.history", json!({"sessionKey": "main", "limit": 1000})).await;
        assert!((most / 2..most + 10_000).contains(&bytes(&history)), "{} of {most}", bytes(&history));
        let shown = words(&history);
        assert!(shown[0].starts_with("[Earlier messages are left out here"), "{}", shown[0]);
        assert_eq!(history["messages"][0]["role"], "system");
        assert!(shown[shown.len() - 1].starts_with("99 "));
    }
    let history = new.ok("chat.history", json!({"sessionKey": "main"})).await;
    assert_eq!(history["hasMore"], true);
    let next = json!({"sessionKey": "main", "offset": history["nextOffset"], "limit": 1});
    let below: i64 = words(&new.ok("chat.history", next).await)[0].split(' ').next().unwrap().parse().unwrap();
    let lowest: i64 = words(&history)[1].split(' ').next().unwrap().parse().unwrap();
    assert_eq!(below, lowest - 1, "the next page begins where this one was cut");
    let small = new.ok("chat.history", json!({"sessionKey": "main", "maxBytes": 350_000})).await;
    assert!(bytes(&small) < 360_000 && words(&small).len() >= 3, "{}", bytes(&small));
    let short = new.ok("chat.history", json!({"sessionKey": "main", "maxChars": 10})).await;
    assert_eq!((words(&short).len(), words(&short)[99]), (100, "99 xxxxxxx\n… (99993 more characters)"));
}

/// one message that is too large is cut; it can be had whole by its id as far as an answer may go.
#[tokio::test]
async fn a_message_that_is_too_large_is_cut() {
    let gateway = InProcess::start().await;
    let mut client = reader(&gateway).await;
    say(&gateway, "main", ["y".repeat(4_000_000), "z".repeat(9_000_000)]).await;
    let history = client.ok("chat.history", json!({"sessionKey": "main"})).await;
    assert_eq!(words(&history).len(), 2);
    assert!(words(&history).iter().all(|text| text.ends_with("more characters)")));
    assert!(bytes(&history) < 600_000, "{}", bytes(&history));
    let id = |n: usize| history["messages"][n]["__openclaw"]["id"].clone();
    let whole = client.ok("chat.message.get", json!({"sessionKey": "main", "messageId": id(0)})).await;
    assert_eq!(
        (&whole["ok"], whole["message"]["content"][0]["text"].as_str().unwrap().len()),
        (&json!(true), 4_000_000)
    );
    let huge = client.ok("chat.message.get", json!({"sessionKey": "main", "messageId": id(1)})).await;
    assert_eq!(huge, json!({"ok": false, "unavailableReason": "oversized"}));
    let asked = json!({"sessionKey": "main", "messageId": id(1), "maxChars": 5});
    let cut = client.ok("chat.message.get", asked).await;
    assert_eq!(cut["message"]["content"][0]["text"], "zzzzz\n… (8999995 more characters)");
    let none = client.ok("chat.message.get", json!({"sessionKey": "main", "messageId": "x"})).await;
    assert_eq!(none, json!({"ok": false, "unavailableReason": "not_found"}));
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    admin.ok("sessions.compact", json!({"key": "main", "maxLines": 1})).await;
    let hidden = client.ok("chat.message.get", json!({"sessionKey": "main", "messageId": id(0)})).await;
    assert_eq!(hidden, json!({"ok": false, "unavailableReason": "not_visible"}));
}

/// pictures come along while they are small and there is room; else it says that they were left out.
#[tokio::test]
async fn pictures_come_along_while_there_is_room() {
    let gateway = InProcess::start().await;
    let (mut new, mut old) = (reader(&gateway).await, old_reader(&gateway).await);
    let mut messages = Vec::new();
    for (id, size) in [("large", 600_000_usize), ("first", 400_000), ("second", 300_000)] {
        let media = MediaRow {
            id: id.into(),
            session_key: "agent:main:main".into(),
            mime: "image/png".into(),
            bytes: vec![1; size],
        };
        gateway.running.services().store.enqueue(vec![Change::Media(media)]).await.unwrap();
        let block = ContentBlock::Image {
            data: None,
            mime_type: "image/png".into(),
            media_id: Some(id.into()),
            size_bytes: Some(size as u64),
            omitted: None,
        };
        messages.push(ChatMessage::blocks(MessageRole::User, vec![block], 5));
    }
    add(&gateway, "main", messages).await;
    let shown = |history: Value| {
        let blocks = history["messages"].as_array().unwrap().iter().map(|message| &message["content"][0]);
        let shown = blocks.map(|block| (block["data"].as_str().map(str::len), block["omitted"] == true));
        shown.collect::<Vec<_>>()
    };
    let all = shown(new.ok("chat.history", json!({"sessionKey": "main"})).await);
    assert_eq!(all, [(None, true), (Some(533_336), false), (Some(400_000), false)]);
    let some = shown(old.ok("chat.history", json!({"sessionKey": "main"})).await);
    assert_eq!(some, [(None, true), (None, true), (Some(400_000), false)]);
}

/// what a page needs to begin comes in one answer, in the words of the single methods.
#[tokio::test]
async fn one_answer_is_enough_to_begin() {
    let gateway = InProcess::start().await;
    let mut client = reader(&gateway).await;
    say(&gateway, "main", ["one".to_owned()]).await;
    let startup = client.ok("chat.startup", json!({"sessionKey": "main"})).await;
    let history = client.ok("chat.history", json!({"sessionKey": "main"})).await;
    for (name, value) in history.as_object().unwrap() {
        assert_eq!(&startup[name], value, "{name}");
    }
    assert_eq!(startup["agentsList"], client.ok("agents.list", json!({})).await);
    let metadata = client.ok("chat.metadata", json!({"sessionKey": "main"})).await;
    assert_eq!(startup["metadata"], metadata);
    assert_eq!(metadata["commands"], client.ok("commands.list", json!({})).await["commands"]);
    assert_eq!(metadata["models"], client.ok("models.list", json!({})).await["models"]);
    let delta = client.ok("chat.startup", json!({"sessionKey": "main", "cursor": history["deltaCursor"]})).await;
    assert_eq!((&delta["kind"], &delta["metadata"]), (&json!("delta"), &metadata));
}
