//! Providers that fail: whoever asked is told why, in words and for programs, what was said stays, and the next
//! message works (`frames-and-events.md §5`).

use serde_json::{Value, json};

use crate::harness::{Api, Client, DEADLINE, Device, Endpoint, FakeModel, InProcess, Turn};

/// A client that reads and writes.
pub(super) async fn writer(at: &Endpoint, name: &str) -> Client {
    at.op(&Device::new(name), &["operator.read", "operator.write"]).await
}

/// Says something in a session; the key names the run.
pub(super) async fn say(client: &mut Client, session: &str, key: &str, text: &str) -> Value {
    client.ok("chat.send", json!({"sessionKey": session, "message": text, "idempotencyKey": key})).await
}

/// The one `chat` event that tells how a run ended.
pub(super) async fn end_of(client: &mut Client, run: &str) -> Value {
    client.event("chat", |event| event["runId"] == run && is_end(event)).await
}

pub(super) fn is_end(event: &Value) -> bool {
    matches!(event["state"].as_str(), Some("final" | "aborted" | "error"))
}

/// Says something and waits for the end of the run.
pub(super) async fn ask(client: &mut Client, session: &str, key: &str, text: &str) -> Value {
    assert_eq!(say(client, session, key, text).await, json!({"runId": key, "status": "started"}));
    end_of(client, key).await
}

/// `(role, text)` of everything that was said in a session.
pub(super) async fn history(client: &mut Client, session: &str) -> Vec<(String, String)> {
    let page = client.ok("chat.history", json!({"sessionKey": session, "limit": 1000})).await;
    let messages = page["messages"].as_array().unwrap_or_else(|| panic!("no messages: {page}")).clone();
    messages.iter().map(|message| (message["role"].as_str().unwrap().to_owned(), words(message))).collect()
}

/// The text of a message.
pub(super) fn words(message: &Value) -> String {
    match &message["content"] {
        Value::String(text) => text.clone(),
        blocks => blocks.as_array().into_iter().flatten().filter_map(|block| block["text"].as_str()).collect(),
    }
}

/// The row of a session.
pub(super) async fn row(client: &mut Client, session: &str) -> Value {
    let list = client.ok("sessions.list", json!({})).await;
    let rows = list["sessions"].as_array().unwrap();
    let own = |row: &&Value| row["key"].as_str().unwrap().ends_with(session);
    rows.iter().find(own).unwrap_or_else(|| panic!("no {session} in {list}")).clone()
}

/// Waits until no run of a session is under way; the end of a run is told a moment before.
pub(super) async fn quiet(client: &mut Client, session: &str) {
    let waiting = async { while row(client, session).await["hasActiveRun"] != false {} };
    tokio::time::timeout(DEADLINE, waiting).await.unwrap_or_else(|_| panic!("{session} does not become quiet"));
}

/// The next message is answered, and everything said so far is in the history.
pub(super) async fn the_next_message_works(client: &mut Client, session: &str, before: &[&str]) {
    let end = ask(client, session, "next", "and now?").await;
    assert_eq!(end["state"], "final", "{end}");
    // Some protocols join what was said twice in a row.
    assert!(words(&end["message"]).ends_with("and now?"), "{end}");
    let said = history(client, session).await;
    for text in before.iter().chain(&["and now?"]) {
        let users = said.iter().filter(|(role, own)| role == "user" && own == text);
        assert_eq!(users.count(), 1, "{text} in {said:?}");
    }
}

/// A configuration with `fake/echo-2` behind `fake/echo-1`.
fn with_fallback(model: &FakeModel) -> String {
    model.config_with(json!({"agents": {"defaults":
        {"model": {"primary": "fake/echo-1", "fallbacks": ["fake/echo-2"]}}}}))
}

fn models_asked(model: &FakeModel) -> Vec<String> {
    model.requests().iter().map(|request| request.body["model"].as_str().unwrap_or_default().to_owned()).collect()
}

