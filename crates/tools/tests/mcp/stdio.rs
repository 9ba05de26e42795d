//! Child processes: calls, crashes, floods, and that nothing is left of them.

use std::sync::Arc;
use std::time::Duration;

use postern_tools::mcp::{McpOptions, McpServers, McpState, McpTransport};
use postern_tools::{ToolContent, ToolOutcome};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::process::{Bench, runs};
use crate::{WAIT, call, context, options, tool, until};

#[tokio::test]
async fn tools_are_listed_and_called_and_nothing_runs_before() {
    let bench = Bench::new();
    let servers = McpServers::new(vec![bench.server("files", "good")], options());
    assert_eq!(servers.status()[0].state, McpState::Idle);
    assert!(servers.known_tools().is_empty() && bench.pids("files").is_empty());

    let echo = tool(&servers, "mcp__files__echo").await;
    assert_eq!(echo.spec().source, "mcp:files");
    assert_eq!(echo.spec().description, "It is echo.");
    assert_eq!(echo.spec().input_schema["properties"]["text"]["type"], "string");
    assert_eq!(
        call(&servers, "mcp__files__echo", json!({ "text": "hello" })).await,
        ToolOutcome::ok("you said: hello")
    );
    let picture = call(&servers, "mcp__files__picture", Value::Null).await;
    assert_eq!(picture.content, [ToolContent::Image { mime: "image/png".into(), data: "AAAA".into() }]);
    assert_eq!(call(&servers, "mcp__files__fail", json!({})).await, ToolOutcome::error("it did not work"));
    assert_eq!(call(&servers, "mcp__files__odd_name", json!({})).await, ToolOutcome::ok("odd"));
    assert!(call(&servers, "mcp__files__echo", json!([1])).await.is_error);

    let status = &servers.status()[0];
    assert_eq!((status.state, status.tools, status.starts, &status.error), (McpState::Ready, 12, 1, &None));
    assert_eq!(status.tool_prefix, "mcp__files__");
    servers.shutdown().await;
    assert_eq!(servers.status()[0].state, McpState::Stopped);
}

#[tokio::test]
async fn a_server_without_initialize_is_spoken_to_in_its_own_way() {
    let bench = Bench::new();
    let servers = McpServers::new(vec![bench.server("s", "modern")], options());
    assert_eq!(call(&servers, "mcp__s__echo", json!({})).await, ToolOutcome::ok("newer"));
    assert!(bench.read("s").contains("server/discover"));
    assert_eq!(servers.status()[0].starts, 1);
}

#[tokio::test]
async fn a_process_gets_the_environment_it_is_given_and_no_other() {
    let bench = Bench::new();
    let servers = McpServers::new(vec![bench.server("s", "good")], options());
    let text = call(&servers, "mcp__s__env", json!({})).await.text();
    let (names, rest) = text.split_once("TOKEN is").unwrap();
    let mut names: Vec<&str> = names.split(' ').filter(|name| !name.is_empty()).collect();
    // Set by shells themselves.
    names.retain(|name| !["PWD", "OLDPWD", "SHLVL", "_"].contains(name));
    assert_eq!(names, ["LANG", "LOG", "MODE", "PATH", "TOKEN"]);
    assert!(std::env::vars_os().count() > 5, "there is more to inherit");
    let folder = bench.folder.path().canonicalize().unwrap();
    assert_eq!(rest, format!(" canary-token in {}", folder.display()));
}

#[tokio::test]
async fn many_calls_run_at_once_and_a_hanging_one_holds_up_nobody() {
    let bench = Bench::new();
    let servers = Arc::new(McpServers::new(vec![bench.server("a", "good"), bench.server("b", "good")], options()));
    let hang = tool(&servers, "mcp__a__hang").await;
    let cancel = CancellationToken::new();
    let cx = context(bench.folder.path(), cancel.clone());
    let others = async {
        until("the call that hangs is there", || bench.read("a").contains("\"hang\"")).await;
        let mut calls = JoinSet::new();
        for n in 0..40 {
            let servers = Arc::clone(&servers);
            let name = if n % 2 == 0 { "mcp__a__echo" } else { "mcp__b__echo" };
            calls.spawn(async move { (n, call(&servers, name, json!({ "text": n.to_string() })).await.text()) });
        }
        while let Some(done) = calls.join_next().await {
            let (n, text) = done.unwrap();
            assert_eq!(text, format!("you said: {n}"));
        }
        cancel.cancel();
    };
    let (outcome, ()) = tokio::join!(hang.call(cx, json!({})), others);
    assert_eq!(outcome, ToolOutcome::error("mcp__a__hang: cancelled"));
    until("the server is told", || bench.read("a").contains("notifications/cancelled")).await;
    assert_eq!(servers.status()[0].starts, 1);
}

