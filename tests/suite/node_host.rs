//! `postern node run`: the real node host and the real gateway.

use serde_json::{Value, json};

use crate::harness::{Client, Connect, Device, InProcess, TestGateway, TestNode, run};

/// No browser: it has a suite of its own.
const PLAIN: &[&str] = &["--without", "browser,canvas,camera,screen"];
const FULL: &str = r#"{"version":1,"defaults":{"security":"full"}}"#;

async fn admin(gateway: &TestGateway, name: &str) -> Client {
    gateway.op(&Device::new(name), &["operator.admin"]).await
}

fn invoke(node_id: &str, command: &str, params: Value) -> Value {
    let key = format!("{command}-{}", uuid::Uuid::new_v4());
    json!({"nodeId": node_id, "command": command, "params": params, "idempotencyKey": key, "timeoutMs": 20_000})
}

async fn done(op: &mut Client, node_id: &str, command: &str, params: Value) -> Value {
    op.ok("node.invoke", invoke(node_id, command, params)).await["payload"].take()
}

async fn refused(op: &mut Client, node_id: &str, command: &str, params: Value) -> Value {
    op.err("node.invoke", invoke(node_id, command, params)).await
}

fn row<'a>(list: &'a Value, node_id: &str) -> &'a Value {
    let nodes = list["nodes"].as_array().unwrap();
    nodes.iter().find(|node| node["nodeId"] == node_id).unwrap_or_else(|| panic!("{list}"))
}

/// It is listed with what it offers, and everything it offers answers (N-05, N-06).
#[tokio::test]
async fn a_computer_joins_and_does_what_it_offers() {
    let gateway = TestGateway::start();
    let mut node = TestNode::start(&gateway, PLAIN);
    let id = node.connected().await;
    let mut op = admin(&gateway, "op").await;
    let list = op.ok("node.list", json!({})).await;
    let listed = row(&list, &id);
    assert_eq!((&listed["connected"], &listed["caps"]), (&json!(true), &json!(["fs", "system"])), "{listed}");
    // Told before the operator came, or meanwhile.
    let figures = match listed["hostStats"]["memoryTotalBytes"].as_u64() {
        Some(bytes) => bytes,
        None => op.event("node.hostStats", |told| told["nodeId"] == json!(id)).await["hostStats"]["memoryTotalBytes"]
            .as_u64()
            .unwrap(),
    };
    assert!(figures > 0, "{listed}");
    assert!(listed["commands"].as_array().unwrap().contains(&json!("system.run")), "{listed}");

    let found = done(&mut op, &id, "system.which", json!({"bins": ["sh", "no-such-program", "../sh"]})).await;
    assert!(found["bins"]["sh"].as_str().unwrap().ends_with("/sh"), "{found}");
    assert_eq!(found["bins"].as_object().unwrap().len(), 1, "{found}");
    std::fs::create_dir(node.home().join("folder")).unwrap();
    let folders = done(&mut op, &id, "fs.listDir", json!({"path": "~"})).await;
    assert_eq!(folders["path"], node.home().to_str().unwrap());
    assert!(folders["entries"].as_array().unwrap().iter().any(|entry| entry["name"] == "folder"), "{folders}");

    node.rules(FULL);
    let script = "printf out; printf err >&2; printf \"$GIVEN$POSTERN_AGENT \"; pwd; exit 3";
    let run =
        json!({"command": ["/bin/sh", "-c", script], "cwd": node.home().join("folder"), "env": {"GIVEN": "+env "}});
    let ran = done(&mut op, &id, "system.run", run).await;
    let folder = node.home().join("folder");
    assert_eq!(ran["stdout"], format!("out+env 1 {}\n", folder.display()), "{ran}");
    assert_eq!((&ran["stderr"], &ran["exitCode"], &ran["success"]), (&json!("err"), &json!(3), &json!(false)));
    assert_eq!((&ran["timedOut"], &ran["truncated"]), (&json!(false), &json!(false)), "{ran}");
}

