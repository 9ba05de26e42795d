//! `agent` and `agent.wait`: an agent is run once; two answers under one id, with everything in between
//! (`methods.md §4`, `frames-and-events.md §1`).

use serde_json::{Value, json};

use super::chat::{MAIN, about, assert_consecutive, heard, old_writer, start};
use super::faults::{end_of, history, is_end, say, words, writer};
use crate::harness::{Client, Device, FakeModel, InProcess, Turn, assert_keys};

/// Both answers to a request.
async fn both(client: &mut Client, id: &str) -> (Value, Value) {
    (client.raw.answer(id).await, client.raw.answer(id).await)
}

fn run(message: &str, key: &str) -> Value {
    json!({"message": message, "idempotencyKey": key})
}

/// H-25, W-25, X-01, X-02, X-03, M-16: connect, hello, ack, events with numbers without holes, the end of the events,
/// then the last answer; nothing of the run before the ack or behind the last answer.
#[tokio::test]
async fn a_run_is_told_in_order() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    for (dialect, mut client) in [(4, writer(&gateway, "a").await), (3, old_writer(&gateway, "b").await)] {
        for round in 0..10 {
            let key = format!("run {dialect} {round}");
            let id = client.post("agent", run("Hello there", &key)).await;
            let (first, last) = both(&mut client, &id).await;
            assert_keys(&first["payload"], &["runId", "status", "acceptedAt"]);
            assert_eq!((&first["ok"], &first["payload"]["status"]), (&json!(true), &json!("accepted")));
            assert_keys(&last["payload"], &["runId", "status", "summary", "result"]);
            assert_eq!((&last["payload"]["runId"], &last["payload"]["status"]), (&json!(key), &json!("ok")));
            assert_eq!(last["payload"]["summary"], "completed");
            let result = &last["payload"]["result"];
            assert_eq!(result["payloads"], json!([{"text": "Hello there"}]));
            let meta = &result["meta"]["agentMeta"];
            assert_eq!((&meta["provider"], &meta["model"]), (&json!("fake"), &json!("echo-1")));
            assert!(meta["usage"]["totalTokens"].as_u64().unwrap() > 0 && meta["sessionId"].is_string(), "{meta}");
            assert!(result["meta"]["durationMs"].is_u64(), "{result}");
            client.catch_up().await;
            let frames = client.raw.frames();
            assert_eq!(
                (&frames[0]["event"], &frames[1]["payload"]["type"]),
                (&json!("connect.challenge"), &json!("hello-ok"))
            );
            let of_run = |frame: &&Value| frame["id"] == id.as_str() || frame["payload"]["runId"] == key.as_str();
            let told: Vec<_> = frames.iter().filter(of_run).collect();
            assert_eq!((told[0], *told.last().unwrap()), (&first, &last));
            let end = &told[told.len() - 2];
            assert_eq!((&end["event"], &end["payload"]["state"]), (&json!("chat"), &json!("final")));
            let before = &told[told.len() - 3]["payload"];
            assert_eq!((&before["stream"], &before["data"]["phase"]), (&json!("lifecycle"), &json!("end")));
            let begin = &told[1]["payload"];
            assert_eq!((&begin["seq"], &begin["data"]["phase"]), (&json!(1), &json!("start")), "{begin}");
            assert!(told.iter().any(|frame| frame["payload"]["stream"] == "assistant"));
            assert_eq!(told.iter().filter(|frame| is_end(&frame["payload"])).count(), 1);
            assert_consecutive(&client, &key);
        }
    }
}

/// a run that fails ends with an error in every form it is told in.
#[tokio::test]
async fn a_run_that_fails() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    for (dialect, mut client) in [(4, writer(&gateway, "a").await), (3, old_writer(&gateway, "b").await)] {
        model.push(Turn::status(400, "{\"error\":{\"message\":\"no such thing\"}}"));
        let key = format!("run {dialect}");
        let id = client.post("agent", run("hi", &key)).await;
        let (first, last) = both(&mut client, &id).await;
        assert_eq!(first["payload"]["status"], "accepted");
        let error = &last["error"];
        assert_eq!((&last["ok"], &error["code"]), (&json!(false), &json!("UNAVAILABLE")), "{last}");
        let details = &error["details"];
        assert_eq!((&details["runId"], &details["status"]), (&json!(key), &json!("error")), "{error}");
        assert!(details["summary"].as_str().unwrap().contains("no such thing"), "{error}");
        let end = end_of(&mut client, &key).await;
        assert_eq!(end["state"], "error");
        assert!(end["errorMessage"].as_str().unwrap().contains("no such thing"), "{end}");
        let lifecycle = about(&client, "agent", &key).pop().unwrap();
        assert_eq!((&lifecycle["stream"], &lifecycle["data"]["phase"]), (&json!("lifecycle"), &json!("error")));
        assert!(lifecycle["data"]["error"].is_string() && lifecycle["data"]["endedAt"].is_i64(), "{lifecycle}");
        let waited = client.ok("agent.wait", json!({"runId": key})).await;
        assert_keys(&waited, &["runId", "status", "startedAt", "endedAt", "error"]);
        assert_eq!(waited["status"], "error");
    }
}