#[tokio::test]
async fn a_server_that_stops_answering_is_started_anew() {
    let bench = Bench::new();
    let hasty = McpOptions { call_timeout: Duration::from_millis(300), ..options() };
    let servers = McpServers::new(vec![bench.server("s", "good")], hasty);
    tool(&servers, "mcp__s__hang").await;
    for _ in 0..2 {
        let outcome = call(&servers, "mcp__s__hang", json!({})).await;
        assert_eq!(outcome, ToolOutcome::error("MCP server s did not answer within 300ms"));
    }
    until("it is ended", || servers.status()[0].state == McpState::Idle).await;
    assert!(servers.status()[0].error.as_ref().unwrap().contains("it stopped answering"));
    until("its processes are gone", || bench.pids("s").iter().all(|pid| !runs(*pid))).await;
    until("it answers again", || servers.status()[0].retry_in_ms.is_none()).await;
    tool(&servers, "mcp__s__echo").await;
    assert_eq!(servers.known_tools().len(), 12);
}

#[tokio::test]
async fn a_crash_is_told_without_secrets_and_survived() {
    let bench = Bench::new();
    let servers = McpServers::new(vec![bench.server("s", "good")], options());
    let outcome = call(&servers, "mcp__s__die", json!({})).await;
    assert!(outcome.is_error);
    let text = outcome.text();
    assert!(
        text.starts_with("MCP server s ended (exit status: 7); its last error output: dying with <hidden>"),
        "{text}"
    );
    until("the crash is noted", || servers.status()[0].state == McpState::Idle).await;
    // What it had started goes with it.
    until("all are gone", || bench.pids("s").iter().all(|pid| !runs(*pid))).await;
    assert_eq!(call(&servers, "mcp__s__echo", json!({ "text": "back" })).await, ToolOutcome::ok("you said: back"));
    assert_eq!(servers.status()[0].starts, 2);
}

#[tokio::test]
async fn a_server_that_cannot_start_is_not_tried_again_and_again() {
    let bench = Bench::new();
    let mut missing = bench.server("missing", "good");
    if let McpTransport::Stdio { command, .. } = &mut missing.transport {
        *command = "postern-no-such-program".into();
    }
    let servers = McpServers::new(
        vec![bench.server("crash", "crash"), missing, bench.server("refuse", "refuse"), bench.server("good", "good")],
        options(),
    );
    let tools = servers.tools(WAIT).await;
    assert_eq!(tools.len(), 12, "the good one is there");
    servers.tools(WAIT).await;
    servers.tools(WAIT).await;
    let status = servers.status();
    assert_eq!(status.iter().map(|status| status.starts).collect::<Vec<_>>(), [1, 1, 1, 1]);
    let error = |n: usize| status[n].error.clone().unwrap_or_default();
    assert!(
        error(0).contains("ended (exit status: 3)") && error(0).contains("open the door with <hidden>"),
        "{}",
        error(0)
    );
    assert!(error(1).contains("cannot be started: postern-no-such-program"), "{}", error(1));
    assert!(error(2).contains("no seat left"), "{}", error(2));
    assert!(status[0].retry_in_ms.is_some_and(|wait| wait > 500_000));
    assert_eq!(status[0].state, McpState::Failed);
    assert_eq!(status[3].state, McpState::Ready);
}