/// Whatever changes which code runs, hides what runs, or is not offered, is refused (CVE classes of swapped words).
#[tokio::test]
async fn what_deceives_or_is_not_offered_is_refused() {
    let gateway = TestGateway::start();
    let mut node = TestNode::start(&gateway, PLAIN);
    let id = node.connected().await;
    node.rules(FULL);
    let mut op = admin(&gateway, "op").await;
    for name in ["LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "NODE_OPTIONS", "BASH_ENV", "PATH"] {
        let run = json!({"command": ["true"], "env": {name: "/tmp/x"}});
        let error = refused(&mut op, &id, "system.run", run).await;
        assert!(error["message"].as_str().unwrap().contains(&format!("env.{name}")), "{error}");
    }
    let error = refused(&mut op, &id, "system.run", json!({"command": ["rm", "x"], "rawCommand": "ls"})).await;
    assert!(error["message"].as_str().unwrap().contains("rawCommand"), "{error}");
    let error = refused(&mut op, &id, "camera.snap", json!({})).await;
    assert_eq!(error["code"], "INVALID_REQUEST", "{error}");
    let list = op.ok("node.list", json!({})).await;
    let offered = row(&list, &id)["commands"].to_string();
    assert!(!offered.contains("camera") && !offered.contains("screen"), "{offered}");
}

/// Without rules nothing runs unasked; rules are read and written through the gateway (X-39).
#[tokio::test]
async fn the_rules_of_the_computer_decide() {
    let gateway = TestGateway::start();
    let mut node = TestNode::start(&gateway, PLAIN);
    let id = node.connected().await;
    let mut op = admin(&gateway, "op").await;
    let run = json!({"command": ["uname"]});
    let error = refused(&mut op, &id, "system.run", run.clone()).await;
    assert_eq!(error["details"]["nodeError"]["code"], "SYSTEM_RUN_DENIED", "{error}");
    assert_eq!(error["message"], "SYSTEM_RUN_DENIED: approval required", "{error}");
    // Saying that somebody approved it does not make it so.
    let claimed = json!({"command": ["uname"], "approved": true, "approvalDecision": "allow-once", "runId": "made-up"});
    let error = refused(&mut op, &id, "system.run", claimed).await;
    assert_eq!(error["details"]["code"], "UNKNOWN_APPROVAL_ID", "{error}");

    let rules = op.ok("exec.approvals.node.get", json!({"nodeId": id})).await;
    assert_eq!(rules["resolvedDefaults"]["security"], "allowlist", "{rules}");
    assert_eq!(rules["exists"], false, "{rules}");
    let program = done(&mut op, &id, "system.which", json!({"bins": ["uname"]})).await["bins"]["uname"].clone();
    let program = std::fs::canonicalize(program.as_str().unwrap()).unwrap();
    let file = json!({"version": 1, "agents": {"main": {"allowlist": [{"pattern": program}]}}});
    op.ok("exec.approvals.node.set", json!({"nodeId": id, "file": file})).await;
    assert_eq!(done(&mut op, &id, "system.run", run.clone()).await["exitCode"], 0);
    let error = refused(&mut op, &id, "system.run", json!({"command": ["id"]})).await;
    assert_eq!(error["message"], "SYSTEM_RUN_DENIED: approval required", "{error}");
    let deny = json!({"nodeId": id, "file": {"version": 1, "defaults": {"security": "deny"}}});
    op.err("exec.approvals.node.set", deny).await;
    node.rules(r#"{"version":1,"defaults":{"security":"deny"}}"#);
    let error = refused(&mut op, &id, "system.run", run).await;
    assert_eq!(error["details"]["nodeError"]["code"], "SYSTEM_RUN_DISABLED", "{error}");
}

/// Prepares, asks, decides: the id of the approval and the plan it is for.
async fn approve(op: &mut Client, owner: &mut Client, node_id: &str, command: Value) -> (String, Value) {
    let plan = done(op, node_id, "system.run.prepare", command).await["plan"].take();
    let id = uuid::Uuid::new_v4().to_string();
    let ask = json!({
        "id": id, "command": plan["commandText"], "commandArgv": plan["argv"], "cwd": plan["cwd"],
        "host": "node", "nodeId": node_id, "systemRunPlan": plan, "twoPhase": true,
    });
    op.ok("exec.approval.request", ask).await;
    owner.ok("exec.approval.resolve", json!({"id": id, "decision": "allow-once"})).await;
    (id, plan)
}

fn approved(plan: &Value, id: &str) -> Value {
    json!({
        "command": plan["argv"], "cwd": plan["cwd"], "approved": true, "approvalDecision": "allow-once", "runId": id,
    })
}

/// What was prepared, shown and approved is what runs: once, and nothing in its place.
#[tokio::test]
async fn an_approved_plan_runs_as_it_was_approved() {
    let gateway = TestGateway::start();
    let mut node = TestNode::start(&gateway, PLAIN);
    let node_id = node.connected().await;
    let (mut op, mut owner) = (admin(&gateway, "op").await, admin(&gateway, "owner").await);
    let (id, plan) = approve(&mut op, &mut owner, &node_id, json!({"command": ["echo", "approved"]})).await;
    let mut swapped = approved(&plan, &id);
    swapped["command"] = json!(["echo", "something else"]);
    assert_eq!(refused(&mut op, &node_id, "system.run", swapped).await["details"]["code"], "APPROVAL_REQUEST_MISMATCH");
    let mut swapped = approved(&plan, &id);
    swapped["env"] = json!({"LANG": "C"});
    assert_eq!(refused(&mut op, &node_id, "system.run", swapped).await["details"]["code"], "APPROVAL_REQUEST_MISMATCH");
    let ran = done(&mut op, &node_id, "system.run", approved(&plan, &id)).await;
    assert_eq!(ran["stdout"], "approved\n", "{ran}");
    let error = refused(&mut op, &node_id, "system.run", approved(&plan, &id)).await;
    assert_eq!(error["details"]["code"], "UNKNOWN_APPROVAL_ID", "an approval is for once: {error}");
}

/// A program that is another file by the time it runs was not approved.
#[cfg(unix)]
#[tokio::test]
async fn a_program_swapped_after_its_approval_does_not_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let gateway = TestGateway::start();
    let mut node = TestNode::start(&gateway, PLAIN);
    let node_id = node.connected().await;
    let tool = node.home().join("tool");
    std::fs::write(&tool, "#!/bin/sh\necho harmless\n").unwrap();
    std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).unwrap();
    let (mut op, mut owner) = (admin(&gateway, "op").await, admin(&gateway, "owner").await);
    let (id, plan) = approve(&mut op, &mut owner, &node_id, json!({"command": [tool]})).await;
    std::fs::write(&tool, "#!/bin/sh\ntouch swapped\n").unwrap();
    let error = refused(&mut op, &node_id, "system.run", approved(&plan, &id)).await;
    assert_eq!(error["details"]["nodeError"]["code"], "SYSTEM_RUN_DENIED", "{error}");
    assert!(!node.home().join("swapped").exists());
}

