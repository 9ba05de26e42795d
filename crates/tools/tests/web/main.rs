//! `web_fetch` against local servers: what it sends, what it refuses, and that nothing makes it wait or swallow too much.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod content;
mod guard;
mod limits;
mod site;

use std::sync::Arc;
use std::time::Duration;

use postern_tools::web::{WebOptions, web_tools_with_lookup};
use postern_tools::{DenyAll, ExecLimits, Progress, Tool, ToolCx, ToolOutcome, Workspace};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::site::Names;

const LOCAL: &[&[&str]] = &[&["127.0.0.1"]];

fn options() -> WebOptions {
    WebOptions { allow_private: vec!["site.test".into()], ..WebOptions::default() }
}

fn context(cancel: CancellationToken) -> (ToolCx, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let cx = ToolCx {
        workspace: Arc::new(Workspace::open(folder.path()).unwrap()),
        cancel,
        progress: Progress::none(),
        gate: Arc::new(DenyAll),
        exec: ExecLimits::default(),
        base_env: Arc::default(),
        call_id: "call".into(),
    };
    (cx, folder)
}

async fn call(tool: &Arc<dyn Tool>, args: Value) -> ToolOutcome {
    let (cx, _folder) = context(CancellationToken::new());
    tool.call(cx, args).await
}

/// Fetches with `site.test` pointing at this machine and allowed to.
async fn fetch(options: &WebOptions, args: Value) -> ToolOutcome {
    let names = Names::new(&[("site.test", LOCAL), ("other.test", LOCAL)]);
    call(&web_tools_with_lookup(options, names)[0], args).await
}

/// The text between the marks.
fn content(outcome: &ToolOutcome) -> String {
    let text = outcome.text();
    let (_, rest) = text.split_once(">>>\n").unwrap_or_else(|| panic!("no marks in {text}"));
    rest.rsplit_once("\n<<</").unwrap().0.to_owned()
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(tokio::time::Instant::now() < deadline, "never happened: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
