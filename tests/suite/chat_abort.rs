//! Runs that are stopped: by a call, by a word, by time, by a reset; what was said so far stays (`methods.md §2`).

use serde_json::{Value, json};

use super::chat::{about, ends, heard, old_writer, start};
use super::faults::{ask, end_of, history, quiet, say, words, writer};
use crate::harness::{Client, Device, FakeModel, Turn};

fn held(text: &str) -> Turn {
    Turn::new().deltas([text]).hold().deltas([" and more"])
}

/// What agent.wait says of a run that is over.
async fn outcome(client: &mut Client, run: &str) -> Value {
    client.ok("agent.wait", json!({"runId": run, "timeoutMs": 20_000})).await
}

/// what was said so far is kept and shown; the provider is hung up on; both generations hear one end.
#[tokio::test]
async fn what_was_said_so_far_stays() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let (mut new, mut old) = (writer(&gateway, "a").await, old_writer(&gateway, "a").await);
    for (number, run_id) in [json!(null), json!("r1")].into_iter().enumerate() {
        let (session, run) = (format!("s{number}"), format!("r{number}"));
        model.push(held("Half an answer"));
        say(&mut new, &session, &run, "hi").await;
        heard(&mut new, &run, "answer").await;
        let params = json!({"sessionKey": session, "runId": run_id});
        let stopped = if number == 0 { &mut old } else { &mut new }.ok("chat.abort", params).await;
        assert_eq!(stopped, json!({"ok": true, "aborted": true, "runIds": [run]}));
        for client in [&mut new, &mut old] {
            let end = end_of(client, &run).await;
            assert_eq!((&end["state"], &end["stopReason"]), (&json!("aborted"), &json!("rpc")));
            assert_eq!(words(&end["message"]), "Half an answer");
            assert_eq!(ends(client, &run).await, 1);
            let last = about(client, "agent", &run).pop().unwrap();
            assert_eq!((&last["data"]["phase"], &last["data"]["aborted"]), (&json!("end"), &json!(true)), "{last}");
        }
        model.dropped(2 * number).await;
        let page = new.ok("chat.history", json!({"sessionKey": session})).await;
        let answer = &page["messages"][1];
        assert_eq!((words(answer), &answer["stopReason"]), ("Half an answer".to_owned(), &json!("aborted")));
        assert_eq!(outcome(&mut new, &run).await["status"], "error");
        let again = new.ok("chat.abort", json!({"sessionKey": session, "runId": run})).await;
        assert_eq!(again, json!({"ok": true, "aborted": false, "runIds": []}), "it is over");
        assert_eq!(ask(&mut new, &session, &format!("next {number}"), "again").await["state"], "final");
    }
}

/// a run is stopped under its own session only; one that nobody knows is no error.
#[tokio::test]
async fn a_wrong_pair_is_refused() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let mut client = writer(&gateway, "a").await;
    model.push(held("x"));
    say(&mut client, "main", "r1", "hi").await;
    heard(&mut client, "r1", "x").await;
    let error = client.err("chat.abort", json!({"sessionKey": "other", "runId": "r1"})).await;
    assert_eq!(
        (&error["code"], &error["message"]),
        (&json!("INVALID_REQUEST"), &json!("runId does not match sessionKey"))
    );
    let nothing = json!({"ok": true, "aborted": false, "runIds": []});
    assert_eq!(client.ok("chat.abort", json!({"sessionKey": "main", "runId": "nobody"})).await, nothing);
    assert_eq!(client.ok("chat.abort", json!({"sessionKey": "other"})).await, nothing);
    model.release();
    assert_eq!(end_of(&mut client, "r1").await["state"], "final");
}

/// stop words and `/stop`, alone and in any case, stop the session; in a sentence they are words.
#[tokio::test]
async fn words_stop_a_run() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let (mut new, mut old) = (writer(&gateway, "a").await, old_writer(&gateway, "b").await);
    for (number, word) in ["/stop", "stop", "ESC", " Abort\n", "wait", "exit", "interrupt"].into_iter().enumerate() {
        let client = if number % 2 == 0 { &mut new } else { &mut old };
        let run = format!("r{number}");
        model.push(held("Half"));
        assert_eq!(say(client, "main", &run, "hi").await["status"], "started");
        client.event("chat", |event| event["runId"] == run.as_str() && event["state"] == "delta").await;
        let stopped = say(client, "main", &format!("stop {number}"), word).await;
        assert_eq!(stopped, json!({"ok": true, "aborted": true, "runIds": [run]}), "{word}");
        let end = end_of(client, &run).await;
        assert_eq!((&end["state"], &end["stopReason"]), (&json!("aborted"), &json!("stop")), "{word}");
    }
    quiet(&mut new, "main").await;
    let nothing = say(&mut new, "main", "again", "stop").await;
    assert_eq!(nothing, json!({"ok": true, "aborted": false, "runIds": []}));
    let end = ask(&mut new, "main", "sentence", "wait for me").await;
    assert_eq!(words(&end["message"]), "wait for me");
    let said = history(&mut new, "main").await;
    assert!(!said.iter().any(|(_, text)| text.trim().eq_ignore_ascii_case("stop")), "{said:?}");
}

