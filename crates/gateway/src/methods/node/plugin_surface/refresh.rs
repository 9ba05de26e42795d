//! `node.pluginSurface.refresh`: a new address of the canvas for a node
//! (`methods.md §6`). Those it has work until they expire.

use postern_protocol::access::Access;
use postern_protocol::canvas::{NodePluginSurfaceRefresh, PluginSurfaceRefreshParams, PluginSurfaceRefreshResult};

use crate::methods::plugin::surface;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for NodePluginSurfaceRefresh {
    const ACCESS: Access = Access::Node;

    async fn call(cx: Cx, params: PluginSurfaceRefreshParams) -> RpcResult<PluginSurfaceRefreshResult> {
        surface::refresh(&cx, params)
    }
}
