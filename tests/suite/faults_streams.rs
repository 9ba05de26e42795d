//! Answers that go wrong in the middle: cut, garbled, silent, without end; clients that do not read; clocks that jump.

use serde_json::{Value, json};
use tokio::net::TcpSocket;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use super::faults::{ask, end_of, history, is_end, say, the_next_message_works, words, writer};
use crate::harness::{Api, Client, Connect, Device, FakeModel, InProcess, Raw, Turn};

/// DEMAND P14: what was said before a cut is kept and shown, the error is told, nothing is asked twice.
#[tokio::test]
async fn an_answer_that_is_cut() {
    for api in Api::ALL {
        let model = FakeModel::start();
        model.push(Turn::say("one two three ").hold().cut());
        let gateway = InProcess::with(&model.config_for(api, json!({})), |_| {}).await;
        let mut client = writer(&gateway, "a").await;
        say(&mut client, "main", "run", "count").await;
        client.event("chat", |event| event["state"] == "delta").await;
        model.release_of(0).await;
        let end = end_of(&mut client, "run").await;
        assert_eq!((&end["state"], &end["errorKind"]), (&json!("error"), &json!("unknown")), "{api:?}: {end}");
        assert!(words(&end["message"]).starts_with("one two three"), "{api:?}: {end}");
        assert!(end["errorMessage"].as_str().is_some_and(|text| !text.is_empty()), "{end}");
        assert_eq!(model.requests().len(), 1, "what was shown cannot be taken back");
        let said = history(&mut client, "main").await;
        assert!(said.iter().any(|(role, text)| role == "assistant" && text.starts_with("one two three")), "{said:?}");
        the_next_message_works(&mut client, "main", &["count"]).await;
        let asked = model.request(1).await.texts();
        assert!(asked.iter().any(|(_, text)| text.contains("one two three")), "the model sees what it said: {asked:?}");
    }
}

/// DEMAND P21: a connection that ends before the first word is tried again; the client sees one answer.
#[tokio::test]
async fn a_provider_that_hangs_up_first() {
    let model = FakeModel::start();
    model.push(Turn::hang_up());
    model.push(Turn::new().cut());
    let gateway = InProcess::with(&model.config(), |_| {}).await;
    let mut client = writer(&gateway, "a").await;
    let end = ask(&mut client, "main", "run", "hello").await;
    assert_eq!((&end["state"], words(&end["message"])), (&json!("final"), "hello".to_owned()), "{end}");
    assert_eq!(model.requests().len(), 3);
}

/// DEMAND P21: pieces that are not what the protocol says end the run with an error or are skipped; never a hang.
#[tokio::test]
async fn a_garbled_answer() {
    for api in Api::ALL {
        let model = FakeModel::start();
        model.push(Turn::say("before ").malformed().text("after"));
        let gateway = InProcess::with(&model.config_for(api, json!({})), |_| {}).await;
        let mut client = writer(&gateway, "a").await;
        let end = ask(&mut client, "main", "run", "hello").await;
        let told = words(&end["message"]);
        match end["state"].as_str() {
            Some("error") => assert!(told.is_empty() || told.starts_with("before"), "{api:?}: {end}"),
            Some("final") => assert_eq!(told, "before after", "{api:?}: {end}"),
            _ => panic!("{api:?}: {end}"),
        }
        the_next_message_works(&mut client, "main", &["hello"]).await;
    }
}

/// DEMAND P21: silence is ended by the message's own limit or the agent's; the provider's connection is closed.
#[tokio::test]
async fn silence() {
    let model = FakeModel::start();
    let config = model.config_with(json!({"agents": {"defaults": {"timeoutSeconds": 1}}}));
    let gateway = InProcess::with(&config, |_| {}).await;
    let mut client = writer(&gateway, "a").await;
    let turns = [Turn::new().silent(), Turn::say("so far ").silent(), Turn::say("and so ").silent()];
    for (index, turn) in turns.into_iter().enumerate() {
        model.push(turn);
        let key = format!("run-{index}");
        let mut params = json!({"sessionKey": "main", "message": format!("hello {index}"), "idempotencyKey": key});
        if index < 2 {
            params["timeoutMs"] = json!(150);
        }
        client.ok("chat.send", params).await;
        let end = end_of(&mut client, &key).await;
        assert_eq!((&end["state"], &end["stopReason"]), (&json!("aborted"), &json!("timeout")), "{end}");
        assert!(end["errorMessage"].is_string(), "{end}");
        model.dropped(index).await;
    }
    let said = history(&mut client, "main").await;
    for kept in ["so far", "and so"] {
        assert!(said.iter().any(|(role, text)| role == "assistant" && text.starts_with(kept)), "{said:?}");
    }
    let again = say(&mut client, "main", "run-1", "hello 1").await;
    assert_eq!(again["status"], "error", "{again}");
    the_next_message_works(&mut client, "main", &["hello 0", "hello 1", "hello 2"]).await;
}

