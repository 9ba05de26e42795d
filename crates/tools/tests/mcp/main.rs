//! MCP servers that work, and ones that hang, flood, lie, crash or send elsewhere. The child processes are a script for
//! `sh`; the HTTP servers are a few lines each.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::excessive_nesting, reason = "a table of cases inside an async test is that deep by itself")]

mod http;
mod process;
mod remote;
mod stdio;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use postern_tools::mcp::{McpOptions, McpServers};
use postern_tools::{DenyAll, ExecLimits, Progress, Tool, ToolCx, ToolOutcome, Workspace};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

fn options() -> McpOptions {
    let path = std::env::var("PATH").unwrap();
    McpOptions {
        base_env: BTreeMap::from([("PATH".to_owned(), path), ("LANG".to_owned(), "C".to_owned())]),
        call_timeout: Duration::from_secs(60),
        backoff: Duration::from_secs(600),
        max_backoff: Duration::from_secs(600),
        kill_grace: Duration::from_millis(200),
        ..McpOptions::default()
    }
}

const WAIT: Duration = Duration::from_secs(30);

async fn tool(servers: &McpServers, name: &str) -> Arc<dyn Tool> {
    let tools = servers.tools(WAIT).await;
    let names: Vec<String> = tools.iter().map(|tool| tool.spec().name.to_string()).collect();
    let found = tools.into_iter().find(|tool| tool.spec().name == name);
    found.unwrap_or_else(|| panic!("no {name} among {names:?}: {:?}", servers.status()))
}

fn context(folder: &Path, cancel: CancellationToken) -> ToolCx {
    ToolCx {
        workspace: Arc::new(Workspace::open(folder).unwrap()),
        cancel,
        progress: Progress::none(),
        gate: Arc::new(DenyAll),
        exec: ExecLimits::default(),
        base_env: Arc::default(),
        call_id: "call".into(),
    }
}

async fn call(servers: &McpServers, name: &str, args: Value) -> ToolOutcome {
    let folder = tempfile::tempdir().unwrap();
    let cx = context(folder.path(), CancellationToken::new());
    tool(servers, name).await.call(cx, args).await
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(tokio::time::Instant::now() < deadline, "never happened: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
