//! A command waits for a person: who is asked, who may answer, whose answer counts, and what happens when nobody does
//! (X-35…X-37, E-12, R-09, P24).

use serde_json::{Value, json};

use crate::harness::{Caller, Client, Connect, Device, InProcess, assert_keys};

const REQUEST: &str = "exec.approval.request";
const RESOLVE: &str = "exec.approval.resolve";
const WAIT: &str = "exec.approval.waitDecision";
const REQUESTED: &str = "exec.approval.requested";
const RESOLVED: &str = "exec.approval.resolved";

async fn approver(gateway: &InProcess, name: &str) -> Client {
    gateway.op(&Device::new(name), &["operator.approvals"]).await
}

async fn old(gateway: &InProcess, name: &str) -> Client {
    let connect = Connect::operator(&Device::new(name), &["operator.approvals"]).v3();
    gateway.must(&Caller::local(), &connect).await
}

fn command() -> Value {
    json!({"command": "rm -rf build", "commandArgv": ["rm", "-rf", "build"], "cwd": "/work", "host": "gateway",
        "security": "allowlist", "ask": "on-miss", "agentId": "main", "sessionKey": "agent:main:main",
        "resolvedPath": "/usr/bin/rm", "env": {"A": "1"}})
}

/// The answer to a request that was posted before.
async fn answer(client: &mut Client, id: &str) -> Value {
    client.raw.answer(id).await
}

#[tokio::test]
async fn a_request_waits_until_another_client_answers() {
    let gateway = InProcess::start().await;
    let (mut phone, mut host) = (approver(&gateway, "phone").await, approver(&gateway, "host").await);
    for (decision, words) in [("allow-once", "once"), ("allow-always", "always"), ("deny", "no")] {
        let posted = host.post(REQUEST, command()).await;
        let shown = phone.event(REQUESTED, |event| event["id"].is_string()).await;
        let waiting = phone.ok("exec.approval.list", json!({})).await;
        let id = waiting[0]["id"].clone();
        assert_eq!(waiting.as_array().unwrap().len(), 1, "{words}: {shown}");
        assert_eq!(phone.ok(RESOLVE, json!({"id": id, "decision": decision})).await, json!({"ok": true}));
        let decided = answer(&mut host, &posted).await["payload"].clone();
        assert_keys(&decided, &["id", "decision", "createdAtMs", "expiresAtMs"]);
        assert_eq!((&decided["id"], &decided["decision"]), (&id, &json!(decision)));
        assert_eq!(decided["expiresAtMs"].as_i64().unwrap() - decided["createdAtMs"].as_i64().unwrap(), 120_000);
        let told = phone.event(RESOLVED, |event| event["id"] == id).await;
        assert_eq!((&told["decision"], &told["request"]["command"]), (&json!(decision), &json!("rm -rf build")));
        assert_eq!(host.ok(WAIT, json!({"id": id})).await, decided, "asked again afterwards");
    }
}

#[tokio::test]
async fn both_generations_are_shown_all_of_it_in_their_own_words() {
    let gateway = InProcess::start().await;
    let (mut new, mut old) = (approver(&gateway, "new").await, old(&gateway, "old").await);
    let mut host = approver(&gateway, "host").await;
    let posted = host.post(REQUEST, command()).await;
    let v4 = new.event(REQUESTED, |_| true).await;
    let v3 = old.event(REQUESTED, |_| true).await;
    assert_keys(&v3, &["id", "request", "createdAtMs", "expiresAtMs"]);
    assert_eq!(
        v3["request"],
        json!({"command": "rm -rf build", "cwd": "/work", "host": "gateway", "security": "allowlist",
            "ask": "on-miss", "agentId": "main", "resolvedPath": "/usr/bin/rm", "sessionKey": "agent:main:main"})
    );
    assert_eq!((&v4["approvalKind"], &v4["id"]), (&json!("exec"), &v3["id"]));
    let request = &v4["request"];
    assert_eq!(request["commandArgv"], json!(["rm", "-rf", "build"]));
    assert_eq!(
        (&request["envKeys"], &request["nodeId"], &request["runId"]),
        (&json!(["A"]), &Value::Null, &Value::Null)
    );
    assert_eq!(request["allowedDecisions"], json!(["allow-once", "allow-always", "deny"]));
    assert_eq!(request["systemRunBinding"]["planHash"].as_str().unwrap().len(), 64);
    let got = new.ok("exec.approval.get", json!({"id": v4["id"]})).await;
    assert_keys(
        &got,
        &["id", "commandText", "commandPreview", "allowedDecisions", "host", "nodeId", "agentId", "expiresAtMs"],
    );
    assert_eq!(got["commandText"], "rm -rf build");
    old.ok(RESOLVE, json!({"id": v3["id"], "decision": "deny"})).await;
    let v3 = old.event(RESOLVED, |_| true).await;
    assert_keys(&v3, &["id", "decision", "resolvedBy", "ts"]);
    assert!(v3["resolvedBy"].is_string(), "{v3}");
    assert_keys(&new.event(RESOLVED, |_| true).await, &["id", "decision", "resolvedBy", "ts", "request"]);
    assert_eq!(answer(&mut host, &posted).await["payload"]["decision"], "deny");
}

