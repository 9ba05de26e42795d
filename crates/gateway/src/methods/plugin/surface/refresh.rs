//! `plugin.surface.refresh`: an address of the canvas for an operator's own view.

use postern_protocol::access::{Access, Scope};
use postern_protocol::canvas::{PluginSurfaceRefresh, PluginSurfaceRefreshParams, PluginSurfaceRefreshResult};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for PluginSurfaceRefresh {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: PluginSurfaceRefreshParams) -> RpcResult<PluginSurfaceRefreshResult> {
        super::refresh(&cx, params)
    }
}
