//! `postern nodes` and `postern approvals --node`: who is connected, what is asked and approved, and commands that reach
//! a node and come back, with the exit codes that scripts read.

use std::path::Path;

use serde_json::{Value, json};

use crate::harness::{Caller, Cli, Client, Connect, Device, TOKEN, TestGateway, run};

const PICTURE: &str = "aGVsbG8=";

/// A node that a test plays.
struct Played {
    client: Client,
    /// Calls that it has answered.
    answered: Vec<Value>,
}

async fn node(gateway: &TestGateway, name: &str, commands: &[&str]) -> Played {
    let connect = Connect::node(&Device::new(name)).set("/caps", json!(["system"])).set("/commands", json!(commands));
    let client = gateway.must(&Caller::local(), &connect.set("/client/displayName", json!(name))).await;
    Played { client, answered: Vec::new() }
}

#[track_caller]
fn worked(cli: Cli) -> Cli {
    assert_eq!(cli.code, 0, "{cli:?}");
    cli
}

#[track_caller]
fn fails(cli: &Cli, code: i32, words: &str) {
    assert!(cli.code == code && cli.stderr.contains(words), "{code} {words:?}: {cli:?}");
}

/// Runs the command while the node answers what it is asked; returns what came of it and what the node was asked.
async fn beside(gateway: &TestGateway, node: &mut Played, args: &[&str], answer: Value) -> (Cli, Value) {
    let (state, url) = (gateway.state_dir(), gateway.url());
    let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    let running = tokio::task::spawn_blocking(move || {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let env = [
            ("POSTERN_STATE_DIR", state.to_str().unwrap()),
            ("POSTERN_GATEWAY_URL", url.as_str()),
            ("POSTERN_GATEWAY_TOKEN", TOKEN),
        ];
        run(&args, &env)
    });
    let Played { client, answered } = node;
    let request = client.event("node.invoke.request", |request| !answered.contains(&request["id"])).await;
    answered.push(request["id"].clone());
    let mut result = json!({"id": request["id"], "nodeId": request["nodeId"]});
    for (key, value) in answer.as_object().unwrap() {
        result[key] = value.clone();
    }
    client.ok("node.invoke.result", result).await;
    (running.await.unwrap(), request)
}

fn params(request: &Value) -> Value {
    request["paramsJSON"].as_str().map_or(Value::Null, |text| serde_json::from_str(text).unwrap())
}

/// Who is there is told apart from who may be used, and who is away from both.
#[tokio::test]
async fn status_shows_nodes_as_they_are() {
    let gateway = TestGateway::start();
    assert!(worked(gateway.cli(&["nodes"])).stdout.starts_with("No node."));
    let _desk = node(&gateway, "desk", &["system.notify"]).await;
    let phone = node(&gateway, "phone", &["location.get"]).await;
    let text = worked(gateway.cli(&["nodes", "status"])).stdout;
    assert!(text.starts_with("2 nodes, 2 connected") && text.contains("desk") && text.contains("phone"), "{text}");
    drop(phone);
    let mut away = Value::Null;
    crate::harness::until("phone to be away", || {
        let json = worked(gateway.cli(&["nodes", "status", "--json"])).json();
        let nodes = json["nodes"].as_array().unwrap();
        away = nodes.iter().find(|node| node["displayName"] == "phone").unwrap().clone();
        (away["connected"] == false).then_some(())
    })
    .await;
    assert_eq!(away["nodeId"], Device::new("phone").id());
    let here = worked(gateway.cli(&["nodes", "status", "--connected", "--json"])).json();
    assert_eq!(here["nodes"].as_array().unwrap().len(), 1, "{here}");
    let lately = worked(gateway.cli(&["nodes", "status", "--last-connected", "1h", "--json"])).json();
    assert_eq!(lately["nodes"].as_array().unwrap().len(), 2, "{lately}");
    fails(&gateway.cli(&["nodes", "status", "--last-connected", "soon"]), 2, "--last-connected");
    let list = worked(gateway.cli(&["nodes", "list", "--json"])).json();
    assert_eq!((&list["pending"], list["paired"].as_array().unwrap().len()), (&json!([]), 2), "{list}");
    let described = worked(gateway.cli(&["nodes", "describe", "--node", "desk"])).stdout;
    assert!(described.contains("may           system.notify"), "{described}");
}