/// A long command is never cut where somebody decides about it.
#[tokio::test]
async fn the_end_of_a_long_command_is_seen() {
    let gateway = InProcess::start().await;
    let (mut phone, mut host) = (approver(&gateway, "phone").await, approver(&gateway, "host").await);
    let long = format!("echo {} ; rm -rf /", "x".repeat(50_000));
    host.ok(REQUEST, json!({"command": long, "id": "long", "twoPhase": true})).await;
    let shown = phone.event(REQUESTED, |_| true).await;
    assert_eq!(shown["request"]["command"], long);
    let got = phone.ok("exec.approval.get", json!({"id": "long"})).await;
    assert_eq!(got["commandText"], long);
    assert_eq!(got["commandPreview"].as_str().unwrap().chars().count(), 201);
}

#[tokio::test]
async fn of_two_answers_at_once_the_first_counts_and_the_other_is_told() {
    let gateway = InProcess::start().await;
    let mut host = approver(&gateway, "host").await;
    let (mut left, mut right) = (approver(&gateway, "left").await, approver(&gateway, "right").await);
    for round in 0..10 {
        let id = format!("race-{round}");
        host.ok(REQUEST, json!({"command": "ls", "id": id, "twoPhase": true})).await;
        let (deny, allow) = (json!({"id": id, "decision": "deny"}), json!({"id": id, "decision": "allow-once"}));
        let (first, second) = tokio::join!(left.call(RESOLVE, deny), right.call(RESOLVE, allow));
        let (won, lost) = match (first, second) {
            (Ok(_), Err(error)) => ("deny", error),
            (Err(error), Ok(_)) => ("allow-once", error),
            other => panic!("{other:?}"),
        };
        assert_eq!(lost["message"], "approval already resolved");
        assert_eq!(lost["details"]["reason"], "APPROVAL_ALREADY_RESOLVED");
        assert_eq!(host.ok(WAIT, json!({"id": id})).await["decision"], won);
    }
}

#[tokio::test]
async fn nobody_answers_in_time_and_it_counts_as_denied() {
    let gateway = InProcess::start().await;
    let (mut new, mut old) = (approver(&gateway, "new").await, old(&gateway, "old").await);
    let mut host = approver(&gateway, "host").await;
    let posted = host.post(REQUEST, json!({"command": "ls", "id": "slow", "timeoutMs": 60_000})).await;
    new.event(REQUESTED, |_| true).await;
    gateway.clock.advance_ms(60_000);
    let decided = answer(&mut host, &posted).await["payload"].clone();
    assert_eq!((&decided["decision"], &decided["terminalReason"]), (&Value::Null, &json!("timeout")));
    let told = new.event(RESOLVED, |_| true).await;
    assert_eq!((&told["decision"], &told["resolvedBy"]), (&json!("deny"), &Value::Null));
    old.catch_up().await;
    assert_eq!(old.events(RESOLVED), [] as [Value; 0]);
    // Too late, in the words of each generation.
    let late = new.err(RESOLVE, json!({"id": "slow", "decision": "allow-once"})).await;
    assert_eq!(late["message"], "unknown or expired approval id");
    assert_eq!(late["details"]["reason"], "APPROVAL_NOT_FOUND");
    let late = old.err(RESOLVE, json!({"id": "slow", "decision": "allow-once"})).await;
    assert_eq!((&late["message"], &late["code"]), (&json!("unknown approval id"), &json!("INVALID_REQUEST")));
    assert_eq!(new.ok("exec.approval.list", json!({})).await, json!([]));
    let gone = new.err("exec.approval.get", json!({"id": "slow"})).await;
    assert_eq!(gone["code"], "APPROVAL_NOT_FOUND");
}