/// DEMAND P21: a refused key ends the run at once, with the status and what to do; it is not tried again.
#[tokio::test]
async fn a_refused_key() {
    for (api, status) in Api::ALL.into_iter().flat_map(|api| [(api, 401), (api, 403)]) {
        let model = FakeModel::start();
        model.push(Turn::error(status));
        let gateway = InProcess::with(&model.config_for(api, json!({})), |_| {}).await;
        let mut client = writer(&gateway, "a").await;
        let end = ask(&mut client, "main", "run", "hello").await;
        assert_eq!((&end["state"], &end["errorKind"]), (&json!("error"), &json!("unknown")), "{api:?}: {end}");
        let detail = &end["errorDetail"];
        assert_eq!(
            (&detail["provider"], &detail["model"], &detail["httpStatus"]),
            (&json!("fake"), &json!("echo-1"), &json!(status)),
            "{end}"
        );
        let told = end["errorMessage"].as_str().unwrap();
        assert!(told.contains("key") || told.contains("postern models auth"), "{api:?}: {told}");
        assert_eq!(model.requests().len(), 1, "a refused key is not tried again");
        the_next_message_works(&mut client, "main", &["hello"]).await;
    }
}

/// DEMAND P21: "later" is obeyed when it is soon; the client sees the answer and nothing else.
#[tokio::test]
async fn too_many_requests_then_an_answer() {
    let model = FakeModel::start();
    model.push(Turn::error(429).header("retry-after", "1"));
    let gateway = InProcess::with(&model.config(), |_| {}).await;
    let mut client = writer(&gateway, "a").await;
    let end = ask(&mut client, "main", "run", "hello").await;
    assert_eq!((&end["state"], words(&end["message"])), (&json!("final"), "hello".to_owned()), "{end}");
    assert_eq!(model.requests().len(), 2);
    assert!(client.events("agent").iter().any(|event| event["stream"] == "retry"), "the wait is told");
    the_next_message_works(&mut client, "main", &["hello"]).await;
}

/// DEMAND P21: "much later" is not waited for: the fallback answers, or the run ends as `rate_limit`.
#[tokio::test]
async fn too_many_requests_for_too_long() {
    let later = || Turn::error(429).header("retry-after", "3600");
    let model = FakeModel::start();
    model.push(later());
    let gateway = InProcess::with(&with_fallback(&model), |_| {}).await;
    let mut client = writer(&gateway, "a").await;
    let end = ask(&mut client, "main", "run", "hello").await;
    assert_eq!((&end["state"], &end["message"]["model"]), (&json!("final"), &json!("echo-2")), "{end}");
    assert_eq!(models_asked(&model), ["echo-1", "echo-2"]);

    let model = FakeModel::start();
    model.push(later());
    let gateway = InProcess::with(&model.config(), |_| {}).await;
    let mut client = writer(&gateway, "a").await;
    let end = ask(&mut client, "main", "run", "hello").await;
    assert_eq!((&end["state"], &end["errorKind"]), (&json!("error"), &json!("rate_limit")), "{end}");
    assert_eq!(end["errorDetail"]["httpStatus"], 429);
    assert_eq!(model.requests().len(), 1, "an hour is not waited for, nor is it asked again at once");
    the_next_message_works(&mut client, "main", &["hello"]).await;
}

/// X-04, DEMAND P21: a provider that is down is tried three times, then the fallback answers.
#[tokio::test]
async fn a_provider_that_is_down_is_replaced_by_the_fallback() {
    let model = FakeModel::start();
    [500, 502, 503].into_iter().for_each(|status| model.push(Turn::error(status)));
    let gateway = InProcess::with(&with_fallback(&model), |_| {}).await;
    let mut client = writer(&gateway, "a").await;
    let end = ask(&mut client, "main", "run", "hello").await;
    assert_eq!((&end["state"], &end["message"]["model"]), (&json!("final"), &json!("echo-2")), "{end}");
    assert_eq!(models_asked(&model), ["echo-1", "echo-1", "echo-1", "echo-2"]);
    the_next_message_works(&mut client, "main", &["hello"]).await;
}

