//! The same message again: in time, at the same time, on a new connection, after a restart (`methods.md §2`,
//! `handshake.md §11`).

use serde_json::{Value, json};

use super::chat::{MAIN, ends, heard, old_writer, start};
use super::faults::{ask, end_of, history, say, words, writer};
use crate::harness::{Connect, Device, FakeModel, TestGateway, Turn};

fn held() -> Turn {
    Turn::new().deltas(["Half"]).hold().deltas([" and half"])
}

fn users(said: &[(String, String)]) -> usize {
    said.iter().filter(|(role, _)| role == "user").count()
}

/// W-26, W-27, F-42: a repetition is told how the run stands; it is asked of the model once.
#[tokio::test]
async fn a_repetition_is_told_how_it_stands() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let (mut new, mut old) = (writer(&gateway, "a").await, old_writer(&gateway, "a").await);
    model.push(held());
    say(&mut new, "main", "r1", "hi").await;
    heard(&mut new, "r1", "Half").await;
    for client in [&mut new, &mut old] {
        assert_eq!(say(client, "main", "r1", "hi").await, json!({"runId": "r1", "status": "in_flight"}));
    }
    model.release();
    end_of(&mut new, "r1").await;
    new.ok("agent.wait", json!({"runId": "r1"})).await;
    for client in [&mut new, &mut old] {
        assert_eq!(say(client, MAIN, "r1", "hi").await, json!({"runId": "r1", "status": "ok"}));
        assert_eq!(ends(client, "r1").await, 1);
    }
    // Long after what dispatch remembers.
    gateway.clock.advance_ms(3_600_000);
    assert_eq!(say(&mut new, "main", "r1", "hi").await["status"], "ok");
    assert_eq!(users(&history(&mut new, "main").await), 1);
    assert_eq!(model.requests().len(), 1);

    model.push(Turn::status(400, "{\"error\":{\"message\":\"no such thing\"}}"));
    assert_eq!(ask(&mut new, "main", "r2", "bad").await["state"], "error");
    new.ok("agent.wait", json!({"runId": "r2"})).await;
    let failed = say(&mut new, "main", "r2", "bad").await;
    assert_eq!((&failed["runId"], &failed["status"]), (&json!("r2"), &json!("error")));
    assert!(failed["summary"].as_str().unwrap().contains("no such thing"), "{failed}");
    assert_eq!(model.requests().len(), 2);
    for params in [
        json!({"sessionKey": "main", "message": "x"}),
        json!({"sessionKey": "main", "message": "x", "idempotencyKey": ""}),
    ] {
        assert_eq!(new.err("chat.send", params).await["code"], "INVALID_REQUEST");
    }
}

/// W-27: the same message many times at once is one run, one request, one message.
#[tokio::test]
async fn repetitions_at_the_same_time_are_one_run() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let (mut one, mut two) = (writer(&gateway, "a").await, old_writer(&gateway, "a").await);
    for round in 0..10 {
        let run = format!("r{round}");
        let params = json!({"sessionKey": "main", "message": run, "idempotencyKey": run});
        let mut ids = (Vec::new(), Vec::new());
        for _ in 0..4 {
            ids.0.push(one.post("chat.send", params.clone()).await);
            ids.1.push(two.post("chat.send", params.clone()).await);
        }
        end_of(&mut one, &run).await;
        end_of(&mut two, &run).await;
        one.catch_up().await;
        two.catch_up().await;
        let answer = |frames: &[Value], id: &String| {
            let of_id: Vec<_> =
                frames.iter().filter(|frame| frame["type"] == "res" && frame["id"] == id.as_str()).collect();
            assert_eq!(of_id.len(), 1);
            of_id[0]["payload"]["status"].as_str().unwrap_or_else(|| panic!("{}", of_id[0])).to_owned()
        };
        let mut answers: Vec<_> = ids.0.iter().map(|id| answer(one.raw.frames(), id)).collect();
        answers.extend(ids.1.iter().map(|id| answer(two.raw.frames(), id)));
        assert_eq!(answers.iter().filter(|status| *status == "started").count(), 1, "{answers:?}");
        assert!(answers.iter().all(|status| ["started", "in_flight", "ok"].contains(&status.as_str())), "{answers:?}");
    }
    assert_eq!(users(&history(&mut one, "main").await), 10);
    assert_eq!(model.requests().len(), 10);
}

