//! Tools that go wrong: they hang, they print without end, their server dies. The run goes on or ends, nothing is left
//! running, and the gateway stays small.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::faults::{ask, end_of, history, say, the_next_message_works, words, writer};
use crate::harness::{DEADLINE, FakeModel, TestGateway, Turn, until};

/// Commands run without asking, in this workspace.
fn config(model: &FakeModel, workspace: &Path, timeout_seconds: u64) -> String {
    model.config_with(json!({
        "agents": {"defaults": {"workspace": workspace}},
        "tools": {"exec": {"security": "full", "ask": "off", "timeoutSeconds": timeout_seconds}},
    }))
}

fn calls(command: &str) -> Turn {
    Turn::say("let me see ").tool_call("exec", json!({"command": command}))
}

/// A command that hangs together with a child of its own, whose number it leaves in a file.
const HANGS: &str = "sleep 1000 & echo $! > child.tmp; mv child.tmp child; wait";

/// The child that the command started, once it has.
async fn child(workspace: &Path) -> String {
    let read = || fs::read_to_string(workspace.join("child")).ok();
    until("the command's child", read).await.trim().to_owned()
}

/// A process ends and leaves nothing.
async fn ends(pid: &str) {
    // Killed and not yet collected by init counts as ended.
    let gone = || match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat.contains(") Z ").then_some(()),
        Err(_) => Some(()),
    };
    until("the end of the command's child", gone).await;
}

/// DEMAND P21: a command that hangs is ended with all it started after its time; the model is told and goes on.
#[tokio::test]
async fn a_command_that_hangs_is_ended_in_time() {
    let (model, folder) = (FakeModel::start(), tempfile::tempdir().unwrap());
    model.push(calls(HANGS));
    let gateway = TestGateway::builder().config(&config(&model, folder.path(), 1)).start();
    let mut client = writer(&gateway, "a").await;
    let end = ask(&mut client, "main", "run", "hang").await;
    assert_eq!(end["state"], "final", "{end}");
    ends(&child(folder.path()).await).await;
    let asked = model.request(1).await.body.to_string();
    assert!(asked.contains("1 s") || asked.contains("time"), "the model learns why: {asked}");
    the_next_message_works(&mut client, "main", &["hang"]).await;
}

/// X-18, DEMAND P21: aborting ends the command and everything it started, at once.
#[tokio::test]
async fn aborting_ends_what_a_command_started() {
    let (model, folder) = (FakeModel::start(), tempfile::tempdir().unwrap());
    model.push(calls(HANGS));
    let gateway = TestGateway::builder().config(&config(&model, folder.path(), 600)).start();
    let mut client = writer(&gateway, "a").await;
    say(&mut client, "main", "run", "hang").await;
    let pid = child(folder.path()).await;
    assert!(Path::new(&format!("/proc/{pid}")).exists());
    client.ok("chat.abort", json!({"sessionKey": "main"})).await;
    let end = end_of(&mut client, "run").await;
    assert_eq!((&end["state"], &end["stopReason"]), (&json!("aborted"), &json!("rpc")), "{end}");
    ends(&pid).await;
    assert_eq!(model.requests().len(), 1, "an aborted run asks nobody any more");
    the_next_message_works(&mut client, "main", &["hang"]).await;
}

/// DEMAND P21: the same when the run's own time is up, and when the gateway is stopped.
#[tokio::test]
async fn the_end_of_the_run_or_the_gateway_ends_the_command() {
    let (model, folder) = (FakeModel::start(), tempfile::tempdir().unwrap());
    model.push(calls(HANGS));
    let mut gateway = TestGateway::builder().config(&config(&model, folder.path(), 600)).start();
    let mut client = writer(&gateway, "a").await;
    // Enough for the command to have left its number; what counts is that it ends.
    let params = json!({"sessionKey": "main", "message": "hang", "idempotencyKey": "run", "timeoutMs": 1_500});
    client.ok("chat.send", params).await;
    let pid = child(folder.path()).await;
    let end = end_of(&mut client, "run").await;
    assert_eq!((&end["state"], &end["stopReason"]), (&json!("aborted"), &json!("timeout")), "{end}");
    ends(&pid).await;

    fs::remove_file(folder.path().join("child")).unwrap();
    model.push(calls(HANGS));
    say(&mut client, "main", "two", "hang again").await;
    let pid = child(folder.path()).await;
    gateway.stop();
    ends(&pid).await;
    let gateway = gateway.start_again();
    let mut client = writer(&gateway, "a").await;
    the_next_message_works(&mut client, "main", &["hang", "hang again"]).await;
}

