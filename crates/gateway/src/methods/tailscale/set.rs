//! `tailscale.set`: shows the gateway in the tailnet, or no longer.

use std::time::Duration;

use postern_protocol::access::{Access, Scope};
use postern_protocol::tailscale::{TailscaleSet, TailscaleSetParams, TailscaleStatusResult};
use serde_json::json;

use crate::config::path::SettingPath;
use crate::config::refuse_exposed;
use crate::rpc::{Cx, Method, RpcError, RpcResult};
use crate::settings::RestartWish;

const SETTING: &str = "gateway.tailscale.mode";
/// Whoever asks shall hear the answer before a restart that something else waits for.
const RESTART_DELAY: Duration = Duration::from_millis(500);

impl Method for TailscaleSet {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: TailscaleSetParams) -> RpcResult<TailscaleStatusResult> {
        let mut config = (*cx.config()).clone();
        config.tailscale.mode = params.mode;
        refuse_exposed(&config, true).map_err(|problem| RpcError::invalid(problem.to_string()))?;
        let path = SettingPath::parse(SETTING).map_err(RpcError::internal)?;
        let applied = cx.change_setting(path, json!(params.mode.as_str())).await?;
        cx.restart_for(&applied, RestartWish { delay: RESTART_DELAY, ..RestartWish::default() });
        // What is in the way is part of the status.
        drop(cx.tailscale.apply().await);
        Ok(cx.tailscale.status(cx.config().auth.allow_tailscale).await)
    }
}
