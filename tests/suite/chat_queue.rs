//! Messages that arrive while another is answered: one after the other, together, into the running answer, instead of
//! it (`methods.md §2`, queueMode).

use serde_json::{Value, json};

use super::chat::{MAIN, about, ends, heard, start};
use super::faults::{end_of, history, quiet, say, words, writer};
use crate::harness::{Client, Device, FakeModel, InProcess, Received, Turn};

fn held(text: &str) -> Turn {
    Turn::new().deltas([text]).hold()
}

/// Says something that is to be treated so while another message is answered.
async fn queue(client: &mut Client, run: &str, mode: &str) -> Value {
    let params = json!({"sessionKey": "main", "message": run, "idempotencyKey": run, "queueMode": mode});
    client.ok("chat.send", params).await
}

/// The first message, its answer held in the middle.
async fn busy(client: &mut Client, model: &FakeModel) {
    model.push(held("first answer"));
    say(client, "main", "r1", "r1").await;
    heard(client, "r1", "answer").await;
}

async fn state(client: &mut Client, run: &str) -> String {
    let end = end_of(client, run).await;
    assert_eq!(ends(client, run).await, 1, "{run}");
    end["state"].as_str().unwrap().to_owned()
}

async fn texts(client: &mut Client) -> Vec<String> {
    quiet(client, "main").await;
    history(client, "main").await.into_iter().map(|(_, text)| text).collect()
}

/// What people said, as the model read it.
fn asked(request: &Received) -> String {
    let users = request.texts().into_iter().filter(|(role, _)| role == "user");
    users.map(|(_, text)| text).collect::<Vec<_>>().join("|")
}

/// messages are answered one after the other in the order they came; each answer knows those before.
#[tokio::test]
async fn messages_are_answered_one_after_the_other() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let (mut client, mut other) = (writer(&gateway, "a").await, writer(&gateway, "b").await);
    busy(&mut client, &model).await;
    for run in ["r2", "r3"] {
        assert_eq!(say(&mut other, "main", run, run).await["status"], "started");
    }
    let row = client.ok("sessions.describe", json!({"key": "main"})).await["session"].clone();
    assert_eq!((&row["hasActiveRun"], &row["activeRunIds"]), (&json!(true), &json!(["r1", "r2", "r3"])));
    assert_eq!(model.requests().len(), 1);
    model.release();
    for run in ["r1", "r2", "r3"] {
        assert_eq!(state(&mut client, run).await, "final");
    }
    let order: Vec<_> =
        client.events("chat").into_iter().filter(super::faults::is_end).map(|end| end["runId"].clone()).collect();
    assert_eq!(order, ["r1", "r2", "r3"]);
    assert_eq!(texts(&mut client).await, ["r1", "first answer", "r2", "r2", "r3", "r3"]);
    let roles: Vec<_> = model.request(2).await.texts().into_iter().skip(1).map(|(role, _)| role).collect();
    assert_eq!(roles, ["user", "assistant", "user", "assistant", "user"]);
}

/// what is collected is answered together, and every run is told its end.
#[tokio::test]
async fn messages_are_collected() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let mut client = writer(&gateway, "a").await;
    busy(&mut client, &model).await;
    model.push(Turn::say("to both"));
    for run in ["r2", "r3"] {
        assert_eq!(queue(&mut client, run, "collect").await["status"], "started");
    }
    say(&mut client, "main", "r4", "r4").await;
    model.release();
    for run in ["r1", "r2", "r3", "r4"] {
        assert_eq!(state(&mut client, run).await, "final", "{run}");
        assert_eq!(client.ok("agent.wait", json!({"runId": run})).await["status"], "ok");
    }
    assert_eq!(texts(&mut client).await, ["r1", "first answer", "r2", "r3", "to both", "r4", "r4"]);
    let both = asked(&model.request(1).await);
    assert!(both.contains("r2") && both.contains("r3") && !both.contains("r4"), "{both}");
    assert_eq!(model.requests().len(), 3);
    let joined = about(&client, "chat", "r3").pop().unwrap();
    assert_eq!((&joined["sessionKey"], &joined["seq"]), (&json!(MAIN), &json!(1)), "{joined}");
}

/// one of those that were collected is stopped alone while it waits; under way the answer is shared, and so is
/// its end.
#[tokio::test]
async fn one_of_the_collected_is_stopped() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    for (round, stopped) in ["r2", "r3", "r4"].into_iter().enumerate() {
        let mut client = gateway.op(&Device::new("a"), &["operator.admin"]).await;
        client.ok("sessions.reset", json!({"key": "main"})).await;
        let name = |run: &str| format!("{run} {round}");
        model.push_for(&name("r1"), held("first answer"));
        say(&mut client, "main", &name("r1"), &name("r1")).await;
        heard(&mut client, &name("r1"), "answer").await;
        for run in ["r2", "r3", "r4"] {
            queue(&mut client, &name(run), "collect").await;
        }
        let done = client.ok("chat.abort", json!({"sessionKey": "main", "runId": name(stopped)})).await;
        assert_eq!(done["runIds"], json!([name(stopped)]));
        model.release();
        for run in ["r2", "r3", "r4"] {
            let wanted = if run == stopped { "aborted" } else { "final" };
            assert_eq!(state(&mut client, &name(run)).await, wanted, "{run} when {stopped} was stopped");
        }
        quiet(&mut client, "main").await;
    }
    let mut client = writer(&gateway, "a").await;
    let before = model.requests().len();
    busy(&mut client, &model).await;
    model.push(held("to both"));
    for run in ["both 2", "both 3"] {
        queue(&mut client, run, "collect").await;
    }
    model.release_of(before).await;
    heard(&mut client, "both 2", "both").await;
    client.ok("chat.abort", json!({"sessionKey": "main", "runId": "both 3"})).await;
    for run in ["both 2", "both 3"] {
        assert_eq!(state(&mut client, run).await, "aborted", "{run}");
    }
    model.dropped(before + 1).await;
}

