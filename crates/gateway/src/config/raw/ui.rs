//! `ui` and `talk` as written: sections of clients, of which the gateway knows little
//! and keeps everything.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// `ui`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawUi {
    /// Colour of seams and borders: `#rrggbb`.
    pub seam_color: Option<String>,
    /// What clients know besides.
    #[serde(flatten)]
    pub others: BTreeMap<String, Value>,
}

/// `talk`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RawTalk {
    /// What clients know.
    #[serde(flatten)]
    pub others: BTreeMap<String, Value>,
}
