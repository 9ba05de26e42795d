//! `desktop.set`: asks the app to change its settings, and waits for what it
//! makes of that.

use postern_protocol::access::{Access, Scope};
use postern_protocol::desktop::{DesktopSet, DesktopSetParams, DesktopSetResult, DesktopSettingsRequested};

use super::nobody;
use crate::rpc::{Cx, Method, RpcError, RpcResult};

impl Method for DesktopSet {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, changes: DesktopSetParams) -> RpcResult<DesktopSetResult> {
        if changes.is_empty() {
            let text = "name at least one setting: startAtLogin, keepRunning, quickSend, showIcon or node";
            return Err(RpcError::invalid(text));
        }
        let mut wish = cx.desktop.wish(cx.principal()).ok_or_else(nobody)?;
        if !cx.hub.send_to(&wish.conn_id, &DesktopSettingsRequested { request_id: wish.id.clone(), changes }) {
            return Err(nobody());
        }
        match tokio::time::timeout(cx.limits.desktop_timeout, wish.answered()).await {
            Ok(Some(settings)) => Ok(DesktopSetResult { settings }),
            Ok(None) => Err(nobody()),
            Err(_) => Err(RpcError::unavailable("the desktop app did not answer in time").retry_after(1_000)),
        }
    }
}
