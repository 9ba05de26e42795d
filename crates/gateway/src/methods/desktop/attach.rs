//! `desktop.attach`: a way in for the app's window (`http.md §2`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::desktop::{DesktopAttach, DesktopAttachParams, DesktopAttachResult};

use crate::rpc::{Cx, Method, RpcError, RpcResult};

impl Method for DesktopAttach {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: DesktopAttachParams) -> RpcResult<DesktopAttachResult> {
        let who = cx.principal();
        let cookie = cx.desktop.attach(who, params.settings)?;
        if !cx.hub.is_open(&who.conn_id) {
            // It went away meanwhile, and nobody would clear up behind it.
            cx.desktop.detach(&who.conn_id);
            return Err(RpcError::unavailable("this connection is closing"));
        }
        tracing::info!(conn = %who.conn_id, "The desktop app is attached.");
        Ok(DesktopAttachResult {
            cookie_name: cx.desktop_cookie(),
            cookie_value: cookie.expose().to_owned(),
            url: format!("http://127.0.0.1:{}{}/", cx.window_port(), cx.config().control_ui.base_path),
        })
    }
}
