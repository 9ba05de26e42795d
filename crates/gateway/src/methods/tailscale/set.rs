//! `tailscale.set`: shows the gateway in the tailnet, or no longer.

use postern_protocol::access::{Access, Scope};
use postern_protocol::tailscale::{TailscaleSet, TailscaleSetParams, TailscaleStatusResult};
use serde_json::json;

use crate::config::change::{Change, ChangeError, Check, change};
use crate::config::path::SettingPath;
use crate::config::versions::Cause;
use crate::config::{edit, refuse_exposed};
use crate::rpc::{Cx, Method, RpcError, RpcResult};

const SETTING: &str = "gateway.tailscale.mode";

impl Method for TailscaleSet {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: TailscaleSetParams) -> RpcResult<TailscaleStatusResult> {
        let mut config = (*cx.config()).clone();
        config.tailscale.mode = params.mode;
        refuse_exposed(&config, true).map_err(|problem| RpcError::invalid(problem.to_string()))?;
        write(&cx, params.mode.as_str()).await?;
        // As if the file had been written by hand: everything that depends on it follows.
        cx.services().reload_config().await;
        cx.tailscale.configure(&config.tailscale);
        // What is in the way is part of the status.
        drop(cx.tailscale.apply().await);
        Ok(cx.tailscale.status(cx.config().auth.allow_tailscale).await)
    }
}

/// Writes the mode to the configuration file, which keeps its comments.
async fn write(cx: &Cx, mode: &'static str) -> RpcResult<()> {
    let (paths, clock) = (cx.paths.clone(), cx.clock.clone());
    let writing = tokio::task::spawn_blocking(move || {
        let path = SettingPath::parse(SETTING).map_err(RpcError::internal)?;
        let terms = Change { cause: Cause::Patch, check: Check::NoWorse, base: None, overrides: None };
        let changed = change(&paths, &clock, &terms, |text| edit::set(text, &path, &json!(mode)));
        changed.map(drop).map_err(|error| match error {
            ChangeError::Io { .. } => RpcError::unavailable(format!("the configuration cannot be written: {error}")),
            error => RpcError::invalid(error.to_string()),
        })
    });
    writing.await.map_err(RpcError::internal)?
}
