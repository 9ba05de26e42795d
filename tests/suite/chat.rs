//! A conversation as clients hear it: deltas, one end, history, in both generations (`methods.md §2`,
//! `frames-and-events.md §5`).

use std::time::Instant;

use postern_gateway::runs::RunState;
use serde_json::{Value, json};

use super::faults::{ask, end_of, history, is_end, say, words, writer};
use crate::harness::{Caller, Client, Connect, Device, Endpoint, FakeModel, InProcess, Turn, assert_keys};

/// The main session, in full.
pub(super) const MAIN: &str = "agent:main:main";

/// A gateway that asks this provider.
pub(super) async fn start(model: &FakeModel) -> InProcess {
    InProcess::with(&model.config(), |_| {}).await
}

/// A client of protocol 3 that reads and writes.
pub(super) async fn old_writer(at: &Endpoint, name: &str) -> Client {
    let connect = Connect::operator(&Device::new(name), &["operator.read", "operator.write"]);
    at.must(&Caller::local(), &connect.v3()).await
}

/// Events of this name about one run, so far.
pub(super) fn about(client: &Client, name: &str, run: &str) -> Vec<Value> {
    client.events(name).into_iter().filter(|event| event["runId"] == run).collect()
}

/// Deltas of one run so far.
pub(super) fn deltas(client: &Client, run: &str) -> Vec<Value> {
    about(client, "chat", run).into_iter().filter(|event| event["state"] == "delta").collect()
}

/// What protocol 4 was told of an answer, put together.
pub(super) fn told(client: &Client, run: &str) -> String {
    let mut text = String::new();
    for delta in deltas(client, run) {
        if delta["replace"] == true {
            text.clear();
        }
        text.push_str(delta["deltaText"].as_str().unwrap_or_else(|| panic!("no deltaText: {delta}")));
        if delta.get("message").is_some() {
            assert_eq!(words(&delta["message"]), text, "the whole text is what was told so far");
        }
    }
    text
}

/// Waits until the text told of a run ends so.
pub(super) async fn heard(client: &mut Client, run: &str, text: &str) {
    client
        .event("chat", |event| {
            event["runId"] == run && event["deltaText"].as_str().is_some_and(|new| new.ends_with(text))
        })
        .await;
}

/// How often the end of a run was told, everything that is on its way included.
pub(super) async fn ends(client: &mut Client, run: &str) -> usize {
    client.catch_up().await;
    about(client, "chat", run).iter().filter(|event| is_end(event)).count()
}

/// Streams and data of the agent events of a run must have numbers without holes.
#[track_caller]
pub(super) fn assert_consecutive(client: &Client, run: &str) {
    let seqs: Vec<_> = about(client, "agent", run).iter().map(|event| event["seq"].as_u64().unwrap()).collect();
    let wanted: Vec<_> = (1..=seqs.len() as u64).collect();
    assert_eq!(seqs, wanted, "{:#?}", about(client, "agent", run));
}

fn pair(role: &str, text: &str) -> (String, String) {
    (role.to_owned(), text.to_owned())
}