/// What is approved is shown first, whole; what was asked meanwhile is not approved along with it.
#[tokio::test]
async fn requests_are_approved_and_rejected() {
    let gateway = TestGateway::start();
    assert_eq!(worked(gateway.cli(&["nodes", "pending"])).stdout, "No node asks for anything.\n");
    fails(&gateway.cli(&["nodes", "approve", "--latest"]), 1, "no node asks");
    fails(&gateway.cli(&["nodes", "approve"]), 2, "say which request");
    drop(node(&gateway, "desk", &["system.notify"]).await);
    let _desk = node(&gateway, "desk", &["system.notify", "system.run"]).await;
    let pending = worked(gateway.cli(&["nodes", "pending", "--json"])).json();
    let id = pending["pending"][0]["requestId"].as_str().unwrap().to_owned();
    let marker = [("POSTERN_AGENT", "1")];
    fails(&gateway.cli_with(&["nodes", "approve", &id, "--yes"], &marker), 5, "agents cannot change what nodes may do");
    let done = worked(gateway.cli(&["nodes", "approve", &id[..8], "--yes"]));
    assert!(
        done.stderr.contains("new       system.run") && done.stderr.contains("has       system.notify"),
        "{done:?}"
    );
    assert_eq!(done.stdout, "approved: agents may use desk\n");
    let node_of = |cli: Cli| worked(cli).json()["commands"].clone();
    let describe = ["nodes", "describe", "--node", "desk", "--json"];
    assert_eq!(node_of(gateway.cli(&describe)), json!(["system.notify", "system.run"]));
    fails(&gateway.cli(&["nodes", "reject", &id]), 1, "no request");

    drop(node(&gateway, "shed", &["system.notify"]).await);
    let mut shed = node(&gateway, "shed", &["system.notify", "system.which"]).await;
    let pending = worked(gateway.cli(&["nodes", "list", "--json"])).json();
    let id = pending["pending"][0]["requestId"].as_str().unwrap().to_owned();
    assert_eq!(worked(gateway.cli(&["nodes", "reject", &id])).stdout, "rejected: shed\n");
    assert_eq!(worked(gateway.cli(&["nodes", "rename", "--node", "shed", "--name", "Barn"])).stdout, "renamed: Barn\n");
    for name in ["", " ", &"n".repeat(65)] {
        let refused = gateway.cli(&["nodes", "rename", "--node", "Barn", "--name", name]);
        assert!(refused.code == 2 && refused.stderr.contains("1 to 64 characters"), "{refused:?}");
    }
    worked(gateway.cli(&["nodes", "remove", "--node", "barn"]));
    shed.client.closed().await;
}

