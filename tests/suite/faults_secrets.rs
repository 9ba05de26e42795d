//! The key of a provider: it goes to its provider, and nowhere else, however a run goes.

use std::fs;

use serde_json::json;

use super::faults::{ask, end_of, say, words};
use crate::harness::{Device, FakeModel, TestGateway, Turn, files_below, until};

const CANARY: &str = "sk-canary-e07b4418d2fa90";

/// DEMAND P23: a planted key is in no frame, no log and no file but the credential store, after runs that work, fail with
/// the key in the provider's answer, are cut, and after a kill.
#[tokio::test]
async fn a_key_is_nowhere_but_with_its_provider() {
    let model = FakeModel::start();
    model.require_key(CANARY);
    let more = json!({"tools": {"exec": {"security": "full", "ask": "off"}}});
    let mut gateway = TestGateway::builder().config(&model.config_with(more)).env("POSTERN_LOG", "debug").start();
    let at = gateway.endpoint();
    let mut client = at.op(&Device::new("admin"), &["operator.admin"]).await;
    let mut watcher = at.op(&Device::new("watcher"), &["operator.read"]).await;
    watcher.ok("chat.history", json!({"sessionKey": "main"})).await;
    client.ok("models.authLogin", json!({"provider": "fake", "apiKey": CANARY})).await;
    assert_eq!(ask(&mut client, "main", "ok", "hello").await["state"], "final");
    assert_eq!(model.request(0).await.key(), Some(CANARY), "the key goes to its provider");
    let echo = json!({"error": {"message": format!("Incorrect API key provided: {CANARY}. Try again."),
        "type": CANARY, "code": CANARY, "param": CANARY}});
    for (key, status) in [("bad", 401), ("worse", 400), ("no", 403)] {
        model.push(Turn::status(status, &echo.to_string()));
        let end = ask(&mut client, "main", key, "again").await;
        assert_eq!(end["state"], "error", "{end}");
    }
    model.push(Turn::new().tool_call("exec", json!({"command": "env; cat /proc/$PPID/environ | tr '\\0' '\\n'"})));
    let end = ask(&mut client, "main", "tool", "what is around you").await;
    assert_eq!((&end["state"], words(&end["message"])), (&json!("final"), "what is around you".to_owned()), "{end}");
    model.push(Turn::say("cut ").cut());
    assert_eq!(ask(&mut client, "main", "cut", "cut").await["state"], "error");
    model.push(Turn::say("held ").hold());
    say(&mut client, "main", "held", "held").await;
    client.event("chat", |event| event["runId"] == "held" && event["state"] == "delta").await;
    for method in ["models.authStatus", "models.list", "sessions.list", "health", "status", "usage.status"] {
        client.ok(method, json!({})).await;
    }
    watcher.catch_up().await;
    gateway.kill9();
    let gateway = gateway.start_again();
    let mut later = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    later.ok("sessions.recover", json!({"key": "main", "idempotencyKey": "resumed"})).await;
    assert_eq!(end_of(&mut later, "resumed").await["state"], "final");
    later.ok("chat.history", json!({"sessionKey": "main", "limit": 1000})).await;

    for client in [&client, &watcher, &later] {
        for frame in client.raw.frames() {
            assert!(!frame.to_string().contains(CANARY), "a frame holds the key: {frame}");
        }
    }
    // The gateway never waits for its log, so lines may come after the answers.
    let log = until("a detailed log", || Some(gateway.log()).filter(|log| log.contains("DEBUG"))).await;
    assert!(!log.contains(CANARY), "the log holds the key");
    let (holds, others): (Vec<_>, Vec<_>) =
        files_below(&gateway.state_dir()).into_iter().partition(|file| holds_key(&fs::read(file).unwrap()));
    assert!(!others.is_empty());
    let names: Vec<_> = holds.iter().map(|file| file.strip_prefix(gateway.state_dir()).unwrap()).collect();
    assert!(names.len() == 1 && names[0].to_string_lossy().contains("credential"), "the key is in {names:?}");
    // What a command was given as its environment, and what the gateway's own is.
    let own = fs::read(format!("/proc/{}/environ", gateway.pid())).unwrap_or_default();
    assert!(!holds_key(&own), "the environment holds the key");
}

fn holds_key(bytes: &[u8]) -> bool {
    bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes())
}