/// X-04, DEMAND P21: all are down: the run ends as an error, once, for every dialect and for `agent` too.
#[tokio::test]
async fn every_provider_is_down() {
    let model = FakeModel::start();
    (0..6).for_each(|_| model.push(Turn::error(500)));
    let gateway = InProcess::with(&with_fallback(&model), |_| {}).await;
    let mut client = writer(&gateway, "a").await;
    let end = ask(&mut client, "main", "run", "hello").await;
    assert_eq!((&end["state"], &end["errorKind"]), (&json!("error"), &json!("unknown")), "{end}");
    assert_eq!((&end["errorDetail"]["httpStatus"], &end["errorDetail"]["model"]), (&json!(500), &json!("echo-1")));
    assert!(end["errorMessage"].as_str().unwrap().contains("echo-2"), "the fallback is named too: {end}");
    assert_eq!(model.requests().len(), 6);
    client.catch_up().await;
    let ends = client.events("chat").into_iter().filter(is_end).count();
    assert_eq!(ends, 1, "one end per run");
    let error = client.events("agent").into_iter().find(|event| event["data"]["phase"] == "error");
    assert_eq!(error.expect("a lifecycle error")["runId"], "run");
    let again = say(&mut client, "main", "run", "hello").await;
    assert_eq!((&again["status"], again["summary"].is_string()), (&json!("error"), true), "{again}");
    assert_eq!(model.requests().len(), 6, "the same key asks nobody again");
    let row = row(&mut client, "main").await;
    assert!(row["lastRunError"].is_string(), "{row}");
    the_next_message_works(&mut client, "main", &["hello"]).await;

    (0..6).for_each(|_| model.push(Turn::error(500)));
    let id = client.post("agent", json!({"sessionKey": "main", "message": "again", "idempotencyKey": "two"})).await;
    assert_eq!(client.raw.answer(&id).await["payload"]["status"], "accepted");
    let last = client.raw.answer(&id).await;
    assert!(last["ok"] == false || last["payload"]["status"] == "error", "{last}");
}

/// DEMAND P21: a conversation longer than the model can read is called so; nothing is repeated.
#[tokio::test]
async fn a_conversation_that_is_too_long() {
    let body = json!({"error": {"message": "This model's maximum context length is 32768 tokens.",
        "type": "invalid_request_error", "code": "context_length_exceeded"}});
    let model = FakeModel::start();
    model.push(Turn::status(400, &body.to_string()));
    let gateway = InProcess::with(&with_fallback(&model), |_| {}).await;
    let mut client = writer(&gateway, "a").await;
    let end = ask(&mut client, "main", "run", "hello").await;
    assert_eq!((&end["state"], &end["errorKind"]), (&json!("error"), &json!("context_length")), "{end}");
    assert_eq!(models_asked(&model), ["echo-1"], "the fallback reads no more than it");
    the_next_message_works(&mut client, "main", &["hello"]).await;
}

/// without a key nobody is asked, and the text says how to give one.
#[tokio::test]
async fn a_missing_key() {
    let model = FakeModel::start();
    let config = model.config_with(json!({"agents": {"defaults": {"model": "anthropic/claude-nine"}}}));
    let gateway = InProcess::with(&config, |_| {}).await;
    let mut client = writer(&gateway, "a").await;
    let end = ask(&mut client, "main", "run", "hello").await;
    assert_eq!((&end["state"], &end["errorDetail"]["provider"]), (&json!("error"), &json!("anthropic")), "{end}");
    let told = end["errorMessage"].as_str().unwrap();
    assert!(told.contains("key") && told.contains("anthropic"), "{told}");
    assert_eq!(model.requests().len(), 0);
    client.ok("sessions.patch", json!({"key": "main", "model": FakeModel::REFERENCE})).await;
    the_next_message_works(&mut client, "main", &["hello"]).await;
}
