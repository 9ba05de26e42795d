//! `models.authStatus`, `.authLogin`, `.authLogout`: the keys of providers. A key
//! travels one way: nothing ever answers with one.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ModelsProbeResult;
use crate::call::Call;

/// `models.authStatus`: which providers have a key.
pub struct ModelsAuthStatus;

/// Params of `models.authStatus`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModelsAuthStatusParams {
    /// Ask the credential store again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh: Option<bool>,
}

impl Call for ModelsAuthStatus {
    const NAME: &'static str = "models.authStatus";
    type Params = ModelsAuthStatusParams;
    type Output = ModelsAuthStatusResult;
}

/// Result of `models.authStatus`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModelsAuthStatusResult {
    /// Epoch milliseconds.
    pub ts: i64,
    /// Every provider that is known, by id.
    pub providers: Vec<ProviderAuth>,
}

/// One provider in [`ModelsAuthStatusResult`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProviderAuth {
    /// Its id.
    pub provider: String,
    /// Its name for people.
    pub display_name: String,
    /// Whether it can be asked.
    pub status: AuthStatus,
    /// Its keys, without their values.
    pub profiles: Vec<AuthProfile>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// Whether a provider's key is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AuthStatus {
    /// There is a key.
    Ok,
    /// It needs no key.
    Static,
    /// It needs a key and has none.
    Missing,
    /// The provider refused the key.
    Expired,
    /// The credential store did not answer.
    Error,
}

/// One key of a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthProfile {
    /// `PROVIDER:default`.
    pub profile_id: String,
    /// `api_key`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it works, as far as is known.
    pub status: AuthStatus,
}

/// `models.authLogin`: keep a provider's key.
pub struct ModelsAuthLogin;

/// Params of `models.authLogin`.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModelsAuthLoginParams {
    /// The provider.
    #[schemars(length(min = 1, max = 48))]
    pub provider: String,
    /// Its key. Kept in the credential store and never given back.
    #[schemars(length(min = 1, max = 4096))]
    pub api_key: String,
    /// Ask the provider whether the key works, once it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<bool>,
}

impl fmt::Debug for ModelsAuthLoginParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ModelsAuthLoginParams({})", self.provider)
    }
}

impl Call for ModelsAuthLogin {
    const NAME: &'static str = "models.authLogin";
    type Params = ModelsAuthLoginParams;
    type Output = ModelsAuthLoginResult;
}

/// Result of `models.authLogin`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModelsAuthLoginResult {
    /// Always true; a failure is an error frame.
    pub ok: bool,
    /// The provider.
    pub provider: String,
    /// Where the key is kept: `keychain`, `file` or `memory`.
    pub stored_in: String,
    /// What the provider said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<ModelsProbeResult>,
}

/// `models.authLogout`: forget a provider's key.
pub struct ModelsAuthLogout;

/// Params of `models.authLogout`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModelsAuthLogoutParams {
    /// The provider.
    #[schemars(length(min = 1, max = 48))]
    pub provider: String,
}

impl Call for ModelsAuthLogout {
    const NAME: &'static str = "models.authLogout";
    type Params = ModelsAuthLogoutParams;
    type Output = ModelsAuthLogoutResult;
}

/// Result of `models.authLogout`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModelsAuthLogoutResult {
    /// Always true; a failure is an error frame.
    pub ok: bool,
    /// The provider.
    pub provider: String,
    /// Keys that were forgotten.
    pub removed_profiles: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_key() {
        let params = ModelsAuthLoginParams { provider: "openai".into(), api_key: "sk-hunter2".into(), probe: None };
        assert_eq!(format!("{params:?}"), "ModelsAuthLoginParams(openai)");
    }
}