/// Nobody is let in by being on the same machine where that is switched off: first the device, then what it offers.
#[tokio::test]
async fn a_computer_waits_for_both_approvals_and_says_so() {
    let config = "{gateway: {nodes: {pairing: {autoApproveLocal: false}}}}";
    let gateway = TestGateway::builder().config(config).start();
    let mut node = TestNode::start(&gateway, PLAIN);
    let waiting = node.state("waiting-for-approval").await;
    let request = waiting["requestId"].as_str().unwrap().to_owned();
    let status = node.cli(&["node", "status", "--json"]).json();
    assert_eq!((&status["state"], &status["requestId"]), (&json!("waiting-for-approval"), &json!(request)), "{status}");
    assert_eq!((&status["running"], &status["connected"]), (&json!(true), &json!(false)));
    assert!(node.cli(&["node", "status"]).stdout.contains(&format!("devices approve {request}")));
    let own = [("POSTERN_STATE_DIR", gateway.state_dir()), ("POSTERN_GATEWAY_TOKEN", crate::harness::TOKEN.into())];
    let own = own.each_ref().map(|(name, value)| (*name, value.to_str().unwrap()));
    let decided = run(&["devices", "approve", &request], &own);
    assert_eq!(decided.code, 0, "{decided:?}");
    let id = node.connected().await;
    let status = node.cli(&["node", "status", "--json"]).json();
    assert_eq!((&status["state"], &status["nodeId"]), (&json!("connected"), &json!(id)), "{status}");
    let token = json!({"token": crate::harness::TOKEN});
    let connect = Connect::deviceless(&["operator.admin"]).client("cli", "cli").auth(token);
    let mut op = gateway.must(&crate::harness::Caller::local(), &connect).await;
    let error = refused(&mut op, &id, "system.which", json!({"bins": ["sh"]})).await;
    assert_eq!(error["details"]["code"], "PAIRING_CHANGED", "{error}");
    let pending = op.ok("node.pair.list", json!({})).await["pending"][0]["requestId"].clone();
    op.ok("node.pair.approve", json!({"requestId": pending})).await;
    assert!(done(&mut op, &id, "system.which", json!({"bins": ["sh"]})).await["bins"]["sh"].is_string());
}