/// X-16, E-01, E-02, M-16: protocol 4 is told what is new, all of it now and then; one end; the answer is in the history.
#[tokio::test]
async fn an_answer_streams_in_protocol_4() {
    let model = FakeModel::start();
    model.push(Turn::new().deltas(["Hello"]).hold().deltas([", my", " friend", " 🙂"]));
    let gateway = start(&model).await;
    let mut client = writer(&gateway, "a").await;
    assert_eq!(say(&mut client, "main", "r1", "hi").await, json!({"runId": "r1", "status": "started"}));
    heard(&mut client, "r1", "Hello").await;
    let first = deltas(&client, "r1").remove(0);
    assert_keys(&first, &["runId", "sessionKey", "agentId", "seq", "state", "deltaText", "message"]);
    assert_eq!((&first["sessionKey"], &first["agentId"]), (&json!(MAIN), &json!("main")));
    assert_keys(&first["message"], &["role", "content", "timestamp"]);
    assert_eq!(first["message"]["content"], json!([{"type": "text", "text": "Hello"}]));
    model.release();
    let end = end_of(&mut client, "r1").await;
    assert_eq!((&end["state"], &end["stopReason"]), (&json!("final"), &json!("stop")));
    assert_eq!(words(&end["message"]), "Hello, my friend 🙂");
    assert_eq!(told(&client, "r1"), "Hello, my friend 🙂");
    assert!(end["usage"]["totalTokens"].as_u64().unwrap() > 0, "{end}");
    assert_eq!(ends(&mut client, "r1").await, 1);
    let seqs: Vec<_> = about(&client, "chat", "r1").iter().map(|event| event["seq"].as_u64().unwrap()).collect();
    assert!(seqs.is_sorted() && seqs[0] >= 1, "{seqs:?}");
    assert_consecutive(&client, "r1");
    let phases: Vec<_> = about(&client, "agent", "r1")
        .iter()
        .filter(|event| event["stream"] == "lifecycle")
        .map(|event| event["data"]["phase"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(phases, ["start", "model", "end"]);
    let page = client.ok("chat.history", json!({"sessionKey": "main"})).await;
    let [said, answer] = page["messages"].as_array().unwrap().as_slice() else { panic!("{page}") };
    assert_eq!((&said["role"], words(said)), (&json!("user"), "hi".to_owned()));
    assert_eq!(said["idempotencyKey"], "r1:user");
    assert_eq!((&answer["role"], words(answer)), (&json!("assistant"), "Hello, my friend 🙂".to_owned()));
    assert_eq!((&answer["provider"], &answer["model"]), (&json!("fake"), &json!("echo-1")));
    assert_eq!((&answer["stopReason"], &answer["__openclaw"]["seq"]), (&json!("stop"), &json!(2)));
}

/// E-02, M-16: protocol 3 is told the whole text each time, under the key it wrote, and nothing that it does not know.
#[tokio::test]
async fn an_answer_streams_in_protocol_3() {
    let model = FakeModel::start();
    model.push(Turn::new().deltas(["Hello"]).hold().deltas([", my", " friend"]));
    let gateway = start(&model).await;
    let mut client = old_writer(&gateway, "a").await;
    assert_eq!(say(&mut client, "Main", "r1", "hi").await["status"], "started");
    client.event("chat", |event| event["state"] == "delta").await;
    model.release();
    let end = end_of(&mut client, "r1").await;
    assert_keys(&end, &["runId", "sessionKey", "seq", "state", "message", "stopReason", "usage"]);
    assert_eq!((&end["state"], words(&end["message"])), (&json!("final"), "Hello, my friend".to_owned()));
    assert_eq!(ends(&mut client, "r1").await, 1);
    let mut last = String::new();
    for delta in deltas(&client, "r1") {
        assert_keys(&delta, &["runId", "sessionKey", "seq", "state", "message"]);
        let text = words(&delta["message"]);
        assert!(text.starts_with(&last) && text.len() > last.len(), "{last} then {text}");
        last = text;
    }
    assert_eq!(last, "Hello, my friend");
    let chat = about(&client, "chat", "r1");
    assert!(chat.iter().all(|event| event["sessionKey"] == "Main" && event["state"] != "status"), "{chat:#?}");
    let agent = about(&client, "agent", "r1");
    for event in &agent {
        assert_keys(event, &["runId", "seq", "stream", "ts", "data", "sessionKey"]);
        assert_eq!(event["sessionKey"], "Main");
    }
    let texts = agent.iter().filter(|event| event["stream"] == "assistant");
    assert_eq!(texts.clone().next_back().unwrap()["data"]["text"], "Hello, my friend");
    assert_eq!(texts.map(|event| event["data"]["delta"].as_str().unwrap()).collect::<String>(), "Hello, my friend");
    assert_consecutive(&client, "r1");
    assert_eq!(history(&mut client, "Main").await, [pair("user", "hi"), pair("assistant", "Hello, my friend")]);
}

/// E-02: words that come fast are told together; the whole text is repeated only when it has doubled.
#[tokio::test]
async fn deltas_are_merged() {
    let model = FakeModel::start();
    let long: Vec<String> = (0..3_000).map(|n| format!("word{n} ")).collect();
    model.push(Turn::new().deltas(long.iter().map(String::as_str)));
    let gateway = start(&model).await;
    let mut client = writer(&gateway, "a").await;
    let before = Instant::now();
    let end = ask(&mut client, "main", "r1", "much").await;
    let most = 3 + before.elapsed().as_millis() / 150;
    let count = deltas(&client, "r1").len();
    assert!((count as u128) <= most, "{count} deltas where {most} are enough");
    assert_eq!(told(&client, "r1"), long.concat());
    assert_eq!(words(&end["message"]), long.concat());

    let base = "x".repeat(20);
    let pieces = [base.as_str(), "1234567890", "abcdefghij", "ABCDEFGHIJ"];
    let turn = pieces.iter().fold(Turn::new(), |turn, piece| turn.deltas([*piece]).hold());
    model.push(turn);
    say(&mut client, "main", "r2", "slowly").await;
    for piece in pieces {
        heard(&mut client, "r2", piece).await;
        model.release_of(1).await;
    }
    end_of(&mut client, "r2").await;
    let whole: Vec<_> = deltas(&client, "r2").iter().map(|delta| delta.get("message").is_some()).collect();
    assert_eq!(whole, [true, false, true, false]);
    assert_eq!(told(&client, "r2"), pieces.concat());
}

/// whoever hears the end finds the answer in the history, and the run is over.
#[tokio::test]
async fn the_end_is_told_after_it_is_written() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let (mut client, mut other) = (writer(&gateway, "a").await, writer(&gateway, "b").await);
    for n in 0..20 {
        let run = format!("r{n}");
        say(&mut client, "main", &run, &run).await;
        end_of(&mut other, &run).await;
        assert_eq!(history(&mut other, "main").await.len(), 2 * (n + 1));
    }
}

/// nothing said is refused and leaves nothing; the same key can be used for what is said then.
#[tokio::test]
async fn an_empty_message_is_refused() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    for (name, mut client) in [("v4", writer(&gateway, "a").await), ("v3", old_writer(&gateway, "a").await)] {
        for text in ["", "  \n "] {
            let params = json!({"sessionKey": name, "message": text, "idempotencyKey": name});
            let error = client.err("chat.send", params).await;
            assert_eq!(
                (&error["code"], &error["message"]),
                (&json!("INVALID_REQUEST"), &json!("message or attachment required"))
            );
        }
        assert_eq!(history(&mut client, name).await, []);
        assert_eq!(ask(&mut client, name, name, "hi").await["state"], "final");
    }
}

