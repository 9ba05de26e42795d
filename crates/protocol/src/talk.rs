//! Voice conversations: whether one is under way, and the settings that clients have for it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::access::Scope;
use crate::call::{Audience, Call, Event, OnSlow};
use crate::system::Nullable;

/// `talk.mode`: switches voice conversation on or off, or names its phase, for every client.
pub struct TalkMode;

impl Call for TalkMode {
    const NAME: &'static str = "talk.mode";
    type Params = TalkModeParams;
    type Output = TalkModeChanged;
}

/// Params of `talk.mode`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TalkModeParams {
    /// Whether a voice conversation is under way.
    pub enabled: bool,
    /// What happens in it: `idle`, `listening`, `thinking`, `speaking`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub phase: Option<String>,
}

/// Result of `talk.mode`; also the event of that name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TalkModeChanged {
    /// Whether a voice conversation is under way.
    pub enabled: bool,
    /// What happens in it.
    pub phase: Nullable<String>,
    /// Epoch milliseconds.
    pub ts: i64,
}

impl Event for TalkModeChanged {
    const NAME: &'static str = "talk.mode";
    const AUDIENCE: Audience = Audience::Scope(Scope::Talk);
    const ON_SLOW: OnSlow = OnSlow::Drop;
}

/// `talk.config`: settings of voice conversations, as they are written.
pub struct TalkConfig;

impl Call for TalkConfig {
    const NAME: &'static str = "talk.config";
    type Params = TalkConfigParams;
    type Output = TalkConfigResult;
}

/// Params of `talk.config`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TalkConfigParams {
    /// With keys, which needs `operator.talk.secrets`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_secrets: Option<bool>,
}

/// Result of `talk.config`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TalkConfigResult {
    /// The settings.
    pub config: TalkSettings,
}

/// Settings that a voice conversation needs.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct TalkSettings {
    /// Section `talk` of the configuration; with `provider`, what its provider is set to also under `resolved`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub talk: Option<Map<String, Value>>,
    /// Which conversation is meant when none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<TalkSession>,
    /// How it looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ui: Option<TalkUi>,
}

/// `session` of [`TalkSettings`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TalkSession {
    /// Name of the main conversation.
    pub main_key: String,
}

/// `ui` of [`TalkSettings`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TalkUi {
    /// Colour of seams.
    pub seam_color: String,
}