#[tokio::test]
async fn commands_reach_a_node_and_come_back() {
    let gateway = TestGateway::start();
    let mut desk = node(&gateway, "desk", &["system.notify", "system.which", "location.get"]).await;
    let notify = ["nodes", "notify", "--node", "desk", "--title", "Tea", "--body", "is ready"];
    let (done, request) = beside(&gateway, &mut desk, &notify, json!({"ok": true})).await;
    assert_eq!(worked(done).stdout, "done\n");
    assert_eq!(
        (&request["command"], params(&request)),
        (&json!("system.notify"), json!({"title": "Tea", "body": "is ready"}))
    );
    let which = ["nodes", "invoke", "--node", "desk", "--command", "system.which", "--params", r#"{"bins":["git"]}"#];
    let which = [&which[..], &["--idempotency-key", "once", "--invoke-timeout", "9000", "--json"]].concat();
    let answer = json!({"ok": true, "payload": {"bins": {"git": "/usr/bin/git"}}});
    let (done, request) = beside(&gateway, &mut desk, &which, answer).await;
    assert_eq!(worked(done).json()["payload"]["bins"]["git"], "/usr/bin/git");
    assert_eq!((&request["idempotencyKey"], &request["timeoutMs"]), (&json!("once"), &json!(9000)));
    let failed = json!({"ok": false, "error": {"code": "LENS_DIRTY", "message": "clean the lens"}});
    let (done, _) = beside(&gateway, &mut desk, &which[..which.len() - 5], failed).await;
    fails(&done, 1, "clean the lens (LENS_DIRTY)");
    let timeout = ["nodes", "invoke", "--node", "desk", "--command", "system.notify", "--invoke-timeout", "50"];
    fails(&gateway.cli(&timeout), 6, "wait longer with --invoke-timeout");
    fails(&gateway.cli(&["nodes", "invoke", "--node", "desk", "--command", "x.y", "--params", "[]"]), 2, "JSON object");
    fails(
        &gateway.cli(&["nodes", "invoke", "--node", "desk", "--command", "sms.send"]),
        1,
        "gateway.nodes.commands.allow",
    );
    fails(
        &gateway.cli(&["nodes", "invoke", "--node", "desk", "--command", "browser.proxy"]),
        1,
        "postern nodes describe",
    );
    fails(&gateway.cli(&["nodes", "notify", "--node", "nobody", "--title", "x"]), 1, "no node is called `nobody`");
    fails(
        &gateway.cli(&["nodes", "notify", "--node", "nobody", "--title", "x"]),
        1,
        &format!("--node {}", Device::new("desk").id()),
    );
    fails(&gateway.cli_with(&notify, &[("POSTERN_AGENT", "1")]), 5, "agents cannot change what nodes do");
}

/// A picture never goes to the terminal; it goes to a file that only its owner reads.
#[tokio::test]
async fn pictures_go_to_private_files() {
    let gateway =
        TestGateway::builder().config("{ gateway: { nodes: { commands: { allow: ['camera.snap'] } } } }").start();
    let mut desk = node(&gateway, "desk", &["camera.snap"]).await;
    let sent = json!({"ok": true, "payloadJSON": format!(r#"{{"format":"jpg","base64":"{PICTURE}","width":1}}"#)});
    let snap = ["nodes", "camera", "snap", "--node", "desk", "--max-width", "640"];
    let (done, request) = beside(&gateway, &mut desk, &snap, sent.clone()).await;
    let done = worked(done);
    assert_eq!(params(&request), json!({"maxWidth": 640}));
    assert!(!done.stdout.contains(PICTURE), "{done:?}");
    let path = done.stdout.split("  (").next().unwrap();
    check_private(Path::new(path));
    std::fs::remove_file(path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("photo.jpg");
    let snap = [&snap[..], &["--out", out.to_str().unwrap(), "--json"]].concat();
    let (done, _) = beside(&gateway, &mut desk, &snap, sent).await;
    let told = worked(done);
    assert_eq!(told.json()["payload"]["path"], json!(out));
    assert!(!told.stdout.contains(PICTURE), "{told:?}");
    check_private(&out);
}

fn check_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(std::fs::read(path).unwrap(), b"hello", "{path:?}");
    assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600, "{path:?}");
}

/// Two nodes of one name: nothing is done to either, and both are named.
#[tokio::test]
async fn an_ambiguous_name_does_nothing() {
    let gateway = TestGateway::start();
    for device in ["one", "two"] {
        let connect = Connect::node(&Device::new(device)).set("/commands", json!(["system.notify"]));
        drop(gateway.must(&Caller::local(), &connect.set("/client/displayName", json!("Desk"))).await);
    }
    let cli = gateway.cli(&["nodes", "remove", "--node", "desk"]);
    fails(&cli, 2, "`desk` fits 2 nodes");
    for device in ["one", "two"] {
        assert!(cli.stderr.contains(&format!("--node {}", Device::new(device).id())), "{cli:?}");
    }
}

/// The rules that a node keeps: read, changed, and not overwritten unseen.
#[tokio::test]
async fn rules_of_a_node_are_read_and_replaced() {
    let gateway = TestGateway::start();
    let commands = ["system.execApprovals.get", "system.execApprovals.set"];
    let mut desk = node(&gateway, "desk", &commands).await;
    let rules = json!({"path": "/p", "exists": true, "hash": "h1", "file": {"version": 1}});
    let get = ["approvals", "get", "--node", "desk"];
    let (got, request) = beside(&gateway, &mut desk, &get, json!({"ok": true, "payload": rules})).await;
    let got = worked(got);
    assert_eq!((&request["command"], got.json()), (&json!("system.execApprovals.get"), rules.clone()));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.json");
    std::fs::write(&path, &got.stdout).unwrap();
    let set = ["approvals", "set", path.to_str().unwrap(), "--node", "desk"];
    let (done, request) = beside(&gateway, &mut desk, &set, json!({"ok": true, "payload": rules})).await;
    assert_eq!(worked(done).stdout, "the rules are in force: /p\n");
    assert_eq!(params(&request), json!({"file": {"version": 1}, "baseHash": "h1"}));
    let stale = json!({"ok": false, "error": {"code": "INVALID_REQUEST", "message": "exec approvals changed since last load; reload and retry"}});
    let (done, _) = beside(&gateway, &mut desk, &set, stale).await;
    fails(&done, 1, "nothing was changed");
    std::fs::write(&path, r#"{"version": 1}"#).unwrap();
    fails(&gateway.cli(&set), 2, "`hash` is missing");
    fails(&gateway.cli_with(&set, &[("POSTERN_AGENT", "1")]), 5, "agents cannot change its own approvals");
}