#[tokio::test]
async fn two_phases_and_nobody_to_ask() {
    let gateway = InProcess::start().await;
    let mut host = approver(&gateway, "host").await;
    // Nobody else is connected: told at once, and nothing waits.
    for params in [json!({"command": "ls", "id": "alone"}), json!({"command": "ls", "id": "alone-2", "twoPhase": true})]
    {
        let decided = host.ok(REQUEST, params).await;
        assert_eq!((&decided["decision"], &decided["terminalReason"]), (&Value::Null, &json!("no-approval-route")));
    }
    assert_eq!(host.events(REQUESTED), [] as [Value; 0], "a dialog that vanishes at once helps nobody");
    let mut phone = approver(&gateway, "phone").await;
    let accepted = host.ok(REQUEST, json!({"command": "ls", "id": "two", "twoPhase": true})).await;
    assert_keys(&accepted, &["status", "id", "createdAtMs", "expiresAtMs"]);
    assert_eq!((&accepted["status"], &accepted["id"]), (&json!("accepted"), &json!("two")));
    let posted = host.post(WAIT, json!({"id": "two"})).await;
    phone.ok(RESOLVE, json!({"id": "two", "decision": "allow-once"})).await;
    assert_eq!(answer(&mut host, &posted).await["payload"]["decision"], "allow-once");
    let unknown = host.err(WAIT, json!({"id": "never"})).await;
    assert_eq!(unknown["message"], "unknown or expired approval id");
}

#[tokio::test]
async fn without_the_scope_nothing_is_seen_and_nothing_decided() {
    let gateway = InProcess::start().await;
    let (mut host, _phone) = (approver(&gateway, "host").await, approver(&gateway, "phone").await);
    let others: &[&str] = &["operator.read", "operator.write", "operator.pairing"];
    let mut writer = gateway.op(&Device::new("writer"), others).await;
    let mut node = gateway.node(&Device::new("node")).await;
    host.ok(REQUEST, json!({"command": "ls", "id": "a", "twoPhase": true})).await;
    for method in [REQUEST, RESOLVE, WAIT, "exec.approval.list", "exec.approval.get", "plugin.approval.list"] {
        let params = json!({"id": "a", "decision": "allow-once", "command": "ls"});
        let error = writer.err(method, params.clone()).await;
        assert_eq!(
            (&error["code"], &error["details"]["missingScope"]),
            (&json!("FORBIDDEN"), &json!("operator.approvals"))
        );
    }
    let error = node.err(RESOLVE, json!({"id": "a", "decision": "allow-once"})).await;
    assert_eq!(error["message"], "unauthorized role: node");
    for method in ["exec.approvals.get", "exec.approvals.set"] {
        let error = host.err(method, json!({"file": {"version": 1}})).await;
        assert_eq!(error["details"]["missingScope"], "operator.admin", "{method}");
    }
    writer.catch_up().await;
    node.catch_up().await;
    assert_eq!((writer.events(REQUESTED), node.events(REQUESTED)), (Vec::new(), Vec::new()));
    assert_eq!(host.ok("exec.approval.list", json!({})).await[0]["id"], "a", "it still waits");
}

/// An approval is for what was shown: another command under its name, another plan, another word.
#[tokio::test]
async fn an_approval_cannot_be_carried_over_to_something_else() {
    let gateway = InProcess::start().await;
    let (mut phone, mut host) = (approver(&gateway, "phone").await, approver(&gateway, "host").await);
    let ask = |argv: Value, env: Value| json!({"command": argv[0], "id": "a", "twoPhase": true, "commandArgv": argv, "env": env});
    host.ok(REQUEST, ask(json!(["ls"]), json!({"A": "1"}))).await;
    let hash = phone.event(REQUESTED, |_| true).await["request"]["systemRunBinding"]["planHash"].clone();
    for other in [ask(json!(["rm"]), json!({"A": "1"})), ask(json!(["ls"]), json!({"A": "2"}))] {
        assert_eq!(host.err(REQUEST, other).await["message"], "approval id already pending");
    }
    let error = phone.err(RESOLVE, json!({"id": "a", "decision": "allow-once", "planHash": "0".repeat(64)})).await;
    assert!(error["message"].as_str().unwrap().starts_with("planHash is not that of this approval"), "{error}");
    for decision in ["yes", "ALLOW-ONCE", ""] {
        let error = phone.err(RESOLVE, json!({"id": "a", "decision": decision})).await;
        assert_eq!(error["message"], "invalid decision");
    }
    phone.ok(RESOLVE, json!({"id": "a", "decision": "allow-once", "planHash": hash})).await;
    // Used up: the name stays taken, so nothing else can wear the decision.
    let reused = host.err(REQUEST, ask(json!(["rm"]), json!({}))).await;
    assert_eq!(reused["message"], "approval id already pending");
    // Each difference is another plan.
    let mut hashes = vec![hash];
    let variants = [
        json!({"command": "ls -l", "commandArgv": ["ls", "-l"]}),
        json!({"env": {"A": "2"}}),
        json!({"cwd": "/other"}),
        json!({"env": {"B": "1"}}),
        json!({"agentId": "other"}),
        json!({"host": "sandbox"}),
    ];
    for (index, variant) in variants.into_iter().enumerate() {
        let id = format!("v{index}");
        let mut params = json!({"command": "ls", "commandArgv": ["ls"], "env": {"A": "1"}, "twoPhase": true, "id": id});
        params.as_object_mut().unwrap().extend(variant.as_object().unwrap().clone());
        host.ok(REQUEST, params).await;
        let shown = phone.event(REQUESTED, |event| event["id"] == id).await;
        hashes.push(shown["request"]["systemRunBinding"]["planHash"].clone());
    }
    let distinct: std::collections::HashSet<String> = hashes.iter().map(ToString::to_string).collect();
    assert_eq!(distinct.len(), hashes.len(), "{hashes:?}");
}