/// W-28: whoever lost the connection sends it again on a new one and hears the same run.
#[tokio::test]
async fn a_repetition_on_a_new_connection() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let mut lost = writer(&gateway, "a").await;
    model.push(held());
    lost.post("chat.send", json!({"sessionKey": "main", "message": "hi", "idempotencyKey": "r1"})).await;
    model.held(0).await;
    drop(lost);
    let mut again = writer(&gateway, "a").await;
    assert_eq!(say(&mut again, "main", "r1", "hi").await, json!({"runId": "r1", "status": "in_flight"}));
    model.release();
    let end = end_of(&mut again, "r1").await;
    assert_eq!(words(&end["message"]), "Half and half");
    assert_eq!(users(&history(&mut again, "main").await), 1);
    assert_eq!(model.requests().len(), 1);
}

/// W-28: what was answered before a restart is not asked again after it.
#[tokio::test]
async fn a_repetition_after_a_restart() {
    let model = FakeModel::start();
    let gateway = TestGateway::builder().config(&model.config()).start();
    let mut client = writer(&gateway, "a").await;
    assert_eq!(ask(&mut client, "main", "r1", "hi").await["state"], "final");
    model.push(Turn::status(400, "{\"error\":{\"message\":\"no such thing\"}}"));
    assert_eq!(ask(&mut client, "main", "r2", "bad").await["state"], "error");
    let gateway = gateway.restart();
    let mut client = writer(&gateway, "a").await;
    assert_eq!(say(&mut client, "main", "r1", "hi").await, json!({"runId": "r1", "status": "ok"}));
    assert_eq!(say(&mut client, "main", "r2", "bad").await["status"], "error");
    let waited = client.ok("agent.wait", json!({"runId": "r1"})).await;
    assert_eq!(waited["status"], "ok");
    assert!(waited["endedAt"].is_i64(), "{waited}");
    let taken = writer(&gateway, "b")
        .await
        .err("chat.send", json!({"sessionKey": "main", "message": "x", "idempotencyKey": "r1"}))
        .await;
    assert!(taken["message"].as_str().unwrap().starts_with("idempotencyKey is in use"), "{taken}");
    assert_eq!(users(&history(&mut client, "main").await), 2);
    assert_eq!(model.requests().len(), 2);
}

/// W-28: a run that a power cut ended is shown as interrupted, not run again by itself, and answered when that is asked
/// for; once.
#[tokio::test]
async fn an_interrupted_run_is_resumed() {
    let model = FakeModel::start();
    let mut gateway = TestGateway::builder().config(&model.config()).start();
    let mut client = writer(&gateway, "a").await;
    model.push(held());
    say(&mut client, "main", "r1", "the question").await;
    say(&mut client, "main", "r2", "the other question").await;
    heard(&mut client, "r1", "Half").await;
    gateway.kill9();
    let gateway = gateway.start_again();
    let mut client = writer(&gateway, "a").await;
    for run in ["r1", "r2"] {
        let known = say(&mut client, "main", run, "the question").await;
        assert_eq!((&known["runId"], &known["status"]), (&json!(run), &json!("error")), "{known}");
        assert!(known["summary"].as_str().unwrap().contains("/resume"), "{known}");
        assert_eq!(client.ok("agent.wait", json!({"runId": run})).await["status"], "error");
    }
    assert_eq!(users(&history(&mut client, "main").await), 2);
    assert_eq!(model.requests().len(), 1);
    let resumed = client.ok("sessions.recover", json!({"key": "main", "idempotencyKey": "r3"})).await;
    assert_eq!(resumed["continuation"], json!({"status": "started", "runId": "r3"}));
    let end = end_of(&mut client, "r3").await;
    assert_eq!(end["state"], "final", "{end}");
    let asked: Vec<_> = model.request(1).await.texts().into_iter().filter(|(role, _)| role == "user").collect();
    let asked: String = asked.into_iter().map(|(_, text)| text + "|").collect();
    assert!(asked.contains("the question") && asked.trim_end_matches('|').ends_with("the other question"), "{asked}");
    let nothing = client.err("sessions.recover", json!({"key": "main"})).await;
    assert!(nothing["message"].as_str().unwrap().starts_with("nothing to resume"), "{nothing}");
    assert_eq!(users(&history(&mut client, "main").await), 2);
    assert_eq!(model.requests().len(), 2);
}

