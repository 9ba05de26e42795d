//! Words that wake devices, and which conversation each of them begins.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Scope;
use crate::call::{Audience, Call, Event, NoParams, OnSlow};

/// `voicewake.get`: the words in force.
pub struct VoiceWakeGet;

impl Call for VoiceWakeGet {
    const NAME: &'static str = "voicewake.get";
    type Params = NoParams;
    type Output = VoiceWakeTriggers;
}

/// `voicewake.set`: other words for every device.
pub struct VoiceWakeSet;

impl Call for VoiceWakeSet {
    const NAME: &'static str = "voicewake.set";
    type Params = VoiceWakeSetParams;
    type Output = VoiceWakeTriggers;
}

/// Params of `voicewake.set`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VoiceWakeSetParams {
    /// Words or short sentences: at most 32 of 64 characters. Blank ones are left out; none at all means the usual
    /// words.
    pub triggers: Vec<String>,
}

/// Words that wake devices; also event `voicewake.changed`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VoiceWakeTriggers {
    /// The words, never empty.
    pub triggers: Vec<String>,
}

impl Event for VoiceWakeTriggers {
    const NAME: &'static str = "voicewake.changed";
    const AUDIENCE: Audience = Audience::Scope(Scope::Read);
    const ON_SLOW: OnSlow = OnSlow::Drop;
}

/// `voicewake.routing.get`: which conversation a word begins.
pub struct VoiceWakeRoutingGet;

impl Call for VoiceWakeRoutingGet {
    const NAME: &'static str = "voicewake.routing.get";
    type Params = NoParams;
    type Output = VoiceWakeRoutingResult;
}

/// `voicewake.routing.set`: other conversations for words.
pub struct VoiceWakeRoutingSet;

impl Call for VoiceWakeRoutingSet {
    const NAME: &'static str = "voicewake.routing.set";
    type Params = VoiceWakeRoutingSetParams;
    type Output = VoiceWakeRoutingResult;
}

/// Params of `voicewake.routing.set`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct VoiceWakeRoutingSetParams {
    /// All of it; there is no merging.
    pub config: VoiceWakeRoutingParams,
}

/// Which conversation a word begins, as somebody asks for it. What else is there is not read.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VoiceWakeRoutingParams {
    /// 1, when it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// For words without a route of their own. Default: the conversation that the device shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_target: Option<VoiceWakeTargetParams>,
    /// At most 32.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routes: Option<Vec<VoiceWakeRouteParams>>,
}

/// One word and where it is to lead.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct VoiceWakeRouteParams {
    /// The word, at most 64 characters; kept in lower case without punctuation around words.
    pub trigger: String,
    /// Where it is to lead.
    pub target: VoiceWakeTargetParams,
}

/// Where a word is to lead: exactly one of the three.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VoiceWakeTargetParams {
    /// The conversation that the device shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<VoiceWakeMode>,
    /// The main conversation of this agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// This conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key: Option<String>,
}

/// Result of `voicewake.routing.get` and `.set`; also event `voicewake.routing.changed`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VoiceWakeRoutingResult {
    /// What is in force.
    pub config: VoiceWakeRouting,
}

impl Event for VoiceWakeRoutingResult {
    const NAME: &'static str = "voicewake.routing.changed";
    const AUDIENCE: Audience = Audience::Scope(Scope::Read);
    const ON_SLOW: OnSlow = OnSlow::Drop;
}

/// Which conversation a word begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VoiceWakeRouting {
    /// Always 1.
    pub version: u32,
    /// For words without a route of their own.
    pub default_target: VoiceWakeTarget,
    /// At most 32.
    pub routes: Vec<VoiceWakeRoute>,
    /// When it was changed last, epoch milliseconds; 0 when never.
    pub updated_at_ms: i64,
}

impl Default for VoiceWakeRouting {
    fn default() -> Self {
        Self { version: 1, default_target: VoiceWakeTarget::default(), routes: Vec::new(), updated_at_ms: 0 }
    }
}

/// One word and where it leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VoiceWakeRoute {
    /// The word, in lower case without punctuation around words.
    pub trigger: String,
    /// Where it leads.
    pub target: VoiceWakeTarget,
}

/// Where a word leads: exactly one of the three.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VoiceWakeTarget {
    /// The conversation that the device shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<VoiceWakeMode>,
    /// The main conversation of this agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// This conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key: Option<String>,
}

impl Default for VoiceWakeTarget {
    fn default() -> Self {
        Self { mode: Some(VoiceWakeMode::Current), agent_id: None, session_key: None }
    }
}

/// A target that is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum VoiceWakeMode {
    /// The conversation that the device shows.
    Current,
}
