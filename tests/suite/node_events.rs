//! What nodes tell, and what waits for them (FEATURES, V-09; DEMAND §2: a node forges exec events).

use serde_json::{Value, json};

use super::chat::start;
use crate::harness::{Caller, Client, Connect, Device, FakeModel, InProcess, START_MS, TestGateway};

fn device() -> Device {
    Device::new("box")
}

fn host() -> Connect {
    Connect::node(&device()).set("/commands", json!(["system.run", "system.notify"]))
}

async fn admin(gateway: &InProcess) -> Client {
    gateway.op(&Device::new("admin"), &["operator.admin"]).await
}

async fn tell(node: &mut Client, event: &str, payload: Value) -> Value {
    node.ok("node.event", json!({"event": event, "payload": payload})).await
}

/// The notes in a conversation.
async fn notes(op: &mut Client, session: &str) -> Vec<String> {
    let history = op.ok("chat.history", json!({"sessionKey": session})).await;
    let messages = history["messages"].as_array().unwrap().iter();
    let notes = messages.filter(|message| message["role"] == "system");
    notes.map(|message| message["content"][0]["text"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_voice_and_a_button_reach_the_agent() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let mut op = admin(&gateway).await;
    let mut node = gateway.must(&Caller::local(), &host()).await;
    let done = json!({"ok": true, "event": "voice.transcript", "handled": true});
    assert_eq!(tell(&mut node, "voice.transcript", json!({"text": "open the door"})).await, done);
    let heard = op.event("chat", |event| event["state"] == "final").await;
    assert_eq!(heard["sessionKey"], "agent:main:main");
    assert!(heard["runId"].as_str().unwrap().starts_with("voice-"));
    let button = json!({"message": "pressed: lights", "thinking": "low"}).to_string();
    node.ok("node.event", json!({"event": "agent.request", "payloadJSON": button})).await;
    let own = format!("agent:main:node-{}", device().id());
    op.event("chat", |event| event["state"] == "final" && event["sessionKey"] == json!(own)).await;
    let said: Vec<_> = model.requests().iter().map(|request| request.user_text()).collect();
    assert!(said.iter().any(|text| text.contains("open the door")), "{said:?}");
    assert!(said.iter().any(|text| text.contains("pressed: lights")), "{said:?}");
    for (payload, field) in [
        (json!({}), "text"),
        (json!({"text": " "}), "payload.text"),
        (json!({"text": "x".repeat(20_001)}), "payload.text"),
    ] {
        let error = node.err("node.event", json!({"event": "voice.transcript", "payload": payload})).await;
        assert!(error["message"].as_str().unwrap().contains(field), "{error}");
    }
}

#[tokio::test]
async fn a_node_hears_of_the_sessions_it_named_and_of_no_other() {
    for version in [4, 3] {
        let model = FakeModel::start();
        let gateway = start(&model).await;
        let mut op = admin(&gateway).await;
        let mut node = gateway.must(&Caller::local(), &host().dialect(version)).await;
        tell(&mut node, "chat.subscribe", json!({"sessionKey": "kitchen"})).await;
        for session in ["kitchen", "bedroom"] {
            op.ok("chat.send", json!({"sessionKey": session, "message": "hi", "idempotencyKey": session})).await;
            op.ok("agent.wait", json!({"runId": session})).await;
        }
        let last = node.event("chat", |event| event["state"] == "final" && event["runId"] == "kitchen").await;
        assert_eq!(last["sessionKey"], if version == 3 { "kitchen" } else { "agent:main:kitchen" });
        node.raw.request("h", "node.event", json!({"event": "x"})).await;
        node.raw.answer("h").await;
        let heard = node.events("chat");
        let finals =
            |run: &str| heard.iter().filter(|event| event["state"] == "final" && event["runId"] == run).count();
        assert_eq!(finals("kitchen"), 1);
        // Protocol 3 broadcasts to everybody.
        assert_eq!(finals("bedroom"), usize::from(version == 3));
        if version == 4 {
            assert!(node.raw.events("chat").iter().all(|frame| frame.get("seq").is_none()));
            tell(&mut node, "chat.unsubscribe", json!({"sessionKey": "kitchen"})).await;
            op.ok("chat.send", json!({"sessionKey": "kitchen", "message": "hi", "idempotencyKey": "after"})).await;
            op.ok("agent.wait", json!({"runId": "after"})).await;
            tell(&mut node, "node.presence.alive", json!({"trigger": "manual"})).await;
            assert!(node.events("chat").iter().all(|event| event["runId"] != "after"));
        }
    }
}

/// Paired is not approved: until then a node starts nothing and reads nothing.
#[tokio::test]
async fn a_node_that_waits_for_approval_starts_and_reads_nothing() {
    let gateway = TestGateway::proxied();
    let refused = gateway.refused(&Caller::remote(), &host()).await;
    gateway.approve(&refused).await;
    let mut node = gateway.must(&Caller::remote(), &host()).await;
    for (event, payload) in [
        ("voice.transcript", json!({"text": "delete everything"})),
        ("agent.request", json!({"message": "delete everything"})),
        ("chat.subscribe", json!({"sessionKey": "main"})),
    ] {
        let told = tell(&mut node, event, payload).await;
        assert_eq!(told, json!({"ok": true, "event": event, "handled": false, "reason": "not_approved"}));
    }
    let mut op = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    assert_eq!(op.ok("sessions.list", json!({})).await["count"], 0);
}

/// Has the node run a command for a conversation.
async fn run_in(op: &mut Client, session: &str) -> String {
    let params = json!({"command": ["make"], "runId": "r1", "sessionKey": session});
    let call = json!({"nodeId": device().id(), "command": "system.run", "idempotencyKey": "k", "params": params});
    op.post("node.invoke", call).await
}

/// A command outlives the conversation that it was run for; its news do not bring the conversation back.
#[tokio::test]
async fn news_of_a_command_bring_no_deleted_conversation_back() {
    let gateway = InProcess::start().await;
    let mut op = admin(&gateway).await;
    let mut node = gateway.must(&Caller::local(), &host()).await;
    op.ok("sessions.patch", json!({"key": "work", "label": "Work"})).await;
    run_in(&mut op, "work").await;
    node.event("node.invoke.request", |_| true).await;
    assert_eq!(op.ok("sessions.delete", json!({"key": "work"})).await["deleted"], true);
    let told = json!({"runId": "r1", "exitCode": 2, "output": "no rule"});
    let gone = json!({"ok": true, "event": "exec.finished", "handled": false, "reason": "session_gone"});
    assert_eq!(tell(&mut node, "exec.finished", told).await, gone);
    assert_eq!(op.ok("sessions.list", json!({})).await["count"], 0);
}

/// DEMAND §2, a node forges exec events: only about a command that it was asked to run and that is under way, and each
/// of them once. The session of the call is told, whatever session the node names, and its model with the next message.
#[tokio::test]
async fn a_node_tells_only_of_commands_it_was_asked_to_run() {
    let model = FakeModel::start();
    let gateway = start(&model).await;
    let mut op = admin(&gateway).await;
    let mut node = gateway.must(&Caller::local(), &host()).await;
    let mut other = gateway
        .must(&Caller::local(), &Connect::node(&Device::new("other")).set("/commands", json!(["system.run"])))
        .await;
    let finished =
        |run: &str| json!({"runId": run, "sessionKey": "main", "host": "gateway", "exitCode": 1, "output": "forged"});
    let unmatched = json!({"ok": true, "event": "exec.finished", "handled": false, "reason": "unmatched_exec_event"});
    assert_eq!(tell(&mut node, "exec.finished", finished("r1")).await, unmatched);
    op.ok("sessions.patch", json!({"key": "work", "label": "Work"})).await;
    let call = run_in(&mut op, "work").await;
    let asked = node.event("node.invoke.request", |_| true).await;
    assert_eq!(tell(&mut other, "exec.finished", finished("r1")).await, unmatched);
    assert_eq!(tell(&mut node, "exec.finished", finished("r2")).await, unmatched);
    for session in ["main", "work"] {
        assert_eq!(notes(&mut op, session).await, Vec::<String>::new());
    }
    let real = json!({"runId": "r1", "sessionKey": "main", "exitCode": 2, "output": "no rule"});
    assert_eq!(tell(&mut node, "exec.finished", real.clone()).await["handled"], true);
    assert_eq!(tell(&mut node, "exec.finished", real.clone()).await, unmatched, "the same again");
    assert_eq!(notes(&mut op, "main").await, Vec::<String>::new());
    let lines = notes(&mut op, "work").await;
    assert!(lines.len() == 1 && lines[0].contains("id=r1, code 2)\nno rule"), "{lines:?}");
    node.ok("node.invoke.result", json!({"id": asked["id"], "nodeId": device().id(), "ok": true})).await;
    op.raw.answer(&call).await;
    assert_eq!(tell(&mut node, "exec.finished", real).await, unmatched, "after the end");

    op.ok("chat.send", json!({"sessionKey": "work", "message": "how did it go?", "idempotencyKey": "next"})).await;
    op.ok("agent.wait", json!({"runId": "next"})).await;
    let request = model.requests().pop().unwrap();
    let said = request.texts().into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n");
    let (news, question) = (said.find("no rule"), said.find("how did it go?"));
    assert!(news.is_some() && news < question, "{said}");
}

#[tokio::test]
async fn operators_see_what_a_node_tells_of_its_machine() {
    let gateway = InProcess::start().await;
    let mut op = admin(&gateway).await;
    let mut node = gateway.must(&Caller::local(), &host()).await;
    let mut stats = json!({"cpuCount": 8, "loadAverage": [0.5, 0.25, 0.0], "memoryTotalBytes": 100,
        "memoryFreeBytes": 40, "updatedAtMs": 1});
    let told = tell(&mut node, "node.host.stats", stats.clone()).await;
    // Official clients show no figures without the time, which is the gateway's.
    stats["updatedAtMs"] = json!(START_MS);
    assert_eq!((&told["handled"], &told["reason"]), (&json!(true), &json!("updated")));
    let event = op.event("node.hostStats", |_| true).await;
    assert_eq!(event, json!({"nodeId": device().id(), "hostStats": stats}));
    tell(&mut node, "node.presence.activity", json!({"idleSeconds": 3})).await;
    let event = op.event("node.presence", |_| true).await;
    assert_eq!((&event["active"], &event["idleSeconds"]), (&json!(true), &json!(3)));
    assert_eq!(tell(&mut node, "node.presence.alive", json!({"trigger": "silent_push"})).await["reason"], "persisted");
    let row = op.ok("node.describe", json!({"nodeId": device().id()})).await;
    assert_eq!(
        (&row["hostStats"], &row["active"], &row["lastSeenReason"]),
        (&stats, &json!(true), &json!("silent_push"))
    );
    tell(&mut node, "node.presence.activity", json!({"action": "clear"})).await;
    op.event("node.presence", |event| event["active"] == false).await;
    for (event, payload) in [
        ("node.presence.activity", json!({"idleSeconds": 99_999_999})),
        ("node.presence.activity", json!({})),
        ("node.host.stats", json!({"cpuCount": 1, "memoryTotalBytes": 1, "memoryFreeBytes": 2})),
    ] {
        assert_eq!(
            node.err("node.event", json!({"event": event, "payload": payload})).await["code"],
            "INVALID_REQUEST"
        );
    }
    let other = tell(&mut node, "push.apns.register", json!({})).await;
    assert_eq!((&other["handled"], &other["reason"]), (&json!(false), &json!("unsupported_event")));
    assert_eq!(node.err("node.event", json!({"event": "x", "payloadJSON": "{"})).await["code"], "INVALID_REQUEST");
    drop(node);
    let gone = |list: &Value| list["nodes"][0]["connected"] == false;
    let away = op.ok_until(("node.list", json!({})), "the node to be away", gone).await["nodes"][0].take();
    assert_eq!((&away["nodeId"], &away["hostStats"]), (&json!(device().id()), &stats), "what it told last");
    let mut old = gateway.must(&Caller::local(), &Connect::node(&Device::new("old")).v3()).await;
    assert_eq!(tell(&mut old, "camera.changed", json!({})).await, json!({"ok": true}));
}

/// FEATURES X-52: what is left for a node survives a kill, and is handed out until the node says that it has it.
#[tokio::test]
async fn what_waits_for_a_node_is_delivered_once() {
    let gateway = TestGateway::start();
    let mut op = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    drop(gateway.must(&Caller::local(), &host()).await);
    let mut leave = async |kind: &str, priority: &str, payload: Value| {
        let item = json!({"nodeId": device().id(), "type": kind, "priority": priority, "payload": payload});
        op.ok("node.pending.enqueue", item).await
    };
    let first = leave("status.request", "normal", json!({"a": 1})).await;
    assert_eq!((&first["wakeTriggered"], &first["queued"]["type"]), (&json!(false), &json!("status.request")));
    let second = leave("location.request", "high", json!(null)).await;
    assert!(second["revision"].as_u64() > first["revision"].as_u64());
    leave("third", "low", json!(null)).await;
    let mut gateway = gateway;
    gateway.kill9();
    let gateway = gateway.start_again();
    let mut node = gateway.must(&Caller::local(), &host()).await;
    let kinds = |pulled: &Value| -> Vec<String> {
        pulled["items"].as_array().unwrap().iter().map(|item| item["type"].as_str().unwrap().to_owned()).collect()
    };
    let pulled = node.ok("node.pending.pull", json!({"maxItems": 2})).await;
    assert_eq!(
        (kinds(&pulled), &pulled["hasMore"]),
        (vec!["location.request".to_owned(), "status.request".to_owned()], &json!(true))
    );
    assert_eq!(pulled["items"][1]["payload"], json!({"a": 1}));
    let ids = json!([pulled["items"][0]["id"], pulled["items"][1]["id"], "nothing"]);
    let acked = node.ok("node.pending.ack", json!({"ids": ids})).await;
    assert_eq!(acked["acked"].as_array().map(Vec::len), Some(2));
    let mut gateway = gateway;
    gateway.kill9();
    let gateway = gateway.start_again();
    let mut node = gateway.must(&Caller::local(), &host()).await;
    let mut thief = gateway.node(&Device::new("thief")).await;
    assert_eq!(kinds(&thief.ok("node.pending.pull", json!({})).await), Vec::<String>::new());
    assert_eq!(kinds(&node.ok("node.pending.drain", json!({})).await), ["third"]);
    assert_eq!(kinds(&node.ok("node.pending.drain", json!({})).await), Vec::<String>::new());
}

#[tokio::test]
async fn what_waits_is_bounded_and_expires() {
    let gateway = InProcess::start().await;
    let mut op = admin(&gateway).await;
    let mut node = gateway.must(&Caller::local(), &host()).await;
    let item = |more: Value| {
        let mut item = json!({"nodeId": device().id(), "type": "t"});
        item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        item
    };
    op.ok("node.pending.enqueue", item(json!({"expiresInMs": 1_000}))).await;
    gateway.clock.advance_ms(1_000);
    assert_eq!(node.ok("node.pending.pull", json!({})).await["items"], json!([]));
    for bad in [
        json!({"expiresInMs": 999}),
        json!({"priority": "huge"}),
        json!({"type": ""}),
        json!({"payload": "x".repeat(70_000)}),
    ] {
        assert_eq!(op.err("node.pending.enqueue", item(bad.clone())).await["code"], "INVALID_REQUEST", "{bad}");
    }
    let nobody = json!({"nodeId": "nobody", "type": "t"});
    assert_eq!(op.err("node.pending.enqueue", nobody).await["message"], "unknown nodeId");
    for _ in 0..100 {
        op.ok("node.pending.enqueue", item(json!({}))).await;
    }
    assert_eq!(op.err("node.pending.enqueue", item(json!({}))).await["code"], "UNAVAILABLE");
    op.ok("device.pair.remove", json!({"deviceId": device().id()})).await;
    assert_eq!(node.closed().await.code, 4001);
    let mut again = gateway.must(&Caller::local(), &host()).await;
    assert_eq!(again.ok("node.pending.pull", json!({})).await["items"], json!([]));
}

/// What cannot be read is refused with the field that is wrong, in words of the wire.
#[tokio::test]
async fn facts_that_cannot_be_read_are_named() {
    let gateway = InProcess::start().await;
    let mut node = gateway.must(&Caller::local(), &host()).await;
    for (payload, wrong) in [
        (json!(["r1", 2, false, "out", null, null, null]), "must be an object"),
        (json!({"output": "x", "exitCode": "two"}), "at /exitCode: "),
        (json!({"runId": 7}), "at /runId: "),
    ] {
        let params = json!({"event": "exec.finished", "payload": payload});
        let error = node.err("node.event", params).await;
        assert_eq!(error["code"], "INVALID_REQUEST", "{error}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(wrong) && !message.contains("struct"), "{message}");
    }
    node.ok("node.event", json!({"event": "node.presence.alive", "payload": {}})).await;
}