/// W-28: two people ask at once for an answer that is missing; it is given once.
#[tokio::test]
async fn what_is_missing_is_answered_once_however_many_ask() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let mut client = writer(&gateway, "a").await;
    for round in 0..7 {
        assert_eq!(ask(&mut client, "main", &format!("m{round}"), "more").await["state"], "final");
    }
    model.push(Turn::status(400, "{\"error\":{\"message\":\"no such thing\"}}"));
    assert_eq!(ask(&mut client, "main", "left", "the question").await["state"], "error");
    // Something is under way that is no conversation, so both find the answer missing.
    model.push(held());
    say(&mut client, "main", "command", "/compact").await;
    model.request(8).await;
    for run in ["first", "second"] {
        let params = json!({"key": "main", "idempotencyKey": run});
        assert_eq!(client.ok("sessions.recover", params).await["continuation"]["status"], "started");
    }
    model.push(Turn::new().text("Here it is."));
    model.release();
    assert_eq!(words(&end_of(&mut client, "first").await["message"]), "Here it is.");
    let second = end_of(&mut client, "second").await;
    assert_eq!((&second["state"], second.get("message")), (&json!("final"), None), "{second}");
    assert_eq!(client.ok("agent.wait", json!({"runId": "second"})).await["status"], "ok");
    assert_eq!(model.requests().len(), 10);
    let said = history(&mut client, "main").await;
    assert_eq!(said.iter().filter(|(_, text)| text == "Here it is.").count(), 1, "{said:?}");
}

/// W-27: a key belongs to who used it first, in the session it was used in; others learn nothing of it.
#[tokio::test]
async fn a_key_belongs_to_one_run() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let mut client = writer(&gateway, "a").await;
    ask(&mut client, "main", "r1", "hi").await;
    client.ok("agent.wait", json!({"runId": "r1"})).await;
    let params = |session: &str| json!({"sessionKey": session, "message": "hi", "idempotencyKey": "r1"});
    let mut other = writer(&gateway, "b").await;
    let scopes = &["operator.read", "operator.write"];
    let mut deviceless = gateway.must(&crate::harness::Caller::local(), &Connect::deviceless(scopes)).await;
    for error in [
        other.err("chat.send", params("main")).await,
        other.err("agent", params("main")).await,
        deviceless.err("chat.send", params("main")).await,
        client.err("chat.send", params("work")).await,
    ] {
        let wanted = "idempotencyKey is in use by another run; use a new one for every message";
        assert_eq!((&error["code"], &error["message"]), (&json!("INVALID_REQUEST"), &json!(wanted)));
    }
    let known = gateway
        .op(&Device::new("a"), scopes)
        .await
        .ok("sessions.send", json!({"key": "main", "message": "hi", "idempotencyKey": "r1"}))
        .await;
    assert_eq!(known, json!({"runId": "r1", "status": "ok"}));
    assert_eq!(model.requests().len(), 1);
    assert_eq!(history(&mut client, "work").await, []);
}
