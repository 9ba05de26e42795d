//! `wizard.*`: setup without a screen (`methods.md §11`).

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::models::Refusing;
use crate::harness::{Client, Device, FakeModel, InProcess, TestGateway, assert_keys, files_below, until};

const KEY: &str = "sk-wizard-canary-93be1c";
const PASSWORD: &str = "correct horse canary";

async fn admin(gateway: &TestGateway) -> Client {
    gateway.op(&Device::new("admin"), &["operator.admin"]).await
}

fn config_of(gateway: &TestGateway) -> PathBuf {
    gateway.state_dir().join("postern.json")
}

fn text_of(gateway: &TestGateway) -> String {
    std::fs::read_to_string(config_of(gateway)).unwrap()
}

/// What `postern config get` makes of the file.
fn written(gateway: &TestGateway) -> Value {
    let state = gateway.state_dir();
    crate::harness::run(&["config", "get", "--json"], &[("POSTERN_STATE_DIR", state.to_str().unwrap())]).json()
}

async fn start(client: &mut Client) -> (Value, Value) {
    let begun = client.ok("wizard.start", json!({})).await;
    assert_eq!((&begun["done"], &begun["status"]), (&json!(false), &json!("running")), "{begun}");
    (begun["sessionId"].clone(), begun["step"].clone())
}

async fn answer(client: &mut Client, id: &Value, step: &str, value: Value) -> Result<Value, Value> {
    client.call("wizard.next", json!({"sessionId": id, "answer": {"stepId": step, "value": value}})).await
}

/// Answers every question, each by its step; returns the last answer and the steps that were asked.
async fn drive(client: &mut Client, id: &Value, answers: &[(&str, Value)]) -> (Value, Vec<Value>) {
    let mut steps = Vec::new();
    let mut last = Value::Null;
    for (step, value) in answers {
        last = answer(client, id, step, value.clone()).await.unwrap_or_else(|error| panic!("{step}: {error}"));
        steps.push(last["step"].clone());
    }
    (last, steps)
}

/// driven to the end without a screen: the configuration is written and valid, comments stay, the key is in the
/// credential store and nowhere else.
#[tokio::test]
async fn driven_to_the_end_it_writes_what_was_chosen() {
    let model = FakeModel::start();
    model.require_key(KEY);
    let provider = model.provider(crate::harness::Api::OpenAi);
    let config = format!(
        "// mine\n{{ models: {{ discovery: {{ enabled: false }}, /* kept */ providers: {{ fake: {provider} }} }} }}\n"
    );
    let gateway = TestGateway::builder().config(&config).start();
    let mut client = admin(&gateway).await;
    let (id, first) = start(&mut client).await;
    assert_eq!(
        (&first["id"], &first["type"], &first["initialValue"]),
        (&json!("auth"), &json!("select"), &json!("token"))
    );
    let (before_key, steps) = drive(
        &mut client,
        &id,
        &[
            ("auth", json!("password")),
            ("password", json!(PASSWORD)),
            ("bind", json!("lan")),
            ("tls", json!(false)),
            ("provider", json!("fake")),
        ],
    )
    .await;
    assert_eq!((&steps[0]["id"], &steps[0]["sensitive"]), (&json!("password"), &json!(true)));
    assert_eq!((&before_key["step"]["id"], &before_key["step"]["sensitive"]), (&json!("apiKey"), &json!(true)));
    let (end, steps) = drive(
        &mut client,
        &id,
        &[("apiKey", json!(KEY)), ("model", json!("echo-1")), ("service", json!(true)), ("summary", json!(true))],
    )
    .await;
    assert!(steps[0]["message"].as_str().unwrap().contains("takes the key"), "{}", steps[0]);
    let summary = steps[2]["message"].as_str().unwrap();
    for told in ["with a password", "local network", "fake/echo-1", "postern.json"] {
        assert!(summary.contains(told), "{told}: {summary}");
    }
    assert!(!summary.contains(PASSWORD) && !summary.contains(KEY), "{summary}");
    assert_eq!((&end["done"], &end["status"]), (&json!(true), &json!("done")), "{end}");
    assert_eq!((&end["step"]["type"], &end["step"]["executor"]), (&json!("action"), &json!("client")), "{end}");
    let text = text_of(&gateway);
    assert!(text.starts_with("// mine\n") && text.contains("/* kept */"), "{text}");
    let settings = written(&gateway);
    assert_eq!(settings["gateway"]["auth"]["mode"], "password");
    assert_eq!((&settings["gateway"]["bind"], &settings["gateway"]["tls"]["enabled"]), (&json!("lan"), &json!(false)));
    assert_eq!(settings["agents"]["defaults"]["model"], "fake/echo-1");
    let state = gateway.state_dir();
    let valid = crate::harness::run(&["config", "validate"], &[("POSTERN_STATE_DIR", state.to_str().unwrap())]);
    assert_eq!(valid.code, 0, "{valid:?}");
    secrets_are_where_they_belong(&gateway);
}