/// A setup code lets a computer in without any secret, and the next start needs no words.
#[tokio::test]
async fn a_setup_code_is_enough_and_the_gateway_is_remembered() {
    let gateway = TestGateway::start();
    let url = gateway.url();
    let setup = gateway.cli(&["pair", "--node", "--public-url", &url, "--json"]).json();
    let code = setup["setupCode"].as_str().unwrap();
    let mut node = TestNode::with(tempfile::tempdir().unwrap(), &[&["--pair", code], PLAIN].concat());
    let id = node.connected().await;
    let secrets = std::fs::read_to_string(node.home().join("state/node/node.json")).unwrap();
    assert!(secrets.contains(&url) && !secrets.contains("oken"), "{secrets}");
    let home = node.stop();
    let mut again = TestNode::with(home, &[]);
    assert_eq!(again.connected().await, id, "the same device, by its own token");
    let mut op = admin(&gateway, "op").await;
    assert!(done(&mut op, &id, "system.which", json!({"bins": ["sh"]})).await["bins"]["sh"].is_string());
    // The code is used up.
    let other = TestNode::with(tempfile::tempdir().unwrap(), &["--pair", code]);
    let ended = crate::harness::until("the used code to be refused", || {
        let status = other.cli(&["node", "status", "--json"]).json();
        (status["running"] == false).then_some(status)
    });
    ended.await;
}

/// The certificate in a setup code is the only one that is accepted, now and at the next start.
#[tokio::test]
async fn a_code_brings_the_certificate_of_the_gateway() {
    let gateway = InProcess::with("{gateway: {tls: {enabled: true}}}", |_| {}).await;
    let pin = gateway.running.tls_fingerprint().unwrap();
    let operator = Connect::operator(&Device::new("owner"), &["operator.admin"]);
    let mut op = gateway.connect_tls(&pin, &operator).await.unwrap();
    let code = op.ok("device.pair.setupCode", json!({"bootstrapProfile": "node"})).await["setupCode"].take();
    let words = [&["--pair", code.as_str().unwrap()], PLAIN].concat();
    let mut node = TestNode::with(tempfile::tempdir().unwrap(), &words);
    let id = node.connected().await;
    assert!(done(&mut op, &id, "system.which", json!({"bins": ["sh"]})).await["bins"]["sh"].is_string());
    let kept = std::fs::read_to_string(node.home().join("state/node/node.json")).unwrap();
    assert!(kept.contains(&pin), "{kept}");
    let home = node.stop();
    let kept = kept.replace(&pin, &"0".repeat(64));
    postern_gateway::private::write(&home.path().join("state/node/node.json"), kept).unwrap();
    // The gateway runs on this thread, and must be able to answer.
    let again = tokio::task::spawn_blocking(move || {
        let state = home.path().join("state");
        run(&["node", "run", "--json"], &[("POSTERN_STATE_DIR", state.to_str().unwrap())])
    });
    let wrong = again.await.unwrap();
    assert_eq!(wrong.code, 5, "{wrong:?}");
    assert!(wrong.stderr.contains("not the pinned one"), "{wrong:?}");
}
