//! Who hears of a run: those in the session, listeners, old clients under their own names; nobody else
//! (`frames-and-events.md §3, §5`).

use serde_json::json;

use super::chat::{MAIN, about, old_writer, start};
use super::faults::{ask, end_of, history, words, writer};
use crate::harness::{Caller, Client, Connect, Device, FakeModel, InProcess};

/// Keys under which this client heard of a run, once each.
async fn names(client: &mut Client, run: &str) -> Vec<String> {
    client.catch_up().await;
    let mut keys: Vec<_> = ["chat", "agent"]
        .iter()
        .flat_map(|name| about(client, name, run))
        .map(|event| event["sessionKey"].as_str().unwrap().to_owned())
        .collect();
    keys.sort();
    keys.dedup();
    keys
}

/// Runs to the end: every event of it is queued for every client when `agent.wait` answers.
async fn talk(client: &mut Client, session: &str, run: &str) {
    ask(client, session, run, run).await;
    client.ok("agent.wait", json!({"runId": run})).await;
}

/// E-01, E-02: two devices in one session hear each other's runs.
#[tokio::test]
async fn two_devices_talk_in_one_session() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let (mut desk, mut phone) = (writer(&gateway, "desk").await, old_writer(&gateway, "phone").await);
    talk(&mut desk, "main", "from the desk").await;
    assert_eq!(words(&end_of(&mut phone, "from the desk").await["message"]), "from the desk");
    talk(&mut phone, "main", "from the phone").await;
    assert_eq!(words(&end_of(&mut desk, "from the phone").await["message"]), "from the phone");
    let said = history(&mut desk, "main").await;
    assert_eq!(said, history(&mut phone, MAIN).await);
    assert_eq!(said.len(), 4);
}

/// E-02: a client of protocol 4 hears of the sessions it named; before it named one, of all.
#[tokio::test]
async fn protocol_4_follows_what_it_names() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let (mut talker, mut listener) = (writer(&gateway, "a").await, writer(&gateway, "b").await);
    talk(&mut talker, "one", "r1").await;
    assert_eq!(names(&mut listener, "r1").await, ["agent:main:one"]);
    listener.ok("chat.history", json!({"sessionKey": "two"})).await;
    talk(&mut talker, "one", "r2").await;
    talk(&mut talker, "two", "r3").await;
    assert!(names(&mut listener, "r2").await.is_empty());
    assert_eq!(names(&mut listener, "r3").await, ["agent:main:two"]);
    listener.ok("sessions.messages.subscribe", json!({"key": "one"})).await;
    talk(&mut talker, "one", "r4").await;
    talk(&mut talker, "two", "r5").await;
    assert_eq!(names(&mut listener, "r4").await, ["agent:main:one"]);
    assert_eq!(names(&mut listener, "r5").await, ["agent:main:two"]);
    let mut fresh = writer(&gateway, "b").await;
    talk(&mut talker, "one", "r6").await;
    assert_eq!(names(&mut fresh, "r6").await, ["agent:main:one"], "another connection of the same device");
}

/// E-02: a client of protocol 3 hears of every session, under the name it used last for it, else the full one.
#[tokio::test]
async fn protocol_3_hears_its_own_names() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let mut talker = writer(&gateway, "a").await;
    let (mut short, mut long) = (old_writer(&gateway, "b").await, old_writer(&gateway, "c").await);
    long.ok("chat.history", json!({"sessionKey": MAIN})).await;
    talk(&mut short, "main", "r1").await;
    assert_eq!(names(&mut short, "r1").await, ["main"]);
    assert_eq!(names(&mut long, "r1").await, [MAIN]);
    talk(&mut talker, "work", "r2").await;
    assert_eq!(names(&mut short, "r2").await, ["agent:main:work"]);
    short.ok("chat.history", json!({"sessionKey": "Work"})).await;
    short.ok("chat.history", json!({"sessionKey": "MAIN"})).await;
    talk(&mut talker, "work", "r3").await;
    talk(&mut talker, "main", "r4").await;
    assert_eq!(names(&mut short, "r3").await, ["Work"]);
    assert_eq!(names(&mut short, "r4").await, ["MAIN"]);
    assert_eq!(names(&mut long, "r4").await, [MAIN]);
}

/// E-01, E-02: nodes and who may not read hear nothing of protocol 4's conversations.
#[tokio::test]
async fn others_hear_nothing() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let mut talker = writer(&gateway, "a").await;
    let mut node = gateway.node(&Device::new("node")).await;
    let mut pairing = gateway.op(&Device::new("b"), &["operator.pairing"]).await;
    let mut reader = gateway.op(&Device::new("c"), &["operator.read"]).await;
    talk(&mut talker, "main", "r1").await;
    assert_eq!(names(&mut reader, "r1").await, [MAIN]);
    for client in [&mut node, &mut pairing] {
        assert!(names(client, "r1").await.is_empty());
    }
    for method in ["chat.send", "agent", "chat.abort"] {
        let params = json!({"sessionKey": "main", "message": "x", "idempotencyKey": method});
        assert_eq!(reader.err(method, params).await["message"], "missing scope: operator.write");
    }
    assert_eq!(
        pairing.err("chat.history", json!({"sessionKey": "main"})).await["message"],
        "missing scope: operator.read"
    );
}

/// E-01: steps of tools are told on protocol 4 to connections that declared `tool-events`, on protocol 3 while the
/// session is verbose.
#[tokio::test]
async fn tool_events_are_told_to_those_who_want_them() {
    let model = FakeModel::start();
    let gateway = InProcess::with(&model.config(), |_| {}).await;
    let device = |name: &str| Connect::operator(&Device::new(name), &["operator.admin"]);
    let mut plain = gateway.must(&Caller::local(), &device("plain")).await;
    let mut wants = gateway.must(&Caller::local(), &device("wants").set("/caps", json!(["tool-events"]))).await;
    let mut old = gateway.must(&Caller::local(), &device("old").v3()).await;
    for (run, verbose, told) in [("r1", json!(null), false), ("r2", json!("on"), true), ("r3", json!("full"), false)] {
        wants.ok("sessions.patch", json!({"key": "main", "verboseLevel": verbose})).await;
        model.push(crate::harness::Turn::new().tool_call("list", json!({"path": "."})));
        talk(&mut wants, "main", run).await;
        for (client, expected) in [(&mut plain, false), (&mut wants, true), (&mut old, told)] {
            client.catch_up().await;
            let steps: Vec<_> =
                about(client, "agent", run).into_iter().filter(|event| event["stream"] == "tool").collect();
            let phases: Vec<_> = steps.iter().map(|event| event["data"]["phase"].as_str().unwrap()).collect();
            let wanted: &[&str] = if expected { &["start", "result"] } else { &[] };
            assert_eq!(phases, wanted, "{run}");
            if expected {
                assert_eq!(
                    (&steps[0]["data"]["name"], &steps[0]["data"]["args"]),
                    (&json!("list"), &json!({"path": "."}))
                );
                assert_eq!(steps[1]["data"]["isError"], false, "{}", steps[1]);
                assert_eq!(steps[1]["data"]["toolCallId"], steps[0]["data"]["toolCallId"]);
                assert_eq!(steps[1]["data"]["result"]["content"][0]["type"], "text");
            }
        }
        super::chat::assert_consecutive(&wants, run);
        super::chat::assert_consecutive(&old, run);
    }
}