/// a session that denies messages takes none, whichever method brings them; the model is not asked.
#[tokio::test]
async fn a_session_may_take_no_messages() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let mut client = gateway.op(&Device::new("a"), &["operator.admin"]).await;
    client.ok("sessions.patch", json!({"key": "main", "sendPolicy": "deny"})).await;
    for (method, key) in [("chat.send", "sessionKey"), ("sessions.send", "key"), ("agent", "sessionKey")] {
        let mut params = json!({"message": "hi", "idempotencyKey": method});
        params[key] = json!("main");
        assert_eq!(client.err(method, params).await["message"], "send blocked by session policy", "{method}");
    }
    client.ok("sessions.patch", json!({"key": "main", "sendPolicy": null})).await;
    assert_eq!(ask(&mut client, "main", "later", "hi").await["state"], "final");
    assert_eq!(model.requests().len(), 1);
}

/// without a model the built-in assistant answers, says what it is, and streams like any other.
#[tokio::test]
async fn without_a_model_the_built_in_assistant_answers() {
    let gateway = InProcess::with("{models: {discovery: {enabled: false}}}", |_| {}).await;
    let (mut new, mut old) = (writer(&gateway, "a").await, old_writer(&gateway, "b").await);
    let end = ask(&mut new, "main", "r1", "Who are you?").await;
    assert_eq!(end["state"], "final", "{end}");
    let text = words(&end["message"]);
    assert!(text.contains("model"), "{text}");
    assert_eq!(told(&new, "r1"), text);
    assert_eq!((&end["message"]["provider"], &end["message"]["model"]), (&json!("postern"), &json!("assistant")));
    assert!(end.get("usage").is_none(), "it takes no tokens: {end}");
    assert_eq!(words(&end_of(&mut old, "r1").await["message"]), text);
    assert_eq!(words(&deltas(&old, "r1")[0]["message"]), text);
    assert_eq!(history(&mut new, "main").await, [pair("user", "Who are you?"), pair("assistant", &text)]);
}

