//! The gateway library with one method more: it broadcasts an event each time it is called. The
//! program itself merges or limits every broadcast a client can cause, so its fan-out cannot be
//! driven to the limit from outside; hub, queues and sockets are the same code.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use postern_gateway::config::Overrides;
use postern_gateway::rpc::plugins::PluginMethod;
use postern_gateway::rpc::{Cx, Internal as _, RpcResult};
use postern_gateway::secrets::{MemorySecrets, Secret};
use postern_gateway::{Clock, Host, Limits, Options, Paths, start};
use serde_json::{Value, json};

/// The method that broadcasts.
pub(crate) const METHOD: &str = "bench.broadcast";
/// The event it sends.
pub(crate) const EVENT: &str = "health";

/// Serves on loopback until killed.
pub(crate) async fn run(port: u16, state_dir: PathBuf, token: &str) -> Result<()> {
    let running = start(Options {
        paths: Paths { config_path: state_dir.join("postern.json"), state_dir },
        overrides: Overrides { port: Some(port), token: Some(Secret::new(token)), ..Overrides::default() },
        clock: Clock::new(now_ms),
        secrets: Arc::new(MemorySecrets::default()),
        limits: Limits::default(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        program: postern_gateway::update::Program::default(),
        ui: &[],
        redactor: postern_gateway::logs::Redactor::default(),
        apply_logging: None,
        plugins: vec![PluginMethod::new(METHOD, broadcast)],
        host: Host::default(),
        notices: Vec::new(),
        command_env: BTreeMap::new(),
    });
    let running = running.await.context("starting the gateway library")?;
    println!("{}", json!({"event": "ready", "port": running.port()}));
    std::future::pending().await
}

async fn broadcast(cx: Cx, _params: Value) -> RpcResult<Value> {
    let snapshot = cx.health.latest().read().internal()?;
    cx.hub.publish(&snapshot);
    Ok(json!({}))
}

#[expect(clippy::disallowed_methods, reason = "a program reads the clock for the library")]
fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