/// A number of `/proc/PID/status`, KiB.
fn memory(gateway: &TestGateway, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", gateway.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// DEMAND P12: a gigabyte of output costs the gateway no memory; the model gets the beginning and what became of it.
#[tokio::test]
async fn a_gigabyte_of_output() {
    let result = printed(1_000_000_000).await;
    assert!(
        result.contains("the beginning") && result.contains("ended: it wrote more than"),
        "{}",
        end_of_text(&result)
    );
}

/// DEMAND P12: of much output the model gets the beginning and the end.
#[tokio::test]
async fn a_hundred_megabytes_of_output() {
    let result = printed(100_000_000).await;
    assert!(result.contains("the beginning") && result.contains("the end"), "{}", end_of_text(&result));
}

fn end_of_text(text: &str) -> &str {
    &text[text.len().saturating_sub(300)..]
}

/// Lets a command print so many bytes; returns what the model was told of them.
async fn printed(bytes: u64) -> String {
    let (model, folder) = (FakeModel::start(), tempfile::tempdir().unwrap());
    let gateway = TestGateway::builder().config(&config(&model, folder.path(), 600)).start();
    let mut client = writer(&gateway, "a").await;
    ask(&mut client, "main", "warm", "hello").await;
    let before = memory(&gateway, "VmHWM:");
    model.push(calls(&format!("echo the beginning; head -c {bytes} /dev/zero | tr '\\0' x; echo; echo the end")));
    say(&mut client, "main", "run", "print").await;
    // So much takes its time on a busy machine; the model is asked again after it.
    let again = async {
        while model.requests().len() < 3 {
            client.catch_up().await;
        }
    };
    tokio::time::timeout(DEADLINE * 6, again).await.expect("the command does not end");
    let end = end_of(&mut client, "run").await;
    assert_eq!(end["state"], "final", "{end}");
    let grown = memory(&gateway, "VmHWM:") - before;
    assert!(grown < 64 * 1024, "it grew by {grown} KiB");
    let asked = model.request(2).await;
    let result = asked.messages().iter().rfind(|message| message["role"] == "tool").unwrap().to_string();
    assert!(result.len() < 250_000, "{} bytes", result.len());
    the_next_message_works(&mut client, "main", &["hello", "print"]).await;
    result
}

/// A server of tools that does `what` when it is called; everything else it does as it should.
fn server(folder: &Path, what: &str) -> Value {
    let script = format!(
        r#"while read -r line; do
  id=$(printf '%s' "$line" | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
  case "$line" in
    *'"initialize"'*) printf '{{"jsonrpc":"2.0","id":%s,"result":{{"protocolVersion":"2025-03-26","capabilities":{{"tools":{{}}}},"serverInfo":{{"name":"s","version":"1"}}}}}}\n' "$id" ;;
    *'"tools/list"'*) printf '{{"jsonrpc":"2.0","id":%s,"result":{{"tools":[{{"name":"go","inputSchema":{{"type":"object"}}}}]}}}}\n' "$id" ;;
    *'"tools/call"'*) {what} ;;
  esac
done"#
    );
    let path = folder.join("server.sh");
    fs::write(&path, script).unwrap();
    json!({"mcp": {"servers": {"bad": {"command": "sh", "args": [path]}}}})
}

/// DEMAND P12, P21: servers that hang, die or flood in a call: the run ends, and the next one works.
#[tokio::test]
async fn an_mcp_server_that_fails_in_a_call() {
    let flood = r#"while :; do printf '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"%01000d"}}\n' 0; done"#;
    for (what, hangs) in [("sleep 1000", true), ("exit 1", false), (flood, true)] {
        let (model, folder) = (FakeModel::start(), tempfile::tempdir().unwrap());
        let gateway = TestGateway::builder().config(&model.config_with(server(folder.path(), what))).start();
        let mut client = writer(&gateway, "a").await;
        ask(&mut client, "main", "look", "what have you got").await;
        let tools = model.request(0).await.tools();
        let name = tools.iter().find(|name| name.contains("bad")).unwrap_or_else(|| panic!("{tools:?}")).clone();
        let before = memory(&gateway, "VmHWM:");
        model.push(Turn::new().tool_call(&name, json!({})));
        let mut params = json!({"sessionKey": "main", "message": "go", "idempotencyKey": "run"});
        if hangs {
            params["timeoutMs"] = json!(1_000);
        }
        client.ok("chat.send", params).await;
        let end = end_of(&mut client, "run").await;
        // A server that floods may be ended for it before the run's time is up.
        let (state, reason) = (end["state"].as_str().unwrap(), end["stopReason"].as_str().unwrap_or_default());
        match state {
            "aborted" => assert!(hangs && reason == "timeout", "{what}: {end}"),
            "final" => assert!(what != "sleep 1000", "{what}: {end}"),
            _ => panic!("{what}: {end}"),
        }
        let grown = memory(&gateway, "VmHWM:") - before;
        assert!(grown < 128 * 1024, "{what}: it grew by {grown} KiB");
        the_next_message_works(&mut client, "main", &["go"]).await;
    }
}

/// DEMAND P13, P21: servers that never start, end at once or talk nonsense cost their tools, not the conversation.
#[tokio::test]
async fn an_mcp_server_that_never_gets_ready() {
    for script in ["sleep 1000", "exit 3", "yes nonsense", "yes '{\"jsonrpc\":\"2.0\"}'"] {
        let model = FakeModel::start();
        let more = json!({"mcp": {"servers": {"bad": {"command": "sh", "args": ["-c", script]}}}});
        let gateway = TestGateway::builder().config(&model.config_with(more)).start();
        let mut client = writer(&gateway, "a").await;
        let end = ask(&mut client, "main", "run", "hello").await;
        assert_eq!((&end["state"], words(&end["message"])), (&json!("final"), "hello".to_owned()), "{script}: {end}");
        let tools = model.request(0).await.tools();
        assert!(!tools.iter().any(|name| name.contains("bad")) && tools.len() > 3, "{script}: {tools:?}");
        the_next_message_works(&mut client, "main", &["hello"]).await;
        assert_eq!(history(&mut client, "main").await.len(), 4);
    }
}