/// runs of either method are waited for, by anybody who may; a wait ends in time, and so does one for nothing.
#[tokio::test]
async fn runs_are_waited_for() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let (mut client, mut other) = (writer(&gateway, "a").await, old_writer(&gateway, "b").await);
    for (number, method) in ["chat.send", "agent"].into_iter().enumerate() {
        model.push(Turn::new().hold().text("done"));
        let mut params = run("hi", method);
        params["sessionKey"] = json!("main");
        client.ok(method, params).await;
        model.held(number).await;
        let early = other.ok("agent.wait", json!({"runId": method, "timeoutMs": 0})).await;
        assert_keys(&early, &["runId", "status", "startedAt"]);
        assert_eq!(early["status"], "timeout");
        let id = other.post("agent.wait", json!({"runId": method})).await;
        other.ok("health", json!({})).await;
        model.release();
        let waited = other.raw.answer(&id).await["payload"].clone();
        assert_keys(&waited, &["runId", "status", "startedAt", "endedAt"]);
        assert_eq!((&waited["runId"], &waited["status"]), (&json!(method), &json!("ok")));
        assert_eq!(client.ok("agent.wait", json!({"runId": method})).await, waited, "afterwards too");
    }
    let unknown = client.ok("agent.wait", json!({"runId": "nobody"})).await;
    assert_eq!(unknown, json!({"runId": "nobody", "status": "timeout"}));
    assert_eq!(client.err("agent.wait", json!({})).await["code"], "INVALID_REQUEST");
}

/// W-28, F-42: the same key on a new connection gets both answers of the same run, while it runs and afterwards.
#[tokio::test]
async fn a_repetition_gets_both_answers() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let mut lost = writer(&gateway, "a").await;
    model.push(Turn::new().deltas(["Half"]).hold().deltas([" and half"]));
    lost.ok("agent", run("hi", "r1")).await;
    model.held(0).await;
    drop(lost);
    let mut again = writer(&gateway, "a").await;
    let id = again.post("agent", run("hi", "r1")).await;
    assert_eq!(again.raw.answer(&id).await["payload"]["status"], "accepted");
    model.release();
    let last = again.raw.answer(&id).await;
    assert_eq!(last["payload"]["result"]["payloads"][0]["text"], "Half and half");
    gateway.clock.advance_ms(3_600_000);
    let id = again.post("agent", run("hi", "r1")).await;
    let (first, late) = both(&mut again, &id).await;
    assert_eq!((&first["payload"]["status"], &late["payload"]), (&json!("accepted"), &last["payload"]));
    assert_eq!(model.requests().len(), 1);
    assert_eq!(history(&mut again, "main").await.len(), 2);
    let error = again.err("agent", json!({"message": "x"})).await;
    assert_eq!(error["message"], "invalid agent params: must have required property 'idempotencyKey'");
}

/// a run that is stopped ends with an error under its id.
#[tokio::test]
async fn a_stopped_run_says_so() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let mut client = writer(&gateway, "a").await;
    model.push(Turn::new().deltas(["Half"]).hold());
    let id = client.post("agent", run("hi", "r1")).await;
    heard(&mut client, "r1", "Half").await;
    client.ok("chat.abort", json!({"sessionKey": "main", "runId": "r1"})).await;
    client.catch_up().await;
    let last = client.raw.frames().iter().rfind(|frame| frame["id"] == id.as_str()).cloned().unwrap();
    let last = if last["ok"] == false { last } else { client.raw.answer(&id).await };
    assert_eq!(
        (&last["error"]["code"], &last["error"]["message"]),
        (&json!("UNAVAILABLE"), &json!("the run ended: aborted"))
    );
}