/// What people are shown is what runs: a client that calls its command something else is refused.
#[tokio::test]
async fn what_is_shown_is_what_runs() {
    let gateway = InProcess::start().await;
    let (mut phone, mut host) = (approver(&gateway, "phone").await, approver(&gateway, "host").await);
    let ask = |called: &str, argv: &Value, id: &str| json!({"command": called, "commandArgv": argv, "twoPhase": true, "id": id});
    for (called, argv) in [
        ("ls", json!(["rm", "-rf", "/"])),
        ("ls", json!(["sh", "-c", "ls; rm -rf ~"])),
        ("ls", json!(["ls", "-l"])),
        ("rm a b", json!(["rm", "a b"])),
    ] {
        let error = host.err(REQUEST, ask(called, &argv, "x")).await;
        assert_eq!(error["code"], "INVALID_REQUEST", "{called} {argv}");
        assert!(error["message"].as_str().unwrap().starts_with("command is not what commandArgv says"), "{error}");
        let planned = json!({"command": called, "systemRunPlan": {"argv": argv}, "twoPhase": true, "id": "x"});
        assert_eq!(host.err(REQUEST, planned).await["code"], "INVALID_REQUEST", "in a plan: {called} {argv}");
    }
    let table = [
        ("ls -l", json!(["ls", "-l"]), "ls -l"),
        ("rm \"a b\"", json!(["rm", "a b"]), "rm 'a b'"),
        ("ls | wc", json!(["/bin/sh", "-c", "ls | wc"]), "ls | wc"),
    ];
    for (index, (called, argv, want)) in table.into_iter().enumerate() {
        let id = format!("s{index}");
        host.ok(REQUEST, ask(called, &argv, &id)).await;
        let shown = phone.event(REQUESTED, |event| event["id"] == id).await;
        assert_eq!((&shown["request"]["command"], &shown["request"]["commandArgv"]), (&json!(want), &argv));
    }
    assert_eq!(phone.events(REQUESTED).len(), 3, "nobody was asked about the others");
}

/// What a node host will execute must be what is shown.
#[tokio::test]
async fn a_node_command_comes_with_the_plan_that_is_shown() {
    let gateway = InProcess::start().await;
    let (mut phone, mut host) = (approver(&gateway, "phone").await, approver(&gateway, "host").await);
    let plan = json!({"argv": ["ls", "-l"], "cwd": "/srv", "commandText": "ls -l"});
    let base =
        json!({"command": "ls -l", "host": "node", "nodeId": "n1", "systemRunPlan": plan, "id": "n", "twoPhase": true});
    let with = |key: &str, value: Value| {
        let mut params = base.clone();
        params[key] = value;
        params
    };
    for (params, message) in [
        (with("systemRunPlan", Value::Null), "systemRunPlan is required for host node"),
        (with("nodeId", Value::Null), "nodeId is required for host node"),
        (with("commandArgv", json!(["ls"])), "commandArgv is not that of systemRunPlan.argv"),
        (with("command", json!("ls")), "command is not that of systemRunPlan.commandText"),
        (with("cwd", json!("/")), "cwd is not that of systemRunPlan.cwd"),
    ] {
        assert_eq!(host.err(REQUEST, params).await["message"], message);
    }
    host.ok(REQUEST, base).await;
    let shown = phone.event(REQUESTED, |_| true).await;
    assert_eq!(shown["request"]["commandArgv"], json!(["ls", "-l"]));
    assert_eq!((&shown["request"]["cwd"], &shown["request"]["systemRunPlan"]), (&json!("/srv"), &plan));
}

#[tokio::test]
async fn clients_start_with_empty_lists() {
    let gateway = InProcess::start().await;
    let mut admin = gateway.op(&Device::new("desk"), &["operator.admin"]).await;
    for method in ["exec.approval.list", "plugin.approval.list", "openclaw.approval.list"] {
        assert_eq!(admin.ok(method, json!({})).await, json!([]), "{method}");
    }
    assert_eq!(admin.ok("question.list", json!({})).await, json!({"questions": []}));
}