/// one that waits is stopped without being asked; those before and behind it are answered.
#[tokio::test]
async fn one_that_waits_is_stopped() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let mut client = writer(&gateway, "a").await;
    model.push(held("one"));
    for run in ["r1", "r2", "r3"] {
        say(&mut client, "main", run, run).await;
    }
    heard(&mut client, "r1", "one").await;
    let stopped = client.ok("chat.abort", json!({"sessionKey": "main", "runId": "r2"})).await;
    assert_eq!(stopped["runIds"], json!(["r2"]));
    model.release();
    let states = [end_of(&mut client, "r1").await, end_of(&mut client, "r2").await, end_of(&mut client, "r3").await];
    assert_eq!(states.map(|end| end["state"].as_str().unwrap().to_owned()), ["final", "aborted", "final"]);
    assert_eq!(model.requests().len(), 2);
}

/// what waits is stopped too when no run is named.
#[tokio::test]
async fn everything_is_stopped() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let mut client = writer(&gateway, "a").await;
    model.push(held("one"));
    for run in ["r1", "r2", "r3"] {
        say(&mut client, "main", run, run).await;
    }
    heard(&mut client, "r1", "one").await;
    let stopped = client.ok("chat.abort", json!({"sessionKey": "main"})).await;
    assert_eq!(stopped["runIds"], json!(["r1", "r2", "r3"]));
    for run in ["r1", "r2", "r3"] {
        assert_eq!(end_of(&mut client, run).await["state"], "aborted", "{run}");
        assert_eq!(ends(&mut client, run).await, 1);
    }
    assert_eq!(model.requests().len(), 1);
}

/// `sessions.abort` finds the run by itself and says which it was.
#[tokio::test]
async fn a_session_is_stopped_by_its_key() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let mut client = writer(&gateway, "a").await;
    let nothing = json!({"ok": true, "abortedRunId": null, "status": "no-active-run"});
    assert_eq!(client.ok("sessions.abort", json!({"key": "main"})).await, nothing);
    for (run, params) in [("r1", json!({"key": "main"})), ("r2", json!({"runId": "r2"}))] {
        model.push(held("Half"));
        say(&mut client, "main", run, "hi").await;
        heard(&mut client, run, "Half").await;
        let stopped = client.ok("sessions.abort", params).await;
        assert_eq!(stopped, json!({"ok": true, "abortedRunId": run, "status": "aborted"}));
        assert_eq!(end_of(&mut client, run).await["state"], "aborted");
        quiet(&mut client, "main").await;
    }
    assert_eq!(client.err("sessions.abort", json!({})).await["message"], "key or runId required");
}

/// a run that takes longer than it may ends as such; the provider is hung up on, the next message works.
#[tokio::test]
async fn a_run_takes_only_so_long() {
    let model = FakeModel::start();
    model.push(Turn::new().deltas(["Half"]).silent());
    let gateway = start(&model).await;
    let mut client = writer(&gateway, "a").await;
    let params = json!({"sessionKey": "main", "message": "hi", "idempotencyKey": "r1", "timeoutMs": 300});
    client.ok("chat.send", params).await;
    let end = end_of(&mut client, "r1").await;
    assert_eq!((&end["state"], &end["stopReason"]), (&json!("aborted"), &json!("timeout")), "{end}");
    assert!(end["errorMessage"].as_str().unwrap().contains("longer"), "{end}");
    model.dropped(0).await;
    assert_eq!(outcome(&mut client, "r1").await["status"], "error");
    assert_eq!(ask(&mut client, "main", "r2", "again").await["state"], "final");
}

/// a session that is reset or deleted while it answers is stopped first, and begins empty.
#[tokio::test]
async fn a_reset_stops_what_is_under_way() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let mut client = gateway.op(&Device::new("a"), &["operator.admin"]).await;
    for (method, round) in [("sessions.reset", 0), ("sessions.delete", 1)] {
        model.push(held("Half"));
        let runs = [format!("first {round}"), format!("second {round}")];
        for run in &runs {
            say(&mut client, "work", run, run).await;
        }
        heard(&mut client, &runs[0], "Half").await;
        client.ok(method, json!({"key": "work"})).await;
        for run in &runs {
            assert_eq!(end_of(&mut client, run).await["state"], "aborted", "{method}");
        }
        assert_eq!(history(&mut client, "work").await, [], "{method}");
        assert_eq!(ask(&mut client, "work", &format!("next {round}"), "again").await["state"], "final");
        assert_eq!(history(&mut client, "work").await.len(), 2, "{method}");
    }
}