/// And nothing else has heard of them.
fn secrets_are_where_they_belong(gateway: &TestGateway) {
    let state = gateway.state_dir();
    assert!(!gateway.log().contains(KEY) && !gateway.log().contains(PASSWORD));
    let mut kept = 0;
    for file in files_below(&state) {
        let holds = |secret: &str| {
            std::fs::read(&file).is_ok_and(|bytes| bytes.windows(secret.len()).any(|part| part == secret.as_bytes()))
        };
        let name = file.strip_prefix(&state).unwrap().display().to_string();
        assert!(!holds(KEY) || name.starts_with("credentials"), "{name} holds the key");
        kept += usize::from(holds(KEY));
        assert!(!holds(PASSWORD) || name.starts_with("postern"), "{name} holds the password");
    }
    assert_eq!(kept, 1, "the key is kept once");
}

/// cancelled, disconnected or refused at the end: the configuration is byte for byte what it was, no key is kept.
#[tokio::test]
async fn what_ends_early_leaves_nothing_behind() {
    let model = FakeModel::start();
    let gateway = TestGateway::builder().config(&model.config()).start();
    let before = text_of(&gateway);
    let mut client = admin(&gateway).await;
    let answers = [
        ("auth", json!("password")),
        ("password", json!(PASSWORD)),
        ("bind", json!("lan")),
        ("tls", json!(true)),
        ("provider", json!("fake")),
        ("apiKey", json!(KEY)),
        ("model", json!("echo-1")),
        ("service", json!(true)),
    ];
    let unchanged = |how: &str| {
        assert_eq!(text_of(&gateway), before, "{how}");
        for file in files_below(&gateway.state_dir()) {
            let bytes = std::fs::read(&file).unwrap_or_default();
            let holds = |secret: &str| bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!holds(KEY) && !holds(PASSWORD), "{how}: {}", file.display());
        }
    };
    for so_far in [0, 3, 6, answers.len()] {
        let (id, _) = start(&mut client).await;
        drive(&mut client, &id, &answers[..so_far]).await;
        let ended = client.ok("wizard.cancel", json!({"sessionId": id})).await;
        assert_eq!(ended["status"], "cancelled");
        assert_eq!(client.ok("wizard.status", json!({"sessionId": id})).await["status"], "cancelled");
        let late = answer(&mut client, &id, "auth", json!("token")).await.unwrap_err();
        assert_eq!(late["message"], "wizard not running");
        unchanged(&format!("cancelled after {so_far} answers"));
    }
    let (id, _) = start(&mut client).await;
    let (_, _) = drive(&mut client, &id, &answers).await;
    let ended = answer(&mut client, &id, "summary", json!(false)).await.unwrap();
    assert_eq!((&ended["done"], &ended["status"]), (&json!(true), &json!("cancelled")));
    unchanged("not confirmed");
    // Its client goes: the next one need not wait.
    let mut other = gateway.op(&Device::new("other"), &["operator.admin"]).await;
    let (id, _) = start(&mut other).await;
    drive(&mut other, &id, &answers).await;
    assert_eq!(client.err("wizard.start", json!({})).await["message"], "wizard already running");
    drop(other);
    let free = async { while client.call("wizard.start", json!({})).await.is_err() {} };
    tokio::time::timeout(crate::harness::DEADLINE, free).await.unwrap();
    let gone = client.ok("wizard.status", json!({"sessionId": id})).await;
    assert_eq!((&gone["status"], &gone["error"]), (&json!("cancelled"), &json!("its client disconnected")));
    unchanged("disconnected");
}