/// the running answer is told what came meanwhile between two steps; without another step it waits its turn.
#[tokio::test]
async fn a_running_answer_is_steered() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let mut client = writer(&gateway, "a").await;
    model.push(Turn::new().deltas(["Looking"]).hold().tool_call("list", json!({"path": "."})));
    model.push(Turn::say("Seen both"));
    say(&mut client, "main", "r1", "r1").await;
    heard(&mut client, "r1", "Looking").await;
    let params = json!({"key": "main", "message": "r2", "idempotencyKey": "r2"});
    assert_eq!(client.ok("sessions.steer", params).await["status"], "started");
    model.release();
    for run in ["r1", "r2"] {
        assert_eq!(state(&mut client, run).await, "final", "{run}");
    }
    let roles: Vec<_> = history(&mut client, "main").await.into_iter().map(|(role, _)| role).collect();
    assert_eq!(roles, ["user", "assistant", "toolResult", "user", "assistant"]);
    assert_eq!(model.requests().len(), 2);
    assert!(asked(&model.request(1).await).ends_with("r2"));
    assert_eq!(client.ok("agent.wait", json!({"runId": "r2"})).await["status"], "ok");

    model.push(held("no step"));
    say(&mut client, "main", "r3", "r3").await;
    heard(&mut client, "r3", "step").await;
    queue(&mut client, "r4", "steer").await;
    model.release();
    for run in ["r3", "r4"] {
        assert_eq!(state(&mut client, run).await, "final", "{run}");
    }
    assert_eq!(texts(&mut client).await[5..], ["r3", "no step", "r4", "r4"]);
}

/// a message that was to steer and was stopped meanwhile is not told to the model.
#[tokio::test]
async fn a_stopped_message_does_not_steer() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let mut client = writer(&gateway, "a").await;
    model.push(Turn::new().deltas(["Looking"]).hold().tool_call("list", json!({"path": "."})));
    say(&mut client, "main", "r1", "r1").await;
    heard(&mut client, "r1", "Looking").await;
    queue(&mut client, "r2", "steer").await;
    client.ok("chat.abort", json!({"sessionKey": "main", "runId": "r2"})).await;
    model.release();
    assert_eq!(state(&mut client, "r1").await, "final");
    assert_eq!(state(&mut client, "r2").await, "aborted");
    assert!(!asked(&model.request(1).await).contains("r2"));
    assert_eq!(model.requests().len(), 2);
}

/// a message that interrupts takes the place of the running answer and of what waits; what was said stays.
#[tokio::test]
async fn a_message_interrupts() {
    let model = FakeModel::start();
    let config = model.config_with(json!({"session": {"queueMode": "interrupt"}}));
    let gateway = InProcess::with(&config, |_| {}).await;
    let mut client = writer(&gateway, "a").await;
    busy(&mut client, &model).await;
    queue(&mut client, "r2", "followup").await;
    say(&mut client, "main", "r3", "r3").await;
    let end = end_of(&mut client, "r1").await;
    assert_eq!((&end["state"], &end["stopReason"]), (&json!("aborted"), &json!("interrupt")));
    assert_eq!(words(&end["message"]), "first answer");
    assert_eq!(state(&mut client, "r2").await, "aborted");
    assert_eq!(state(&mut client, "r3").await, "final");
    assert_eq!(texts(&mut client).await, ["r1", "first answer", "r2", "r3", "r3"]);
    assert_eq!(model.requests().len(), 2);
}

/// DEMAND P20: only so many messages wait in one session; one more is refused for now, and nothing of it stays.
#[tokio::test]
async fn a_full_queue_refuses() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let mut client = writer(&gateway, "a").await;
    busy(&mut client, &model).await;
    for n in 0..32 {
        say(&mut client, "main", &format!("waits {n}"), "hi").await;
    }
    let params = json!({"sessionKey": "main", "message": "too much", "idempotencyKey": "one more"});
    let error = client.err("chat.send", params).await;
    assert_eq!((&error["code"], &error["retryable"]), (&json!("UNAVAILABLE"), &json!(true)), "{error}");
    assert!(error["message"].as_str().unwrap().starts_with("32 messages wait"), "{error}");
    assert_eq!(say(&mut client, "other", "elsewhere", "hi").await["status"], "started", "another session");
    model.release();
    for n in 0..32 {
        assert_eq!(end_of(&mut client, &format!("waits {n}")).await["state"], "final");
    }
    assert_eq!(texts(&mut client).await.len(), 2 * 33);
    assert_eq!(say(&mut client, "main", "one more", "now").await["status"], "started", "its key was not used up");
    assert_eq!(end_of(&mut client, "one more").await["state"], "final");
}
