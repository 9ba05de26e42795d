//! `backup` as written: archives that are made by themselves.

use schemars::JsonSchema;
use serde::Deserialize;

/// `backup`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawBackup {
    /// Folder of the archives. Default `backups` in the state folder.
    pub dir: Option<String>,
    /// How often one is made by itself, such as `24h` or `7d`; `0` turns it off. Default off.
    pub every: Option<String>,
    /// How many of those are kept; older ones are deleted. Default 7.
    #[schemars(range(min = 1, max = 1_000))]
    pub keep: Option<usize>,
}