/// DEMAND P12: an answer without end is ended by whoever asked; what was said so far is kept.
#[tokio::test]
async fn an_answer_without_end() {
    let model = FakeModel::start();
    model.push(Turn::say("on and ").endless());
    let gateway = InProcess::with(&model.config(), |_| {}).await;
    let mut client = writer(&gateway, "a").await;
    say(&mut client, "main", "run", "talk").await;
    let deltas = |client: &Client| client.events("chat").iter().filter(|event| event["state"] == "delta").count();
    while deltas(&client) < 3 {
        client.raw.until("more", |frame| frame["payload"]["state"] == "delta").await;
    }
    let stopped = client.ok("chat.abort", json!({"sessionKey": "main", "runId": "run"})).await;
    assert_eq!(stopped, json!({"ok": true, "aborted": true, "runIds": ["run"]}));
    let end = end_of(&mut client, "run").await;
    assert_eq!((&end["state"], &end["stopReason"]), (&json!("aborted"), &json!("rpc")), "{end}");
    assert!(words(&end["message"]).starts_with("on and "), "{end}");
    model.dropped(0).await;
    the_next_message_works(&mut client, "main", &["talk"]).await;
}

/// A client for which its system keeps little until it reads.
async fn narrow(gateway: &InProcess, name: &str, dialect: u32) -> Client {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let stream = socket.connect(([127, 0, 0, 1], gateway.port).into()).await.unwrap();
    let request = gateway.url().into_client_request().unwrap();
    let (socket, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
    let connect = Connect::operator(&Device::new(name), &["operator.read", "operator.write"]).dialect(dialect);
    Client::connect(Raw::new(Box::new(socket)), &connect, gateway.token.as_deref()).await.unwrap()
}

/// E-19, DEMAND P12: whoever follows an answer without reading it harms nobody: the others see every word.
#[tokio::test]
async fn a_client_that_sleeps_through_an_answer() {
    let model = FakeModel::start();
    let piece = "x".repeat(64 * 1024);
    let long = || Turn::new().deltas((0..15).map(|_| piece.as_str()));
    // Each as long as answers may be, six of them, in conversations of their own.
    let sessions: Vec<String> = (0..6).map(|number| format!("long-{number}")).collect();
    model.push(Turn::say("ready ").hold());
    sessions.iter().for_each(|_| model.push(long()));
    let gateway = InProcess::with(&model.config(), |_| {}).await;
    let mut client = writer(&gateway, "a").await;
    let mut sleepers = Vec::new();
    for dialect in [3, 4] {
        let mut sleeper = narrow(&gateway, &format!("sleeper-{dialect}"), dialect).await;
        for session in sessions.iter().map(String::as_str).chain(["main"]) {
            sleeper.ok("chat.history", json!({"sessionKey": session})).await;
        }
        sleepers.push(sleeper);
    }
    say(&mut client, "main", "one", "first").await;
    model.release_of(0).await;
    assert_eq!(end_of(&mut client, "one").await["state"], "final");
    for session in &sessions {
        say(&mut client, session, session, "go on").await;
        let end = end_of(&mut client, session).await;
        assert_eq!((&end["state"], words(&end["message"]).len()), (&json!("final"), 15 * piece.len()));
        let chats = client.events("chat");
        let deltas = chats.iter().filter(|event| event["runId"] == **session && event["state"] == "delta");
        let told: usize = deltas.map(|event| event["deltaText"].as_str().unwrap_or_default().len()).sum();
        assert_eq!(told, 15 * piece.len(), "the reader got every word");
    }
    the_next_message_works(&mut client, "main", &["first"]).await;
    for mut sleeper in sleepers {
        // Either it was dropped, or it wakes up and reads how the run ended; never half an answer as a whole one.
        let woke = loop {
            match sleeper.raw.recv().await {
                Ok(frame) if frame["payload"]["runId"] == "next" && is_end(&frame["payload"]) => break true,
                Ok(_) => {}
                Err(_) => break false,
            }
        };
        let chats = sleeper.events("chat");
        let ended = |run: &String| chats.iter().any(|event| event["runId"] == **run && is_end(event));
        assert!(!woke || sessions.iter().all(ended), "it missed an end and was not dropped for it");
    }
}

/// DEMAND P21: a clock that jumps during a run neither ends it nor loses it, in either direction.
#[tokio::test]
async fn a_clock_that_jumps() {
    for jump in [-365 * 86_400_000_i64, 365 * 86_400_000, -1] {
        let model = FakeModel::start();
        model.push(Turn::say("tick ").hold().text("tock"));
        let gateway = InProcess::with(&model.config(), |_| {}).await;
        let mut client = writer(&gateway, "a").await;
        say(&mut client, "main", "run", "what time is it").await;
        client.event("chat", |event| event["state"] == "delta").await;
        gateway.clock.advance_ms(jump);
        let known = say(&mut client, "main", "run", "what time is it").await;
        assert_eq!(known["status"], "in_flight", "{known}");
        model.release_of(0).await;
        let end = end_of(&mut client, "run").await;
        assert_eq!((&end["state"], words(&end["message"])), (&json!("final"), "tick tock".to_owned()), "{end}");
        assert_eq!(say(&mut client, "main", "run", "what time is it").await["status"], "ok");
        the_next_message_works(&mut client, "main", &["what time is it"]).await;
        let roles: Vec<String> = history(&mut client, "main").await.into_iter().map(|(role, _)| role).collect();
        assert_eq!(roles, ["user", "assistant", "user", "assistant"], "the order is the order of saying");
        let list: Value = client.ok("sessions.list", json!({})).await;
        assert_eq!(list["sessions"].as_array().unwrap().len(), 1, "{list}");
        assert_eq!(model.requests().len(), 2);
    }
}
