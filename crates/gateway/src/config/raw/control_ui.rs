//! `gateway.controlUi` as written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `gateway.controlUi`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawControlUi {
    /// Serve the web page. Default true.
    pub enabled: Option<bool>,
    /// Path prefix, such as `/postern`.
    pub base_path: Option<String>,
    /// Folder with the page's files, in place of those that are part of the program.
    pub root: Option<String>,
    /// Browser origins that may connect besides the gateway's own.
    pub allowed_origins: Option<Vec<String>>,
    /// Let the page sign in without a device identity over plain HTTP.
    pub allow_insecure_auth: Option<bool>,
    /// Ask no device identity of the page at all.
    pub dangerously_disable_device_auth: Option<bool>,
    /// What embedded pages may do: `strict` nothing, `scripts` run scripts, `trusted` everything. Default `strict`.
    pub embed_sandbox: Option<EmbedSandbox>,
    /// A mark on the page that tells several gateways apart.
    pub environment: RawEnvironment,
    /// Accept an origin that equals the Host header.
    pub dangerously_allow_host_header_origin_fallback: Option<bool>,
}

/// `gateway.controlUi.environment`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawEnvironment {
    /// What the mark says, such as `Test`; up to 40 characters.
    pub label: Option<String>,
    /// Its colour: a CSS name or `#rrggbb`.
    pub color: Option<String>,
}

/// What pages that are shown inside the page may do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EmbedSandbox {
    /// Nothing.
    #[default]
    Strict,
    /// Run scripts.
    Scripts,
    /// Everything.
    Trusted,
}
