//! `canvasHost` as written.

use schemars::JsonSchema;
use serde::Deserialize;

/// `canvasHost`: pages that agents write and nodes show.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawCanvasHost {
    /// Serve the canvas at all. Default true.
    pub enabled: Option<bool>,
    /// Folder with its files; agents may write there. Default: `canvas` in the state folder.
    pub root: Option<String>,
    /// Serve it on a port of its own as well, for instance 18793. Default: on the gateway's port only.
    #[schemars(range(min = 1))]
    pub port: Option<u16>,
    /// Load pages again when a file changes. Default true.
    pub live_reload: Option<bool>,
}
