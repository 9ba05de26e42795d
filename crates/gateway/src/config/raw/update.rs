//! `update`: where newer releases come from, and what happens by itself.

use schemars::JsonSchema;
use serde::Deserialize;

/// `update`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RawUpdate {
    /// Which releases are wanted, such as `stable` or `beta`. Default `stable`.
    pub channel: Option<String>,
    /// Where the signed release list is; `{channel}` stands for the channel. Its signature is at the same
    /// address with `.sig` at the end. Default: what this build was made with, if anything.
    pub url: Option<String>,
    /// Ed25519 public keys, base64, one of which must have signed the list. Default: the key this build was made with.
    pub public_keys: Option<Vec<String>>,
    /// What happens by itself: `off`, `check` (tell about newer releases) or `install`. Default `check` when `url` is
    /// set here, else `off`.
    pub auto: Option<UpdateAuto>,
    /// Never update, whoever asks. Default false.
    pub hold: Option<bool>,
    /// Hours between two looks. Default 24.
    #[schemars(range(min = 1, max = 8_760))]
    pub check_every_hours: Option<u32>,
}

/// What happens by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum UpdateAuto {
    /// Nothing.
    Off,
    /// Newer releases are told about.
    Check,
    /// Newer releases are installed.
    Install,
}

impl UpdateAuto {
    /// The word in the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Check => "check",
            Self::Install => "install",
        }
    }
}