/// slash commands answer with and without a model, end like any run, and are not read to a model.
#[tokio::test]
async fn slash_commands_answer() {
    let model = FakeModel::start();
    let with = start(&model).await;
    let without = InProcess::with("{models: {discovery: {enabled: false}}}", |_| {}).await;
    for gateway in [&with, &without] {
        let mut client = gateway.op(&Device::new("a"), &["operator.admin"]).await;
        for command in ["/help", "/status", "/model", "/usage", "/tools", "/nonsense"] {
            let end = ask(&mut client, "main", command, command).await;
            if command == "/nonsense" && end["message"]["provider"] == "fake" {
                continue;
            }
            assert_eq!((&end["state"], &end["message"]["model"]), (&json!("final"), &json!("assistant")), "{end}");
            assert!(!words(&end["message"]).trim().is_empty(), "{command}");
        }
    }
    let asked: Vec<_> = model.requests().iter().map(|request| request.user_text()).collect();
    assert!(asked.iter().all(|text| text == "/nonsense"), "{asked:?}");
    let mut client = writer(&with, "b").await;
    ask(&mut client, "main", "after", "what now?").await;
    let last = model.requests().pop().unwrap();
    assert!(!last.texts().iter().any(|(role, text)| role != "system" && text.contains("/help")), "{:?}", last.texts());
}

/// `/new` begins anew: what was said before is not read to the model any more.
#[tokio::test]
async fn a_command_begins_anew() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let mut client = gateway.op(&Device::new("a"), &["operator.admin"]).await;
    ask(&mut client, "main", "r1", "the secret word is apple").await;
    let before = client.ok("chat.history", json!({"sessionKey": "main"})).await["sessionId"].clone();
    assert_eq!(ask(&mut client, "main", "r2", "/new").await["state"], "final");
    ask(&mut client, "main", "r3", "what is the word?").await;
    let asked = model.request(1).await;
    assert!(!asked.texts().iter().any(|(_, text)| text.contains("apple")), "{:?}", asked.texts());
    assert_ne!(client.ok("chat.history", json!({"sessionKey": "main"})).await["sessionId"], before);
}

/// sixteen sessions answer at the same time, none mixed up with another.
#[tokio::test]
async fn sessions_answer_at_the_same_time() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let mut clients = Vec::new();
    for n in 0..16 {
        let mut client = writer(&gateway, &format!("device {n}")).await;
        let text = format!("question {n} end");
        model.push_for(&text, Turn::new().deltas([text.as_str()]).hold().deltas([" answered"]));
        say(&mut client, &format!("s{n}"), &format!("r{n}"), &text).await;
        clients.push((n, client, text));
    }
    for (n, client, text) in &mut clients {
        heard(client, &format!("r{n}"), text).await;
    }
    assert_eq!(gateway.running.services().runs.live(), 16);
    for number in 0..16 {
        model.release_of(number).await;
    }
    for (n, mut client, text) in clients {
        let run = format!("r{n}");
        let end = end_of(&mut client, &run).await;
        assert_eq!(words(&end["message"]), format!("{text} answered"));
        assert_eq!(told(&client, &run), format!("{text} answered"));
        let record = gateway.running.services().runs.find(&run).await.unwrap().unwrap().ended().await;
        assert_eq!(record.state, RunState::Ok);
    }
}

/// a client that arrives in the middle finds what was said so far.
#[tokio::test]
async fn a_late_client_joins_in() {
    let model = FakeModel::start();
    model.push(Turn::new().deltas(["so", " far"]).hold().deltas([" so good"]));
    let gateway = start(&model).await;
    let mut first = writer(&gateway, "a").await;
    say(&mut first, "main", "r1", "hi").await;
    heard(&mut first, "r1", "far").await;
    let mut late = writer(&gateway, "b").await;
    let page = late.ok("chat.history", json!({"sessionKey": "main"})).await;
    let flight = &page["inFlightRun"];
    assert_eq!((&flight["runId"], &flight["text"]), (&json!("r1"), &json!("so far")), "{page}");
    assert_eq!(page["sessionInfo"]["activeRunIds"], json!(["r1"]));
    model.release();
    let end = end_of(&mut late, "r1").await;
    assert_eq!(words(&end["message"]), "so far so good");
    let rest: String = deltas(&late, "r1").iter().map(|delta| delta["deltaText"].as_str().unwrap()).collect();
    assert_eq!(rest, " so good");
    assert_eq!(late.ok("chat.history", json!({"sessionKey": "main"})).await.get("inFlightRun"), None);
}
