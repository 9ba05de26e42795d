//! Calls of commands: who answers, how they end, and what an approval is worth (FEATURES X-39, X-48, X-49, N-16, E-13;
//! DEMAND §2: argv or env swapped after approval, forged answers, replayed approvals).

use serde_json::{Value, json};

use crate::harness::{Caller, Client, Connect, Device, InProcess};

const HOST: &[&str] = &["system.run", "system.which", "system.execApprovals.get", "system.execApprovals.set"];
const REQUEST: &str = "node.invoke.request";

struct Bench {
    gateway: InProcess,
    op: Client,
    node: Client,
    refusals: u32,
}

fn device() -> Device {
    Device::new("box")
}

fn host(version: u32) -> Connect {
    Connect::node(&device()).set("/commands", json!(HOST)).dialect(version)
}

impl Bench {
    async fn with(node_speaks: u32, operator_speaks: u32) -> Self {
        let gateway = InProcess::start().await;
        let node = gateway.must(&Caller::local(), &host(node_speaks)).await;
        let operator = Connect::operator(&Device::new("admin"), &["operator.admin"]).dialect(operator_speaks);
        let op = gateway.must(&Caller::local(), &operator).await;
        Self { gateway, op, node, refusals: 0 }
    }

    async fn new() -> Self {
        Self::with(4, 4).await
    }

    /// Posts a call; its id and what the node was asked.
    async fn begin(&mut self, key: &str, command: &str, more: Value) -> (String, Value) {
        let mut params = json!({"nodeId": device().id(), "command": command, "idempotencyKey": key});
        params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let call = self.op.post("node.invoke", params).await;
        let asked = self.node.event(REQUEST, |asked| asked["idempotencyKey"] == json!(key)).await;
        (call, asked)
    }

    async fn answer(&mut self, asked: &Value, answer: Value) -> Value {
        let mut result = json!({"id": asked["id"], "nodeId": device().id()});
        result.as_object_mut().unwrap().extend(answer.as_object().unwrap().clone());
        self.node.ok("node.invoke.result", result).await
    }

    async fn refused(&mut self, params: Value) -> Value {
        self.refusals += 1;
        let key = format!("refused-{}", self.refusals);
        let mut call = json!({"nodeId": device().id(), "command": "system.run", "idempotencyKey": key});
        call["params"] = params;
        self.op.err("node.invoke", call).await
    }
}

