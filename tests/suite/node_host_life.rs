//! The node host through bad days: gateways that die and come back, commands that take too long, two hosts at once.

use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{Client, Device, Forwarder, TestGateway, TestNode, until};

const PLAIN: &[&str] = &["--without", "browser,canvas,camera,screen"];
const FULL: &str = r#"{"version":1,"defaults":{"security":"full"}}"#;

async fn admin(gateway: &TestGateway) -> Client {
    gateway.op(&Device::new("op"), &["operator.admin"]).await
}

fn run(node_id: &str, command: Value, timeout_ms: u64) -> Value {
    let key = uuid::Uuid::new_v4().to_string();
    let params = json!({"command": command});
    json!({"nodeId": node_id, "command": "system.run", "params": params, "idempotencyKey": key, "timeoutMs": timeout_ms})
}

fn is_alive(pid: &str) -> bool {
    Command::new("kill").args(["-0", pid.trim()]).stderr(std::process::Stdio::null()).status().unwrap().success()
}

/// A script that writes its process id and that of a child, and stays.
fn stays(folder: &std::path::Path) -> Value {
    let pids = folder.join("pids");
    json!(["/bin/sh", "-c", format!("sleep 1000 & echo $$ $! > '{0}.new'; mv '{0}.new' '{0}'; wait", pids.display())])
}

async fn pids(folder: &std::path::Path) -> Vec<String> {
    let file = folder.join("pids");
    let text =
        until("the command to run", || std::fs::read_to_string(&file).ok().filter(|text| !text.is_empty())).await;
    std::fs::remove_file(file).unwrap();
    text.split_whitespace().map(str::to_owned).collect()
}

/// A gateway that is killed and one that comes back later: the node is lost, ends what nobody waits for, and returns.
#[tokio::test]
async fn a_killed_gateway_is_noticed_and_found_again() {
    let mut gateway = TestGateway::start();
    let way = Forwarder::to(&gateway).await;
    way.during(async {
        let mut node = TestNode::start(&way.endpoint(gateway.token.as_deref()), PLAIN);
        let id = node.connected().await;
        node.rules(FULL);
        let mut op = admin(&gateway).await;
        op.post("node.invoke", run(&id, stays(&node.home()), 60_000)).await;
        let running = pids(&node.home()).await;
        gateway.kill9();
        node.state("lost").await;
        for pid in &running {
            until("what nobody waits for to end", || (!is_alive(pid)).then_some(())).await;
        }
        let gateway = gateway.start_again();
        way.retarget(&gateway);
        assert_eq!(node.connected().await, id);
        let mut op = admin(&gateway).await;
        let ran = op.ok("node.invoke", run(&id, json!(["echo", "back"]), 20_000)).await;
        assert_eq!(ran["payload"]["stdout"], "back\n", "{ran}");
    })
    .await;
}

/// A deadline ends the command and everything it started, and what it said until then is told.
#[tokio::test]
async fn a_deadline_ends_the_whole_group() {
    let gateway = TestGateway::start();
    let mut node = TestNode::start(&gateway, PLAIN);
    let id = node.connected().await;
    node.rules(FULL);
    let mut op = admin(&gateway).await;
    let ended = op.call("node.invoke", run(&id, stays(&node.home()), 6_000)).await;
    if let Ok(result) = &ended {
        assert_eq!(result["payload"]["timedOut"], true, "{result}");
    }
    for pid in pids(&node.home()).await {
        until("the group to end", || (!is_alive(&pid)).then_some(())).await;
    }
    let ran = op.ok("node.invoke", run(&id, json!(["echo", "next"]), 20_000)).await;
    assert_eq!(ran["payload"]["stdout"], "next\n", "the host goes on: {ran}");
}

/// A host that is told to end takes its commands along.
#[tokio::test]
async fn stopping_the_host_ends_its_commands() {
    let gateway = TestGateway::start();
    let mut node = TestNode::start(&gateway, PLAIN);
    let id = node.connected().await;
    node.rules(FULL);
    let mut op = admin(&gateway).await;
    op.post("node.invoke", run(&id, stays(&node.home()), 60_000)).await;
    let running = pids(&node.home()).await;
    let stopped = node.cli(&["node", "stop", "--json"]);
    assert_eq!(stopped.code, 0, "{stopped:?}");
    assert_eq!((&stopped.json()["running"], &stopped.json()["done"]), (&json!(false), &json!("stopped")));
    for pid in running {
        until("its commands to end", || (!is_alive(&pid)).then_some(())).await;
    }
    let away = |list: &Value| list["nodes"][0]["connected"] == false;
    op.ok_until(("node.list", json!({})), "the node to be away", away).await;
}

/// One host to a profile; a mistake in the words is told and not retried.
#[tokio::test]
async fn a_second_host_and_wrong_words_end_at_once() {
    let gateway = TestGateway::start();
    let mut node = TestNode::start(&gateway, PLAIN);
    node.connected().await;
    let second = node.cli(&["node", "run", "--url", &gateway.url()]);
    assert_eq!(second.code, 75, "{second:?}");
    assert!(second.stderr.contains(&node.pid().to_string()), "{second:?}");
    let home = tempfile::tempdir().unwrap();
    let state = home.path().join("state");
    let env = [("POSTERN_STATE_DIR", state.to_str().unwrap())];
    for (args, code) in [
        (&["--pair", "nonsense"][..], 2),
        (&["--host", "a b"][..], 2),
        (&["--host", "192.0.2.1"][..], 2),
        (&["--browser", "/no/such/program"][..], 2),
        (&["--browser-allow", "fd00::5"][..], 2),
        (&["--url", &gateway.url(), "--token", "wrong-token-000000000000"][..], 5),
    ] {
        let failed = crate::harness::run(&[&["node", "run"], args].concat(), &env);
        assert_eq!(failed.code, code, "{args:?} {failed:?}");
    }
}

/// The unit says what it starts, and nothing secret.
#[tokio::test]
async fn the_service_is_shown_before_it_is_written() {
    let home = tempfile::tempdir().unwrap();
    let state = home.path().join("state");
    let env = [("POSTERN_STATE_DIR", state.to_str().unwrap())];
    let shown =
        crate::harness::run(&["node", "install", "--dry-run", "--token", "secret-000000000000", "--json"], &env);
    assert_eq!(shown.code, 0, "{shown:?}");
    let shown = shown.json();
    let unit = shown["definition"].as_str().unwrap();
    if cfg!(target_os = "linux") {
        assert_eq!(shown["name"], "postern_node.service");
        assert!(unit.contains("node run --supervised\n") && unit.contains("Type=exec"), "{unit}");
    }
    assert!(!unit.contains("secret-000000000000"), "{unit}");
    let status = crate::harness::run(&["node", "status", "--json"], &env).json();
    assert_eq!((&status["running"], &status["state"]), (&json!(false), &json!("stopped")), "{status}");
    assert!(!state.exists(), "looking changes nothing");
}