/// X-10, M-12, F-25, F-26: an agent answers in its own session, with its own model; a session belongs to one agent.
#[tokio::test]
async fn each_agent_runs_in_its_own_sessions() {
    let model = FakeModel::start();
    let agents = json!({"list": [{"id": "main", "default": true}, {"id": "ada", "model": "fake/echo-2"}]});
    let gateway = InProcess::with(&model.config_with(json!({"agents": agents})), |_| {}).await;
    let mut client = gateway.op(&Device::new("a"), &["operator.admin"]).await;
    client
        .ok("agents.files.set", json!({"agentId": "ada", "name": "MEMORY.md", "content": "remember the lighthouse"}))
        .await;
    let listed = client.ok("agents.list", json!({})).await;
    let ids: Vec<_> = listed["agents"].as_array().unwrap().iter().map(|agent| agent["id"].clone()).collect();
    assert_eq!((&listed["defaultId"], ids), (&json!("main"), vec![json!("main"), json!("ada")]));
    for (number, (key, params, session)) in [
        ("r1", json!({"agentId": "ada"}), "agent:ada:main"),
        ("r2", json!({"agentId": "ada", "sessionKey": "work"}), "agent:ada:work"),
        ("r3", json!({"sessionKey": "agent:ada:work"}), "agent:ada:work"),
        ("r4", json!({}), MAIN),
    ]
    .into_iter()
    .enumerate()
    {
        let mut all = run("hi", key);
        all.as_object_mut().unwrap().extend(params.as_object().unwrap().clone());
        let id = client.post("agent", all).await;
        both(&mut client, &id).await;
        let end = end_of(&mut client, key).await;
        let agent = session.split(':').nth(1).unwrap();
        assert_eq!((&end["sessionKey"], &end["agentId"]), (&json!(session), &json!(agent)), "{key}");
        let asked = model.request(number).await;
        assert_eq!(asked.body["model"], if agent == "ada" { "echo-2" } else { "echo-1" }, "{key}");
        let knows = asked.texts()[0].1.contains("lighthouse");
        assert_eq!(knows, agent == "ada", "{key}: the workspace is the agent's own");
    }
    for (params, told) in [
        (json!({"agentId": "nobody"}), "unknown agent id: nobody"),
        (json!({"channel": "carrier-pigeon"}), "unknown channel: carrier-pigeon"),
        (json!({"sessionId": "nobody"}), "No session found: nobody"),
        (json!({"thinking": "deeply"}), "thinking must be off, minimal, low, medium, high or xhigh"),
    ] {
        // A key of its own each: a refusal is an answer, and a key gets the answer it got.
        let mut all = run("hi", &format!("refused: {told}"));
        all.as_object_mut().unwrap().extend(params.as_object().unwrap().clone());
        let error = client.err("agent", all).await;
        assert_eq!((&error["code"], &error["message"]), (&json!("INVALID_REQUEST"), &json!(told)));
    }
    let mut mixed = run("hi", "mixed");
    mixed["agentId"] = json!("main");
    mixed["sessionKey"] = json!("agent:ada:work");
    assert_eq!(client.err("agent", mixed).await["code"], "INVALID_REQUEST");
    assert_eq!(model.requests().len(), 4);
}

/// a session is found by its id; instructions and the model of one run reach the model.
#[tokio::test]
async fn a_run_has_settings_of_its_own() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let mut client = writer(&gateway, "a").await;
    say(&mut client, "work", "r1", "hi").await;
    end_of(&mut client, "r1").await;
    let session_id = client.ok("chat.history", json!({"sessionKey": "work"})).await["sessionId"].clone();
    let mut params = run("again", "r2");
    params["sessionId"] = session_id;
    params["extraSystemPrompt"] = json!("Speak like a lighthouse.");
    params["model"] = json!("fake/echo-2");
    params["thinking"] = json!("high");
    let id = client.post("agent", params).await;
    both(&mut client, &id).await;
    let asked = model.request(1).await;
    assert_eq!((&asked.body["model"], &asked.body["reasoning_effort"]), (&json!("echo-2"), &json!("high")));
    assert!(asked.texts()[0].1.contains("Speak like a lighthouse."));
    let end = end_of(&mut client, "r2").await;
    assert_eq!((&end["sessionKey"], words(&end["message"])), (&json!("agent:main:work"), "again".to_owned()));
    say(&mut client, "work", "r3", "and now").await;
    end_of(&mut client, "r3").await;
    let later = model.request(2).await;
    assert_eq!((&later.body["model"], later.body.get("reasoning_effort")), (&json!("echo-1"), None));
    assert!(!later.texts()[0].1.contains("lighthouse"));
}
