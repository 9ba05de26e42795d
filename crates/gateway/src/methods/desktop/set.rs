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
        // Subscribed before it is asked, so that no answer is missed.
        let mut app = cx.desktop.attached_for(cx.principal()).ok_or_else(nobody)?;
        let wish = DesktopSettingsRequested { request_id: uuid::Uuid::new_v4().to_string(), changes };
        if !cx.hub.send_to(&app.conn_id, &wish) {
            return Err(nobody());
        }
        match tokio::time::timeout(cx.limits.desktop_timeout, app.settings.changed()).await {
            Ok(Ok(())) => Ok(DesktopSetResult { settings: app.settings.borrow().clone() }),
            Ok(Err(_)) => Err(nobody()),
            Err(_) => Err(RpcError::unavailable("the desktop app did not answer in time").retry_after(1_000)),
        }
    }
}