#[tokio::test]
async fn a_failed_start_is_tried_again_after_its_wait() {
    let bench = Bench::new();
    let eager = McpOptions { backoff: Duration::from_millis(1), max_backoff: Duration::from_millis(4), ..options() };
    let servers = McpServers::new(vec![bench.server("s", "crash")], eager);
    let deadline = tokio::time::Instant::now() + WAIT;
    while servers.status()[0].starts < 5 {
        assert!(tokio::time::Instant::now() < deadline);
        servers.tools(WAIT).await;
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn servers_that_say_nothing_or_read_nothing_fail_the_start() {
    let bench = Bench::new();
    let hasty = McpOptions { connect_timeout: Duration::from_millis(500), ..options() };
    let servers = McpServers::new(vec![bench.server("mute", "mute")], hasty);
    assert!(servers.tools(WAIT).await.is_empty());
    assert!(
        servers.status()[0].error.as_ref().unwrap().contains("was not ready within 500ms"),
        "{:?}",
        servers.status()
    );
    let deaf = McpServers::new(vec![bench.server("deaf", "deaf")], options());
    assert!(deaf.tools(WAIT).await.is_empty());
    let error = deaf.status()[0].error.clone().unwrap();
    assert!(error.contains("does not read what it is sent"), "{error}");
    for name in ["mute", "deaf"] {
        until("it is gone", || bench.pids(name).iter().all(|pid| !runs(*pid))).await;
    }
}

#[tokio::test]
async fn slow_servers_do_not_hold_up_the_list() {
    let bench = Bench::new();
    let servers = McpServers::new(vec![bench.server("mute", "mute"), bench.server("good", "good")], options());
    let deadline = tokio::time::Instant::now() + WAIT;
    while servers.tools(Duration::from_millis(50)).await.is_empty() {
        assert!(tokio::time::Instant::now() < deadline, "{:?}", servers.status());
    }
    assert_eq!(servers.status()[0].state, McpState::Connecting);
    assert_eq!(servers.status()[0].starts, 1, "it is being waited for, not started again");
}

#[tokio::test]
async fn malformed_and_endless_output_fail_the_call_at_once_and_kill_the_server() {
    for (name, reason) in [
        ("garbage", "was stopped: it sent malformed JSON"),
        ("wall", "was stopped: it sent a message longer than 8 MiB"),
        ("flood", "was stopped: it floods its connection with output nobody asked for"),
    ] {
        let bench = Bench::new();
        let servers = McpServers::new(vec![bench.server("s", "good")], options());
        let outcome = call(&servers, &format!("mcp__s__{name}"), json!({})).await;
        assert!(outcome.is_error && outcome.text().contains(reason), "{name}: {}", outcome.text());
        until("it is gone", || bench.pids("s").iter().all(|pid| !runs(*pid))).await;
        let echo = call(&servers, "mcp__s__echo", json!({ "text": "again" })).await;
        assert_eq!(echo, ToolOutcome::ok("you said: again"), "{name}");
    }
}

#[tokio::test]
async fn the_whole_process_group_ends_with_a_shutdown_and_with_a_drop() {
    let bench = Bench::new();
    for (name, with_shutdown) in [("orderly", true), ("dropped", false)] {
        let servers = McpServers::new(vec![bench.server(name, "good")], options());
        let echo = tool(&servers, &format!("mcp__{name}__echo")).await;
        let pids = bench.pids(name);
        assert_eq!(pids.len(), 2);
        assert!(pids.iter().all(|pid| runs(*pid)));
        if with_shutdown {
            servers.shutdown().await;
            let cx = context(bench.folder.path(), CancellationToken::new());
            let outcome = echo.call(cx, json!({})).await;
            assert_eq!(outcome, ToolOutcome::error("MCP server orderly has been shut down"));
        }
        drop(servers);
        until("all are gone", || pids.iter().all(|pid| !runs(*pid))).await;
    }
}

#[tokio::test]
async fn a_changed_list_is_read_again() {
    let bench = Bench::new();
    let servers = McpServers::new(vec![bench.server("s", "good")], options());
    assert_eq!(call(&servers, "mcp__s__grow", json!({})).await, ToolOutcome::ok("grown"));
    until("the new list is there", || servers.known_tools().len() == 3).await;
    assert_eq!(call(&servers, "mcp__s__grown", json!({})).await, ToolOutcome::ok("here I am"));
}

#[tokio::test]
async fn lists_and_outputs_are_bounded() {
    let bench = Bench::new();
    let small = McpOptions { max_output_bytes: 1000, ..options() };
    let servers = McpServers::new(
        vec![bench.server("many", "many"), bench.server("endless", "endless"), bench.server("good", "good")],
        small,
    );
    servers.tools(WAIT).await;
    let status = servers.status();
    assert_eq!(status.iter().map(|status| status.tools).collect::<Vec<_>>(), [256, 1, 12], "{status:?}");
    let text = call(&servers, "mcp__good__long", json!({})).await.text();
    assert!(text.len() < 1100 && text.ends_with("[cut: 1000 of 5120 bytes shown]"), "{text}");
}
