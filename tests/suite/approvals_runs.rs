//! A run wants to run a command: it waits for a person, goes on with the answer, and takes its question back when it is
//! stopped (X-35…X-37, P24).
#![cfg(unix)]

use serde_json::{Value, json};

use crate::harness::{Client, Device, FakeModel, InProcess, Turn};

const KEY: &str = "agent:main:main";

async fn start(model: &FakeModel) -> InProcess {
    let path = std::env::var("PATH").unwrap_or_else(|_| "/usr/bin:/bin".to_owned());
    InProcess::with(&model.config(), |options| drop(options.command_env.insert("PATH".to_owned(), path))).await
}

async fn admin(gateway: &InProcess, name: &str) -> Client {
    gateway.op(&Device::new(name), &["operator.admin"]).await
}

async fn say(client: &mut Client, run_id: &str) {
    let params = json!({"sessionKey": KEY, "message": "do it", "idempotencyKey": run_id});
    client.ok("chat.send", params).await;
}

/// The question that a run asks.
async fn question(client: &mut Client, run_id: &str) -> Value {
    client.event("exec.approval.requested", |event| event["request"]["runId"] == run_id).await
}

async fn ended(client: &mut Client, run_id: &str) -> Value {
    client.ok("agent.wait", json!({"runId": run_id, "timeoutMs": 20_000})).await
}

fn tool_result(model: &FakeModel) -> String {
    let last = model.requests().pop().expect("a request");
    last.messages().iter().filter(|message| message["role"] == "tool").map(Value::to_string).collect()
}

#[tokio::test]
async fn a_run_goes_on_with_the_answer_and_the_plan_that_was_shown_runs() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let (mut desk, mut phone) = (admin(&gateway, "desk").await, admin(&gateway, "phone").await);
    for (run_id, decision, told) in [("r1", "deny", "denied"), ("r2", "allow-once", "made by the tool")] {
        model.push(Turn::new().tool_call("exec", json!({"argv": ["echo", "made by the tool"]})));
        model.push(Turn::say("done"));
        say(&mut desk, run_id).await;
        let shown = question(&mut phone, run_id).await;
        let request = &shown["request"];
        assert_eq!((&request["agentId"], &request["sessionKey"]), (&json!("main"), &json!(KEY)));
        assert_eq!(request["command"], "echo 'made by the tool'");
        assert!(request["toolCallId"].is_string() && request["sessionId"].is_string(), "{request}");
        let hash = &request["systemRunBinding"]["planHash"];
        let answer = json!({"id": shown["id"], "decision": decision, "planHash": hash});
        phone.ok("exec.approval.resolve", answer).await;
        assert_eq!(ended(&mut desk, run_id).await["status"], "ok");
        let seen = tool_result(&model);
        assert!(seen.contains(told), "{decision}: {seen}");
    }
}

/// To stop is not to deny: nobody has answered, and nothing waits any more.
#[tokio::test]
async fn a_stopped_run_takes_its_question_back() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let (mut desk, mut phone) = (admin(&gateway, "desk").await, admin(&gateway, "phone").await);
    model.push(Turn::new().tool_call("exec", json!({"argv": ["echo", "x"]})));
    say(&mut desk, "r1").await;
    let shown = question(&mut phone, "r1").await;
    desk.ok("chat.abort", json!({"sessionKey": KEY, "runId": "r1"})).await;
    let told = phone.event("exec.approval.resolved", |event| event["id"] == shown["id"]).await;
    assert_eq!((&told["resolvedBy"], &told["terminalReason"]), (&Value::Null, &json!("cancelled")));
    let late = phone.err("exec.approval.resolve", json!({"id": shown["id"], "decision": "allow-once"})).await;
    assert_eq!(late["message"], "unknown or expired approval id");
    assert_eq!(phone.ok("exec.approval.list", json!({})).await, json!([]));
    let decided = desk.ok("exec.approval.waitDecision", json!({"id": shown["id"]})).await;
    assert_eq!((&decided["decision"], &decided["terminalReason"]), (&Value::Null, &json!("cancelled")));
}

/// Nobody answers: the run is told so and goes on without the command.
#[tokio::test]
async fn a_run_that_nobody_answers_goes_on_without_the_command() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let (mut desk, mut phone) = (admin(&gateway, "desk").await, admin(&gateway, "phone").await);
    model.push(Turn::new().tool_call("exec", json!({"argv": ["echo", "secret output"]})));
    model.push(Turn::say("done"));
    say(&mut desk, "r1").await;
    question(&mut phone, "r1").await;
    gateway.clock.advance_ms(120_000);
    assert_eq!(ended(&mut desk, "r1").await["status"], "ok");
    let seen = tool_result(&model);
    assert!(seen.contains("nobody approved it in time"), "{seen}");
}

/// What a conversation says about commands opens something only when an administrator said it.
#[tokio::test]
async fn only_an_administrator_opens_a_conversation() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let mut desk = admin(&gateway, "desk").await;
    let mut writer = gateway.op(&Device::new("writer"), &["operator.write"]).await;
    let open = json!({"key": KEY, "execSecurity": "full", "execAsk": "off"});
    desk.ok("sessions.create", json!({"key": KEY})).await;
    let error = writer.err("sessions.patch", open.clone()).await;
    assert_eq!(error["details"]["missingScope"], "operator.admin", "{error}");
    desk.ok("sessions.patch", open).await;
    model.push(Turn::new().tool_call("exec", json!({"command": "echo open && echo door"})));
    model.push(Turn::say("done"));
    say(&mut desk, "r1").await;
    assert_eq!(ended(&mut desk, "r1").await["status"], "ok");
    let seen = tool_result(&model);
    assert!(seen.contains("door"), "{seen}");
    assert_eq!(desk.events("exec.approval.requested"), [] as [Value; 0]);
}