/// One at a time; what is not known is not found; only admins may.
#[tokio::test]
async fn there_is_one_at_a_time() {
    let gateway = TestGateway::builder().config("{models: {discovery: {enabled: false}}}").start();
    let mut client = admin(&gateway).await;
    let (id, _) = start(&mut client).await;
    let second = client.err("wizard.start", json!({})).await;
    assert_eq!((&second["code"], &second["message"]), (&json!("UNAVAILABLE"), &json!("wizard already running")));
    for (method, more) in [("wizard.next", json!({})), ("wizard.cancel", json!({})), ("wizard.status", json!({}))] {
        let mut params = more;
        params["sessionId"] = json!("nobody");
        let error = client.err(method, params).await;
        assert_eq!(
            (&error["code"], &error["message"], &error["details"]["code"]),
            (&json!("INVALID_REQUEST"), &json!("wizard not found"), &json!("WIZARD_NOT_FOUND")),
            "{method}"
        );
    }
    // Without an answer the question is asked again.
    let again = client.ok("wizard.next", json!({"sessionId": id})).await;
    assert_eq!(again["step"]["id"], "auth");
    assert_keys(&again, &["done", "step", "status"]);
    // Finished: it can be asked how it went, cancelling changes nothing, and the next one may begin.
    let usual = [("auth", json!("token")), ("bind", json!("loopback")), ("provider", json!("skip"))];
    drive(&mut client, &id, &usual).await;
    drive(&mut client, &id, &[("service", json!(false)), ("summary", json!(true))]).await;
    assert_eq!(client.ok("wizard.status", json!({"sessionId": id})).await, json!({"status": "done"}));
    assert_eq!(client.ok("wizard.cancel", json!({"sessionId": id})).await, json!({"status": "done"}));
    start(&mut client).await;
    let mut reader = gateway.op(&Device::new("reader"), &["operator.read", "operator.write"]).await;
    assert!(reader.err("wizard.start", json!({})).await["message"].as_str().unwrap().contains("operator.admin"));
}

/// Answers are judged one by one; a refusal names the question, never the answer, and the question waits on.
#[tokio::test]
async fn wrong_answers_are_refused_with_what_to_answer() {
    let gateway = TestGateway::builder().config("{models: {discovery: {enabled: false}}}").start();
    let before = text_of(&gateway);
    let mut client = admin(&gateway).await;
    let remote = client.err("wizard.start", json!({"mode": "remote"})).await;
    assert!(remote["message"].as_str().unwrap().contains("mode"), "{remote}");
    let (id, _) = start(&mut client).await;
    let wrong = async |client: &mut Client, step: &str, value: Value, field: &str, words: &str| {
        let error = answer(client, &id, step, value.clone()).await.unwrap_err();
        let message = error["message"].as_str().unwrap();
        assert_eq!(error["code"], "INVALID_REQUEST", "{error}");
        assert!(message.starts_with(&format!("{field}: ")) && message.contains(words), "{message}");
        assert!(value.as_str().is_none_or(|text| text.len() < 6 || !message.contains(text)), "{message}");
    };
    wrong(&mut client, "bind", json!("lan"), "stepId", "`auth`").await;
    wrong(&mut client, "auth", json!("canary-mode"), "auth", "token, password, trusted-proxy, none").await;
    wrong(&mut client, "auth", json!(7), "auth", "one of").await;
    drive(&mut client, &id, &[("auth", json!("password"))]).await;
    wrong(&mut client, "password", json!("short"), "password", "8").await;
    wrong(&mut client, "password", json!("${HOME}/canary"), "password", "must not").await;
    wrong(&mut client, "password", json!(["canary-list"]), "password", "text").await;
    drive(&mut client, &id, &[("password", json!(PASSWORD)), ("bind", json!("lan"))]).await;
    wrong(&mut client, "tls", json!("yes"), "tls", "true or false").await;
    client.ok("wizard.cancel", json!({"sessionId": id})).await;
    // Nobody is asked: then only this machine may come.
    let (id, _) = start(&mut client).await;
    drive(&mut client, &id, &[("auth", json!("none"))]).await;
    let open = answer(&mut client, &id, "bind", json!("lan")).await.unwrap_err();
    assert!(open["message"].as_str().unwrap().starts_with("bind: must be loopback"), "{open}");
    let (next, _) = drive(&mut client, &id, &[("bind", json!("loopback"))]).await;
    assert_eq!(next["step"]["id"], "provider", "no encryption is asked about on this machine");
    client.ok("wizard.cancel", json!({"sessionId": id})).await;
    // A proxy must be named.
    let (id, _) = start(&mut client).await;
    drive(&mut client, &id, &[("auth", json!("trusted-proxy"))]).await;
    for bad in ["", "0.0.0.0/0", "proxy.example.org"] {
        let error = answer(&mut client, &id, "proxies", json!(bad)).await.unwrap_err();
        assert!(error["message"].as_str().unwrap().starts_with("proxies: must"), "{error}");
    }
    drive(&mut client, &id, &[("proxies", json!("127.0.0.1, 10.0.0.0/8"))]).await;
    let error = answer(&mut client, &id, "userHeader", json!("x user")).await.unwrap_err();
    assert!(error["message"].as_str().unwrap().starts_with("userHeader: "), "{error}");
    assert_eq!(text_of(&gateway), before);
}

