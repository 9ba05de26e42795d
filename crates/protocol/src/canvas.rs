//! Surfaces that a gateway serves for the web views of clients: addresses that
//! carry their own permission and expire.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::Call;

/// Name of the one surface there is.
pub const CANVAS: &str = "canvas";

/// `node.pluginSurface.refresh`: a node wants a new address for its canvas.
pub struct NodePluginSurfaceRefresh;

impl Call for NodePluginSurfaceRefresh {
    const NAME: &'static str = "node.pluginSurface.refresh";
    type Params = PluginSurfaceRefreshParams;
    type Output = PluginSurfaceRefreshResult;
}

/// `plugin.surface.refresh`: the same for an operator.
pub struct PluginSurfaceRefresh;

impl Call for PluginSurfaceRefresh {
    const NAME: &'static str = "plugin.surface.refresh";
    type Params = PluginSurfaceRefreshParams;
    type Output = PluginSurfaceRefreshResult;
}

/// Params of both.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PluginSurfaceRefreshParams {
    /// Which surface: `canvas`.
    #[schemars(length(min = 1, max = 64))]
    pub surface: String,
    /// The address that the caller has now; the new one does not depend on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub observed_url: Option<String>,
}

/// Result of both.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PluginSurfaceRefreshResult {
    /// Which surface.
    pub surface: String,
    /// Its address, by the name of the surface.
    pub plugin_surface_urls: BTreeMap<String, String>,
    /// When the address stops to work, epoch milliseconds.
    pub expires_at_ms: i64,
}
