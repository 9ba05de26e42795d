//! SIGTERM in the middle of runs: everybody is told how they ended, and they can be resumed.

use serde_json::{Value, json};

use super::faults::{end_of, history, is_end, row, say, words, writer};
use crate::harness::{Caller, Client, Close, Connect, Device, FakeModel, TestGateway, Turn};

/// DEMAND P14, E-09: both dialects hear the end of the run before the end of the gateway; what waited is not lost; after
/// the start `sessions.recover` answers.
#[tokio::test]
async fn a_run_outlives_sigterm() {
    let model = FakeModel::start();
    model.push(Turn::say("one two ").hold().text("never said"));
    let mut gateway = TestGateway::builder().config(&model.config()).start();
    let at = gateway.endpoint();
    let mut client = writer(&at, "a").await;
    let connect = Connect::operator(&Device::new("b"), &["operator.read"]).v3();
    let mut old = at.must(&Caller::local(), &connect).await;
    old.ok("chat.history", json!({"sessionKey": "main"})).await;
    say(&mut client, "main", "run", "count").await;
    say(&mut client, "main", "waits", "and then?").await;
    client.event("chat", |event| event["state"] == "delta").await;
    gateway.terminate();
    for client in [&mut client, &mut old] {
        let end = end_before_close(client).await;
        assert_eq!((&end["runId"], &end["state"]), (&json!("run"), &json!("aborted")), "{end}");
        assert!(words(&end["message"]).starts_with("one two"), "{end}");
        assert!(end["errorMessage"].as_str().is_some_and(|text| text.contains("/resume")), "{end}");
    }
    model.dropped(0).await;
    assert_eq!(gateway.wait().0.code(), Some(0));

    let gateway = gateway.start_again();
    let mut client = writer(&gateway, "a").await;
    let said = history(&mut client, "main").await;
    for text in ["count", "and then?"] {
        assert_eq!(said.iter().filter(|(role, own)| role == "user" && own == text).count(), 1, "{said:?}");
    }
    assert!(said.iter().any(|(role, text)| role == "assistant" && text.starts_with("one two")), "{said:?}");
    for (key, text) in [("run", "count"), ("waits", "and then?")] {
        let again = say(&mut client, "main", key, text).await;
        assert_eq!(again["status"], "error", "{again}");
        assert!(again["summary"].as_str().unwrap().contains("/resume"), "{again}");
    }
    assert_eq!(model.requests().len(), 1, "nothing runs by itself");
    let before = row(&mut client, "main").await;
    assert_eq!((&before["hasActiveRun"], &before["status"]), (&json!(false), &json!("killed")), "{before}");
    client.ok("sessions.recover", json!({"key": "main", "idempotencyKey": "again"})).await;
    let end = end_of(&mut client, "again").await;
    assert_eq!((&end["state"], words(&end["message"])), (&json!("final"), "and then?".to_owned()), "{end}");
}

/// The end of the run that this client hears, with everything up to the close read.
async fn end_before_close(client: &mut Client) -> Value {
    assert_eq!(client.closed().await, Close::new(1012, "service restart"));
    let ends: Vec<Value> = client.events("chat").into_iter().filter(is_end).collect();
    assert!(ends.iter().filter(|end| end["runId"] == "run").count() == 1, "one end per run: {ends:?}");
    ends[0].clone()
}