/// A key that its provider refuses is not taken, and the question waits on; the provider's words are told without it.
#[tokio::test]
async fn a_refused_key_is_not_taken() {
    let provider = Refusing::start();
    let gateway = TestGateway::builder().config(&provider.config().to_string()).start();
    let mut client = admin(&gateway).await;
    let (id, _) = start(&mut client).await;
    let answers = [("auth", json!("token")), ("bind", json!("loopback")), ("provider", json!("refusing"))];
    let (asked, _) = drive(&mut client, &id, &answers).await;
    assert_eq!(asked["step"]["id"], "apiKey");
    for wrong in [json!(KEY), json!("two words"), json!("short")] {
        let error = answer(&mut client, &id, "apiKey", wrong.clone()).await.unwrap_err();
        assert_eq!(error["code"], "INVALID_REQUEST", "{error}");
        let message = error["message"].as_str().unwrap();
        assert!(message.starts_with("apiKey: ") && !message.contains(KEY), "{message}");
    }
    let (next, _) = drive(&mut client, &id, &[("apiKey", json!(""))]).await;
    assert_eq!(next["step"]["id"], "model", "it needs none");
    assert!(!gateway.log().contains(KEY));
}

/// Nobody answers: it ends by itself.
#[tokio::test]
async fn one_that_nobody_answers_ends() {
    let limits = postern_gateway::Limits { wizard_timeout: Duration::from_millis(20), ..Default::default() };
    let gateway = InProcess::with("{models: {discovery: {enabled: false}}}", |options| options.limits = limits).await;
    let mut client = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let begun = client.ok("wizard.start", json!({})).await;
    let ended = async {
        loop {
            let status = client.ok("wizard.status", json!({"sessionId": begun["sessionId"]})).await;
            if status["status"] != "running" {
                break status;
            }
        }
    };
    let ended = tokio::time::timeout(crate::harness::DEADLINE, ended).await.unwrap();
    assert_eq!(ended["status"], "cancelled");
    assert!(ended["error"].as_str().unwrap().contains("nobody answered"), "{ended}");
    client.ok("wizard.start", json!({})).await;
}

/// A file with mistakes is mended first; a restart forgets a wizard.
#[tokio::test]
async fn a_broken_file_comes_first_and_a_restart_forgets() {
    let broken = TestGateway::builder().config("{gateway: {port: 'canary-port'}}").start();
    let error = admin(&broken).await.err("wizard.start", json!({})).await;
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("gateway.port") && message.contains("postern config edit"), "{message}");
    assert!(!message.contains("canary"), "{message}");
    let gateway = TestGateway::builder().config("{models: {discovery: {enabled: false}}}").start();
    let mut client = admin(&gateway).await;
    let (id, _) = start(&mut client).await;
    let gateway = gateway.restart();
    let error = admin(&gateway).await.err("wizard.status", json!({"sessionId": id})).await;
    assert_eq!(error["message"], "wizard not found");
    until("the folder of the gateway", || gateway.state_dir().exists().then_some(())).await;
}
