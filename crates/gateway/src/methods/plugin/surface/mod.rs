//! Methods under `plugin.surface.`.

mod refresh;

use std::collections::BTreeMap;

use postern_protocol::canvas::{CANVAS, PluginSurfaceRefreshParams, PluginSurfaceRefreshResult};

use crate::rpc::{Cx, RpcError, RpcResult};

/// A new capability for the caller's connection.
pub(in crate::methods) fn refresh(
    cx: &Cx,
    params: PluginSurfaceRefreshParams,
) -> RpcResult<PluginSurfaceRefreshResult> {
    if params.surface != CANVAS {
        return Err(RpcError::invalid("surface: there is none of this name; the one there is is \"canvas\""));
    }
    if !cx.canvas.is_on() {
        return Err(RpcError::unavailable("the canvas is off; set canvasHost.enabled to true"));
    }
    let issued = cx.canvas.capabilities().issue(&cx.principal().conn_id, cx.clock.now_ms());
    let issued = issued.ok_or_else(|| RpcError::unavailable("this connection named no host to reach the canvas at"))?;
    Ok(PluginSurfaceRefreshResult {
        plugin_surface_urls: BTreeMap::from([(params.surface.clone(), issued.url)]),
        surface: params.surface,
        expires_at_ms: issued.expires_at_ms,
    })
}
