//! What a window shows of a conversation while it goes on: what the model thinks, what waits, what was taken back
//! (`methods.md §2`, `frames-and-events.md §5`).

use serde_json::{Value, json};

use super::chat::{about, heard, old_writer, start};
use super::faults::{end_of, history, quiet, say, writer};
use crate::harness::{Client, FakeModel, Turn};

/// What was told of a run's thoughts so far.
fn thoughts(client: &Client, run: &str) -> Vec<Value> {
    about(client, "agent", run).into_iter().filter(|event| event["stream"] == "thinking").collect()
}

/// D-12: thoughts are told while the model has them, in front of the answer, and only to protocol 4.
#[tokio::test]
async fn thoughts_are_told_as_they_come() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let (mut client, mut old) = (writer(&gateway, "a").await, old_writer(&gateway, "old").await);
    model.push(Turn::new().thinking("First this").thinking(", then that.").hold().deltas(["Done."]));
    say(&mut client, "main", "r1", "hello").await;
    let told = |client: &Client| {
        let events = thoughts(client, "r1");
        events.iter().map(|event| event["data"]["delta"].as_str().unwrap()).collect::<String>()
    };
    // The answer is held: what arrives now arrives while the model thinks.
    client
        .event("agent", |event| {
            event["stream"] == "thinking" && event["data"]["delta"].as_str().unwrap().ends_with("that.")
        })
        .await;
    assert_eq!(told(&client), "First this, then that.");
    assert_eq!(thoughts(&client, "r1")[0]["data"]["text"], thoughts(&client, "r1")[0]["data"]["delta"]);
    model.release();
    end_of(&mut client, "r1").await;
    end_of(&mut old, "r1").await;
    assert_eq!(told(&client), "First this, then that.", "told once");
    assert_eq!(thoughts(&old, "r1"), Vec::<Value>::new());
    let stream = |event: &Value| event["stream"].as_str().unwrap_or_default().to_owned();
    let streams: Vec<String> = about(&client, "agent", "r1").iter().map(stream).collect();
    let last_thought = streams.iter().rposition(|stream| stream == "thinking").unwrap();
    let first_word = streams.iter().position(|stream| stream == "assistant").unwrap();
    assert!(last_thought < first_word, "{streams:?}");
    // The numbers of each generation have no holes.
    for client in [&client, &old] {
        let numbers: Vec<u64> =
            about(client, "agent", "r1").iter().map(|event| event["seq"].as_u64().unwrap()).collect();
        assert_eq!(numbers, (1..=u64::try_from(numbers.len()).unwrap()).collect::<Vec<_>>());
    }
}

async fn pending(client: &mut Client) -> Value {
    client.ok("chat.history", json!({"sessionKey": "main"})).await["pendingInputs"].clone()
}

/// D-12: what waits for its turn is seen by every window, oldest first, until its turn comes.
#[tokio::test]
async fn what_waits_is_seen() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let (mut client, mut other) = (writer(&gateway, "a").await, writer(&gateway, "b").await);
    model.push(Turn::new().deltas(["one"]).hold());
    for run in ["r1", "r2", "r3"] {
        say(&mut client, "main", run, &format!("say {run}")).await;
    }
    heard(&mut client, "r1", "one").await;
    let shown = pending(&mut other).await;
    assert_eq!(shown["total"], 2, "{shown}");
    let items = shown["items"].as_array().unwrap();
    for (item, run) in items.iter().zip(["r2", "r3"]) {
        assert_eq!((&item["id"], &item["runId"], &item["state"]), (&json!(run), &json!(run), &json!("queued")));
        assert_eq!(item["message"]["role"], "user");
        assert_eq!(item["message"]["content"], json!([{"type": "text", "text": format!("say {run}")}]));
        assert!(item["acceptedAt"].is_i64());
    }
    // One that was taken back waits no more.
    client.ok("chat.abort", json!({"sessionKey": "main", "runId": "r2"})).await;
    assert_eq!(pending(&mut other).await["items"][0]["id"], "r3");
    model.release();
    end_of(&mut client, "r3").await;
    quiet(&mut client, "main").await;
    assert_eq!(pending(&mut other).await, json!({"items": [], "total": 0}));
}

/// D-12: a message that was taken back before its turn was not said: neither a window nor the model sees it.
#[tokio::test]
async fn taken_back_is_not_said() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let mut client = writer(&gateway, "a").await;
    model.push(Turn::new().deltas(["one"]).hold());
    for run in ["r1", "r2", "r3"] {
        say(&mut client, "main", run, run).await;
    }
    heard(&mut client, "r1", "one").await;
    let stopped = client.ok("chat.abort", json!({"sessionKey": "main", "runId": "r2"})).await;
    assert_eq!(stopped["runIds"], json!(["r2"]));
    model.release();
    assert_eq!(end_of(&mut client, "r2").await["state"], "aborted");
    end_of(&mut client, "r3").await;
    quiet(&mut client, "main").await;
    let said: Vec<String> = history(&mut client, "main").await.into_iter().map(|(_, text)| text).collect();
    assert_eq!(said, ["r1", "one", "r3", "r3"]);
    let asked = model.requests();
    assert_eq!(asked.len(), 2);
    assert!(!asked[1].texts().iter().any(|(_, text)| text == "r2"), "{:?}", asked[1].texts());
    // It is over, and stays so: the same key again is the same run.
    let again = client.ok("agent.wait", json!({"runId": "r2", "timeoutMs": 20_000})).await;
    assert_eq!((&again["status"], &again["error"]), (&json!("error"), &json!("rpc")), "{again}");
}