#[tokio::test]
async fn a_call_reaches_the_node_and_its_answer_the_caller() {
    for (node_speaks, operator_speaks) in [(4, 4), (3, 4), (4, 3), (3, 3)] {
        let mut bench = Bench::with(node_speaks, operator_speaks).await;
        let more = json!({"params": {"bins": ["git"]}, "timeoutMs": 5_000, "sessionKey": "main"});
        let (call, asked) = bench.begin("k1", "system.which", more).await;
        assert_eq!(asked["command"], "system.which");
        assert_eq!(asked["paramsJSON"], json!(r#"{"bins":["git"]}"#));
        assert_eq!((&asked["nodeId"], &asked["timeoutMs"]), (&json!(device().id()), &json!(5_000)));
        assert_eq!(asked.get("sessionKey").is_some(), node_speaks == 4);
        let text = r#"{"bins": {"git":"/usr/bin/git"}}"#;
        assert_eq!(
            bench.answer(&asked, json!({"ok": true, "payloadJSON": text, "error": null})).await,
            json!({"ok": true})
        );
        let result = bench.op.raw.answer(&call).await["payload"].clone();
        assert_eq!(result["payload"], json!({"bins": {"git": "/usr/bin/git"}}));
        assert_eq!((&result["payloadJSON"], &result["ok"]), (&json!(text), &json!(true)));

        let (call, asked) = bench.begin("k2", "system.which", json!({})).await;
        assert_eq!(asked.get("paramsJSON"), if node_speaks == 3 { Some(&Value::Null) } else { None });
        bench.answer(&asked, json!({"ok": true})).await;
        let result = bench.op.raw.answer(&call).await["payload"].clone();
        assert_eq!((result.get("payload"), &result["payloadJSON"]), (None, &Value::Null));
    }
}

#[tokio::test]
async fn what_a_node_refuses_is_passed_on() {
    let mut bench = Bench::new().await;
    for (code, message) in [
        ("NODE_BACKGROUND_UNAVAILABLE", "open the app"),
        ("PERMISSION_MISSING", "allow screen recording in the system's settings"),
    ] {
        let (call, asked) = bench.begin(code, "system.which", json!({})).await;
        let error = json!({"code": code, "message": message});
        bench.answer(&asked, json!({"ok": false, "error": error})).await;
        let told = bench.op.raw.answer(&call).await["error"].clone();
        assert_eq!((&told["code"], &told["message"]), (&json!("UNAVAILABLE"), &json!(message)));
        assert_eq!(told["details"]["nodeError"], error);
    }
}

/// Only the connection that was asked answers, once; late answers and strangers count for nothing.
#[tokio::test]
async fn answers_count_from_the_connection_that_was_asked() {
    let mut bench = Bench::new().await;
    let mut stranger = bench.gateway.node(&Device::new("stranger")).await;
    let (call, asked) = bench.begin("k1", "system.which", json!({})).await;
    let forged = json!({"id": asked["id"], "nodeId": device().id(), "ok": true, "payload": "forged"});
    assert_eq!(stranger.err("node.invoke.result", forged).await["message"], "nodeId mismatch");
    let own = json!({"id": asked["id"], "nodeId": Device::new("stranger").id(), "ok": true, "payload": "forged"});
    assert_eq!(stranger.ok("node.invoke.result", own).await, json!({"ok": true, "ignored": true}));
    bench.answer(&asked, json!({"ok": true, "payload": "real"})).await;
    assert_eq!(bench.op.raw.answer(&call).await["payload"]["payload"], "real");
    assert_eq!(
        bench.answer(&asked, json!({"ok": true, "payload": "late"})).await,
        json!({"ok": true, "ignored": true})
    );

    // The same device on a newer connection was not asked either.
    let (call, asked) = bench.begin("k2", "system.which", json!({})).await;
    bench.node = bench.gateway.must(&Caller::local(), &host(4)).await;
    assert_eq!(bench.answer(&asked, json!({"ok": true, "payload": "x"})).await, json!({"ok": true, "ignored": true}));
    let error = bench.op.raw.answer(&call).await["error"].clone();
    assert_eq!(error["details"]["code"], "NOT_CONNECTED");
    assert_eq!(error["details"]["nodeCommandDispatched"], true);
}

#[tokio::test]
async fn a_node_that_goes_away_ends_its_calls_at_once() {
    let mut bench = Bench::new().await;
    let (call, _) = bench.begin("k1", "system.which", json!({"timeoutMs": 3_600_000})).await;
    drop(bench.node);
    let error = bench.op.raw.answer(&call).await["error"].clone();
    assert_eq!((&error["code"], &error["message"]), (&json!("UNAVAILABLE"), &json!("node not connected")));
    let again = json!({"nodeId": device().id(), "command": "system.which", "idempotencyKey": "k2"});
    let error = bench.op.err("node.invoke", again).await;
    assert_eq!(error["details"]["nodeError"]["code"], "NOT_CONNECTED");
    assert_eq!(error["details"]["nodeCommandDispatched"], false);
    let nobody = json!({"nodeId": "nobody", "command": "system.which", "idempotencyKey": "k3"});
    assert_eq!(bench.op.err("node.invoke", nobody).await["details"]["code"], "NOT_CONNECTED");
}

#[tokio::test]
async fn silence_ends_with_the_deadline_and_the_node_is_told() {
    let mut bench = Bench::new().await;
    let (call, asked) = bench.begin("k1", "system.which", json!({"timeoutMs": 1})).await;
    let error = bench.op.raw.answer(&call).await["error"].clone();
    assert_eq!((&error["code"], &error["message"]), (&json!("UNAVAILABLE"), &json!("node invoke timed out")));
    assert_eq!(error["details"]["nodeError"]["code"], "TIMEOUT");
    let cancelled = bench.node.event("node.invoke.cancel", |_| true).await;
    assert_eq!(cancelled, json!({"invokeId": asked["id"], "nodeId": device().id()}));
    assert_eq!(bench.answer(&asked, json!({"ok": true})).await, json!({"ok": true, "ignored": true}));
}

#[tokio::test]
async fn one_key_invokes_once() {
    let mut bench = Bench::new().await;
    let (call, asked) = bench.begin("k1", "system.which", json!({})).await;
    let params = json!({"nodeId": device().id(), "command": "system.which", "idempotencyKey": "k1"});
    let same = bench.op.post("node.invoke", params.clone()).await;
    bench.answer(&asked, json!({"ok": true, "payload": 1})).await;
    for id in [call, same] {
        assert_eq!(bench.op.raw.answer(&id).await["payload"]["payload"], 1);
    }
    assert_eq!(bench.op.ok("node.invoke", params).await["payload"], 1);
    bench.node.catch_up().await;
    assert_eq!(bench.node.events(REQUEST).len(), 1);
}

#[tokio::test]
async fn hundreds_of_calls_are_under_way_at_once() {
    let mut bench = Bench::new().await;
    let mut calls = Vec::new();
    for number in 0..200 {
        let params =
            json!({"nodeId": device().id(), "command": "system.which", "idempotencyKey": format!("k{number}")});
        calls.push(bench.op.post("node.invoke", params).await);
    }
    bench.node.event(REQUEST, |asked| asked["idempotencyKey"] == "k199").await;
    let mut asked = bench.node.events(REQUEST);
    assert_eq!(asked.len(), 200);
    asked.reverse();
    for asked in asked {
        let payload = asked["idempotencyKey"].clone();
        bench.answer(&asked, json!({"ok": true, "payload": payload})).await;
    }
    for (number, call) in calls.iter().enumerate().rev() {
        assert_eq!(bench.op.raw.answer(call).await["payload"]["payload"], json!(format!("k{number}")));
    }
}

#[tokio::test]
async fn parts_reach_the_caller_and_input_the_node() {
    let mut bench = Bench::new().await;
    let mut other = bench.gateway.op(&Device::new("other"), &["operator.admin"]).await;
    let (call, asked) = bench.begin("k1", "system.which", json!({})).await;
    let part =
        |seq: u64, chunk: &str| json!({"invokeId": asked["id"], "nodeId": device().id(), "seq": seq, "chunk": chunk});
    for (seq, chunk) in [(0, "a"), (0, "twice"), (1, "b")] {
        bench.node.ok("node.invoke.progress", part(seq, chunk)).await;
    }
    let told = bench.op.event("node.invoke.progress", |told| told["seq"] == 1).await;
    assert_eq!((&told["chunk"], &told["idempotencyKey"]), (&json!("b"), &json!("k1")));
    assert_eq!(bench.op.events("node.invoke.progress").len(), 2);
    bench.op.ok("node.invoke.input", json!({"idempotencyKey": "k1", "payloadJSON": "{}"})).await;
    let input = bench.node.event("node.invoke.input", |_| true).await;
    assert_eq!(input, json!({"id": asked["id"], "nodeId": device().id(), "seq": 0, "payloadJSON": "{}"}));
    let stranger = other.err("node.invoke.input", json!({"idempotencyKey": "k1", "payloadJSON": "{}"})).await;
    assert_eq!(stranger["message"], "no command with this idempotencyKey is under way");
    bench.answer(&asked, json!({"ok": true})).await;
    bench.op.raw.answer(&call).await;
    other.catch_up().await;
    assert!(other.events("node.invoke.progress").is_empty());
}

/// FEATURES N-02, N-03, N-04, N-08, N-10 to N-15, V-08: what each system may offer, and that it goes there and back.
#[tokio::test]
async fn each_system_offers_its_own_commands() {
    const ALL: [&str; 13] = [
        "canvas.present",
        "canvas.navigate",
        "canvas.eval",
        "canvas.snapshot",
        "canvas.a2ui.push",
        "canvas.a2ui.reset",
        "camera.list",
        "camera.snap",
        "camera.clip",
        "screen.record",
        "location.get",
        "sms.send",
        "system.notify",
    ];
    let gateway = InProcess::start().await;
    let mut op = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let but = |gone: &[&str]| ALL.into_iter().filter(|command| !gone.contains(command)).collect::<Vec<_>>();
    for (version, platform, family, offered) in [
        (3, "iOS 18.2", "iPhone", but(&["sms.send", "system.notify"])),
        (3, "android 14", "Android", but(&["system.notify"])),
        (3, "macos 15.1", "Mac", but(&["sms.send"])),
        (4, "iOS 18.2", "iPhone", vec!["camera.list", "location.get", "system.notify"]),
        (4, "android 14", "Android", vec!["camera.list", "location.get", "system.notify"]),
        (
            4,
            "macos 15.1",
            "Mac",
            vec!["canvas.present", "canvas.navigate", "camera.list", "location.get", "system.notify"],
        ),
        (4, "windows", "iPhone", vec!["camera.list", "location.get", "system.notify"]),
    ] {
        let device = Device::new(&format!("{platform}-{version}"));
        let connect = Connect::node(&device).set("/commands", json!(ALL)).dialect(version);
        let connect = connect.set("/client/platform", json!(platform)).set("/client/deviceFamily", json!(family));
        let mut node = gateway.must(&Caller::local(), &connect).await;
        let row = op.ok("node.describe", json!({"nodeId": device.id()})).await;
        assert_eq!(row["commands"], json!(offered), "{platform} {version}");
        for command in offered {
            let params = json!({"nodeId": device.id(), "command": command, "idempotencyKey": format!("{platform}{version}{command}"),
                "params": {"jsonl": "{}"}});
            let call = op.post("node.invoke", params).await;
            let asked = node.event(REQUEST, |asked| asked["command"] == command).await;
            let result = json!({"id": asked["id"], "nodeId": device.id(), "ok": true, "payload": {"format": "png", "base64": "AA=="}});
            node.ok("node.invoke.result", result).await;
            assert_eq!(
                op.raw.answer(&call).await["payload"]["payload"]["base64"],
                "AA==",
                "{platform} {version} {command}"
            );
        }
    }
}

/// Whoever makes a node's machine run something needs what whoever approves it needs.
#[tokio::test]
async fn commands_of_the_machine_are_for_administrators() {
    let bench = Bench::new().await;
    let mut writer = bench.gateway.op(&Device::new("writer"), &["operator.write"]).await;
    for command in ["system.run", "system.which", "browser.proxy", "fs.listDir"] {
        let call = json!({"nodeId": device().id(), "command": command, "idempotencyKey": command});
        assert_eq!(writer.err("node.invoke", call).await["details"]["missingScope"], "operator.admin", "{command}");
    }
    let call = json!({"nodeId": device().id(), "command": "system.notify", "idempotencyKey": "l"});
    assert_eq!(writer.err("node.invoke", call).await["details"]["reason"], "command not declared by node");
}

fn run(argv: &[&str]) -> Value {
    json!({"command": argv, "cwd": "/srv", "env": {"A": "1"}, "agentId": "main", "sessionKey": "main"})
}

fn with(mut params: Value, key: &str, value: Value) -> Value {
    params[key] = value;
    params
}

/// Has an approval given for `run(["rm", "x"])` on this node; its id.
async fn approved(bench: &mut Bench, id: &str, decision: &str) {
    let mut approver = bench.gateway.op(&Device::new("phone"), &["operator.approvals"]).await;
    let plan =
        json!({"argv": ["rm", "x"], "cwd": "/srv", "commandText": "rm x", "agentId": "main", "sessionKey": "main"});
    let request = json!({"id": id, "command": "rm x", "commandArgv": ["rm", "x"], "cwd": "/srv", "env": {"A": "1"},
        "agentId": "main", "sessionKey": "main", "host": "node", "nodeId": device().id(), "systemRunPlan": plan});
    let asked = bench.op.post("exec.approval.request", request).await;
    approver.event("exec.approval.requested", |event| event["id"] == json!(id)).await;
    let early = with(with(run(&["rm", "x"]), "approved", json!(true)), "runId", json!(id));
    assert_eq!(bench.refused(early).await["details"]["code"], "APPROVAL_PENDING");
    approver.ok("exec.approval.resolve", json!({"id": id, "decision": decision})).await;
    assert_eq!(bench.op.raw.answer(&asked).await["payload"]["decision"], json!(decision));
}

/// What a caller claims is never passed on; what the gateway knows is.
#[tokio::test]
async fn an_approval_counts_for_exactly_what_was_shown_and_once() {
    let mut bench = Bench::new().await;
    approved(&mut bench, "a1", "allow-once").await;
    let claim = |params: Value| with(with(params, "approved", json!(true)), "runId", json!("a1"));
    let right = run(&["rm", "x"]);
    for (what, code) in [
        (run(&["rm", "y"]), "APPROVAL_REQUEST_MISMATCH"),
        (run(&["rm", "x", "-r"]), "APPROVAL_REQUEST_MISMATCH"),
        (with(right.clone(), "cwd", json!("/")), "APPROVAL_REQUEST_MISMATCH"),
        (with(right.clone(), "env", json!({"A": "2"})), "APPROVAL_REQUEST_MISMATCH"),
        (with(right.clone(), "env", json!({"A": "1", "LD_PRELOAD": "/x"})), "APPROVAL_REQUEST_MISMATCH"),
        (with(right.clone(), "agentId", json!("other")), "APPROVAL_REQUEST_MISMATCH"),
        (with(right.clone(), "sessionKey", json!("other")), "APPROVAL_REQUEST_MISMATCH"),
    ] {
        assert_eq!(bench.refused(claim(what.clone())).await["details"]["code"], code, "{what}");
    }
    let unknown = with(with(right.clone(), "approved", json!(true)), "runId", json!("nothing"));
    assert_eq!(bench.refused(unknown).await["details"]["code"], "UNKNOWN_APPROVAL_ID");
    let bare = with(right.clone(), "approvalDecision", json!("allow-always"));
    assert_eq!(bench.refused(bare).await["details"]["code"], "MISSING_RUN_ID");

    // The caller claims more than was said; the node hears what was said.
    let bold = with(claim(right.clone()), "approvalDecision", json!("allow-always"));
    let (call, asked) = bench.begin("right", "system.run", json!({"params": bold})).await;
    let sent: Value = serde_json::from_str(asked["paramsJSON"].as_str().unwrap()).unwrap();
    assert_eq!((&sent["approved"], &sent["approvalDecision"]), (&json!(true), &json!("allow-once")));
    assert_eq!((&sent["command"], &sent["systemRunPlan"]["argv"]), (&json!(["rm", "x"]), &json!(["rm", "x"])));
    bench.answer(&asked, json!({"ok": true})).await;
    bench.op.raw.answer(&call).await;
    assert_eq!(bench.refused(claim(right)).await["details"]["code"], "UNKNOWN_APPROVAL_ID", "a second time");
}

#[tokio::test]
async fn an_approval_is_for_one_node_one_device_and_a_while() {
    let mut bench = Bench::new().await;
    approved(&mut bench, "a1", "allow-once").await;
    let claim = with(with(run(&["rm", "x"]), "approved", json!(true)), "runId", json!("a1"));
    let second = Device::new("second");
    let _second = bench.gateway.must(&Caller::local(), &Connect::node(&second).set("/commands", json!(HOST))).await;
    let call = json!({"nodeId": second.id(), "command": "system.run", "idempotencyKey": "n", "params": claim});
    assert_eq!(bench.op.err("node.invoke", call).await["details"]["code"], "APPROVAL_NODE_MISMATCH");
    let mut thief = bench.gateway.op(&Device::new("thief"), &["operator.admin"]).await;
    let call = json!({"nodeId": device().id(), "command": "system.run", "idempotencyKey": "t", "params": claim});
    assert_eq!(thief.err("node.invoke", call).await["details"]["code"], "APPROVAL_DEVICE_MISMATCH");
    bench.gateway.clock.advance_ms(5 * 60 * 1_000 + 1);
    assert_eq!(bench.refused(claim).await["details"]["code"], "APPROVAL_EXPIRED");
    approved(&mut bench, "a2", "deny").await;
    let denied = with(with(run(&["rm", "x"]), "approved", json!(true)), "runId", json!("a2"));
    assert_eq!(bench.refused(denied).await["details"]["code"], "APPROVAL_DENIED");
}

/// Old callers always say `approved`; it goes no further than here.
#[tokio::test]
async fn claims_of_old_callers_are_taken_out() {
    let mut bench = Bench::with(3, 3).await;
    for (key, claim) in [
        ("a", json!({"approved": true})),
        ("b", json!({"approved": "yes", "runId": "made-up"})),
        ("c", json!({"approvalDecision": "allow-always", "systemRunPlan": {"argv": ["rm"]}})),
    ] {
        let mut params = run(&["id"]);
        params.as_object_mut().unwrap().extend(claim.as_object().unwrap().clone());
        let (call, asked) = bench.begin(key, "system.run", json!({"params": params})).await;
        let sent: Value = serde_json::from_str(asked["paramsJSON"].as_str().unwrap()).unwrap();
        for claimed in ["approved", "approvalDecision", "systemRunPlan"] {
            assert!(sent.get(claimed).is_none(), "{claimed}: {sent}");
        }
        bench.answer(&asked, json!({"ok": true})).await;
        bench.op.raw.answer(&call).await;
    }
}

/// DEMAND §2, displayed is not executed.
#[tokio::test]
async fn words_and_arguments_say_the_same() {
    let mut bench = Bench::new().await;
    let lie = json!({"command": ["rm", "-rf", "/"], "rawCommand": "ls"});
    assert_eq!(bench.refused(lie).await["message"], "params.rawCommand is not what params.command says");
    for (params, field) in [
        (json!({}), "params.command"),
        (json!({"command": "ls"}), "params.command"),
        (json!({"command": []}), "params.command"),
        (json!({"command": ["ls"], "cwd": 1}), "params.cwd"),
        (json!({"command": ["ls"], "env": {"A": 1}}), "params.env"),
        (json!({"command": ["ls"], "env": ["A"]}), "params.env"),
    ] {
        let error = bench.refused(params.clone()).await;
        assert!(error["message"].as_str().unwrap().starts_with(field), "{params}: {error}");
    }
    let text = json!({"nodeId": device().id(), "command": "system.run", "idempotencyKey": "t", "params": "ls"});
    assert!(bench.op.err("node.invoke", text).await["message"].as_str().unwrap().contains("must be an object"));
}

/// FEATURES X-39: a node's own rules are read and written through methods of their own, and no other way.
#[tokio::test]
async fn rules_of_a_node_have_their_own_methods() {
    let mut bench = Bench::new().await;
    let around = json!({"nodeId": device().id(), "command": "system.execApprovals.set", "idempotencyKey": "x"});
    let error = bench.op.err("node.invoke", around).await;
    assert!(error["message"].as_str().unwrap().contains("exec.approvals.node.set"), "{error}");
    let rules = json!({"path": "/n/exec-approvals.json", "exists": true, "hash": "h1", "file": {"version": 1}});
    let get = bench.op.post("exec.approvals.node.get", json!({"nodeId": device().id()})).await;
    let asked = bench.node.event(REQUEST, |asked| asked["command"] == "system.execApprovals.get").await;
    bench.answer(&asked, json!({"ok": true, "payload": rules})).await;
    assert_eq!(bench.op.raw.answer(&get).await["payload"], rules);
    let file = json!({"version": 1, "defaults": {"security": "deny"}, "unknownKey": 1});
    let set = bench
        .op
        .post("exec.approvals.node.set", json!({"nodeId": device().id(), "file": file, "baseHash": "h1"}))
        .await;
    let asked = bench.node.event(REQUEST, |asked| asked["command"] == "system.execApprovals.set").await;
    let sent: Value = serde_json::from_str(asked["paramsJSON"].as_str().unwrap()).unwrap();
    assert_eq!(sent, json!({"file": file, "baseHash": "h1"}));
    bench.answer(&asked, json!({"ok": true, "payload": {"hash": "h2"}})).await;
    assert_eq!(bench.op.raw.answer(&set).await["payload"], json!({"hash": "h2"}));
    let mut writer = bench.gateway.op(&Device::new("writer"), &["operator.write"]).await;
    let error = writer.err("exec.approvals.node.get", json!({"nodeId": device().id()})).await;
    assert_eq!(error["details"]["missingScope"], "operator.admin");
}
